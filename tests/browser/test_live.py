"""Pages follow what happens, and leave what their reader does alone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route, expect

from .conftest import Api, PATIENCE

expect.set_options(timeout=PATIENCE)


def test_new_rows_wait_and_what_is_typed_stays(server: Any, api: Api, page: Page) -> None:
    first = api.pipeline("one", {"key": "a", "type": "t", "tasks": [{}]})
    page.goto(f"{server.url}/ui/pipelines")
    expect(page.locator("#lamp")).to_have_text("live")
    page.locator('[name="name"]').fill("half a na")
    page.locator('[name="name"]').focus()
    second = api.pipeline("two", {"key": "a", "type": "t", "tasks": [{}]})
    expect(page.locator("#new-rows")).to_have_text("1 new")
    expect(page.locator(f'tr[data-id="{second["id"]}"]')).to_have_count(0)
    api.post(f"/pipelines/{first['id']}/cancel")
    expect(page.locator(f'tr[data-id="{first["id"]}"] [data-state]').first).to_have_attribute("data-state", "cancelled")
    assert page.locator('[name="name"]').input_value() == "half a na"
    assert page.evaluate("document.activeElement.name") == "name"
    page.locator("#new-rows button").click()
    expect(page.locator(f'tr[data-id="{second["id"]}"]')).to_have_count(1)


def test_what_a_list_has_no_more_leaves_it(server: Any, api: Api, page: Page) -> None:
    made = api.pipeline("leaves", {"key": "a", "type": "t", "tasks": [{}, {}, {}]})
    first, second, third = (api.dequeue("t")[0] for _ in range(3))
    page.goto(f"{server.url}/ui/tasks?state=running&type=t")
    expect(page.locator("#lamp")).to_have_text("live")
    rows = [page.locator(f'tr[data-id="{task["id"]}"]') for task in (first, second, third)]
    # A row whose link has focus stays while it has it.
    rows[1].locator("a").first.focus()
    api.complete(first)
    expect(rows[0]).to_have_count(0)
    expect(rows[1].locator("a").first).to_be_focused()
    api.complete(third)
    expect(rows[2]).to_have_count(0)
    page.goto(f"{server.url}/ui/pipelines?state=running")
    expect(page.locator("#lamp")).to_have_text("live")
    expect(page.locator(f'tr[data-id="{made["id"]}"]')).to_have_count(1)
    api.complete(second)
    expect(page.locator(f'tr[data-id="{made["id"]}"]')).to_have_count(0)


def test_nine_tabs_are_all_live(server: Any, api: Api, context: BrowserContext) -> None:
    made = api.pipeline("watched", {"key": "a", "type": "t", "tasks": [{}]})
    tabs = [context.new_page() for _ in range(9)]
    for tab in tabs:
        tab.goto(f"{server.url}/ui/pipelines/{made['id']}")
    api.post(f"/pipelines/{made['id']}/cancel")
    for tab in tabs:
        expect(tab.locator("main .head [data-state]").first).to_have_attribute("data-state", "cancelled")
    tabs[8].locator('[name="verb"][value="delete"]').click()
    expect(tabs[8].locator("h1")).to_have_text("Delete this pipeline?")


def test_a_task_shows_its_progress_and_its_log_as_they_come(server: Any, api: Api, page: Page) -> None:
    api.pipeline("p", {"key": "a", "type": "t", "tasks": [{"payload": {"n": 1}}]})
    [task] = api.dequeue("t")
    page.goto(f"{server.url}/ui/tasks/{task['id']}")
    token = task["lease_token"]
    api.post(f"/tasks/{task['id']}/log", {"lease_token": token, "lines": [{"message": "half of it"}]})
    api.post(f"/tasks/{task['id']}/progress", {"lease_token": token, "current": 1, "total": 2})
    expect(page.locator("#log")).to_contain_text("half of it")
    expect(page.locator("#progress")).to_contain_text("1 of 2")
    api.complete(task, result={"big": "x" * 20_000})
    expect(page.locator("main .head [data-state]").first).to_have_attribute("data-state", "succeeded")
    expect(page.locator("main")).to_contain_text("The first 16 KiB")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all of it").last.click()
    assert download.value.path().read_text().count("x") == 20_000


def test_what_has_no_event_is_followed_as_well(server: Any, api: Api, page: Page) -> None:
    due = (datetime.now(UTC) + timedelta(seconds=25)).isoformat()
    api.pipeline("later", {"key": "a", "type": "t", "tasks": [{}, {"run_at": due}]})
    [task] = api.dequeue("t")
    page.goto(f"{server.url}/ui/jobs/{task['job_id']}")
    expect(page.locator("#lamp")).to_have_text("live")
    expect(page.locator('tbody [data-state="scheduled"]')).to_have_count(1)
    expect(page.locator("main")).to_contain_text("due ")
    token = task["lease_token"]
    api.post(f"/tasks/{task['id']}/progress", {"lease_token": token, "current": 1, "total": 2})
    expect(page.locator("main")).to_contain_text("25 %")
    outcomes = [{"subject": "file", "disposition": "absent"}]
    api.post(f"/tasks/{task['id']}/outcomes", {"lease_token": token, "outcomes": outcomes})
    expect(page.locator('tr[data-id="absent"]')).to_have_count(1)
    # Time alone makes it so.
    expect(page.locator('tbody [data-state="queued"]')).to_have_count(1)
    page.goto(f"{server.url}/ui/workers")
    expect(page.locator("#lamp")).to_have_text("live")
    api.dequeue("nothing", worker="newcomer")
    expect(page.locator('tr[data-id="newcomer"]')).to_have_count(1)


def test_the_overview_asks_again_when_work_has_waited_for_too_long(server: Any, api: Api, page: Page) -> None:
    """Nothing else happens. The page is told 2 seconds instead of a minute, each time."""
    api.pipeline("alone", {"key": "a", "type": "alone", "tasks": [{}]})

    def hurry(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=re.sub('id="needs"[^>]*>', 'id="needs" data-due-in="2">', response.text()))

    page.route(f"{server.url}/ui/", hurry)
    page.goto(f"{server.url}/ui/")
    expect(page.locator("#needs")).to_have_attribute("data-due-in", "2")
    for _ in range(5):
        page.wait_for_event("request", lambda request: request.url == f"{server.url}/ui/")


def test_without_a_script_all_can_be_read_and_done(server: Any, api: Api, browser: Any) -> None:
    made = api.pipeline("plain", {"key": "a", "type": "t", "tasks": [{}]})
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/ui/pipelines/{made['id']}")
    assert "UTC" in page.locator("time").first.inner_text()
    page.locator('[name="verb"][value="pause"]').click()
    expect(page.locator('main .head [data-state="paused"]')).to_have_count(1)
    context.close()


def test_a_page_keeps_its_place_and_says_since_when_it_is_not_live(server: Any, api: Api, page: Page) -> None:
    jobs = [{"key": f"job-{number:02}", "type": f"t{number}", "tasks": [{}]} for number in range(40)]
    made = api.pipeline("tall", *jobs)
    page.goto(f"{server.url}/ui/pipelines/{made['id']}")
    expect(page.locator("#lamp")).to_have_text("live")
    row = page.locator("table tbody tr").nth(20)
    row.scroll_into_view_if_needed()
    row.locator("th a").focus()
    page.evaluate("getSelection().selectAllChildren(document.querySelectorAll('table tbody tr')[22].querySelector('th'))")
    # Where what one looks at stands in the window, whatever comes and goes above it.
    kept = "[document.activeElement.getBoundingClientRect().top, String(getSelection()), document.activeElement.textContent]"
    before = page.evaluate(kept)
    assert before[1:] == ["job-22", "job-20"] and page.evaluate("scrollY") > 0
    [task] = api.dequeue("t3")
    expect(page.locator("table tbody tr").nth(3).locator("[data-state]")).to_have_attribute("data-state", "running")
    assert page.evaluate(kept) == before
    server.kill()
    expect(page.locator("#lamp")).to_contain_text("not live since")
    server.start_again()
    expect(page.locator("#lamp")).to_have_text("live")
    api.complete(task)
    expect(page.locator("table tbody tr").nth(3).locator("[data-state]")).to_have_attribute("data-state", "succeeded")


def test_a_bulk_verb_and_a_search_can_be_done_without_a_script(server: Any, api: Api, browser: Any) -> None:
    for _ in range(2):
        api.pipeline("plain", {"key": "a", "type": "t", "tasks": [{}]})
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/ui/")
    page.get_by_role("searchbox").fill("plain")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("main")).to_contain_text("2 found")
    page.goto(f"{server.url}/ui/pipelines?name=plain")
    page.locator('[name="verb"][value="cancel"]').click()
    page.locator('[name="reason"]').fill("not needed")
    page.locator('[name="verb"][value="cancel"]').click()
    expect(page.locator("h1")).to_have_text("Cancel of 2 pipelines")
    expect(page.locator("#lamp")).to_have_text("not live without JavaScript")
    for _ in range(PATIENCE // 100):
        page.reload()
        if page.locator('[data-state="succeeded"]').count() == 1:
            break
    expect(page.locator("main")).to_contain_text("2 were changed, 0 refused")
    context.close()
