"""An operator's night: what fails is found, understood, retried, and seen to succeed."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from .conftest import Api, PATIENCE

expect.set_options(timeout=PATIENCE)


def test_a_failed_pipeline_is_found_understood_retried_and_seen_to_succeed(server: Any, api: Api, page: Page) -> None:
    made = api.pipeline(
        "nightly",
        {"key": "load", "type": "load", "tasks": [{"payload": {"file": 1}}]},
        {"key": "report", "type": "report", "depends_on": ["load"], "tasks": [{}]},
    )
    [task] = api.dequeue("load")
    api.fail(task, "disk 17 is full")

    page.goto(f"{server.url}/")
    expect(page).to_have_url(f"{server.url}/ui/")
    page.get_by_role("link", name="Pipelines", exact=True).click()
    row = page.locator(f'tr[data-id="{made["id"]}"]')
    expect(row.locator("[data-state]")).to_have_attribute("data-state", "failed")
    row.get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("nightly")
    expect(page.locator('g.job[data-key="load"]')).to_have_attribute("data-state", "failed")
    expect(page.locator('g.job[data-key="report"]')).to_have_attribute("data-state", "skipped")
    expect(page.locator('path.edge[data-from="load"][data-to="report"]')).to_have_count(1)
    expect(page.locator("#newest-error")).to_contain_text("disk 17 is full")

    page.locator('g.job[data-key="load"] a').click()
    expect(page.locator("h1")).to_have_text("load")
    expect(page.get_by_role("region", name="Errors")).to_contain_text("disk 17 is full")
    page.go_back()
    page.locator('form:has([name="verb"][value="retry"]) input[name="reason"]').fill("disk was changed")
    page.locator('[name="verb"][value="retry"]').click()
    # From here on nothing is reloaded: the page follows by itself.
    page.evaluate("window.untouched = true")
    for name in ("load", "report"):
        [task] = api.dequeue(name)
        expect(page.locator(f'g.job[data-key="{name}"]')).to_have_attribute("data-state", "running")
        api.complete(task)
    expect(page.locator("main .head [data-state]").first).to_have_attribute("data-state", "succeeded")
    assert page.evaluate("window.untouched") is True
    assert "disk was changed" in str(api.get(f"/events?pipeline_id={made['id']}"))


def test_a_queue_is_paused_and_resumed_and_says_who_and_why(server: Any, api: Api, page: Page) -> None:
    api.pipeline("p", {"key": "a", "type": "crunch", "tasks": [{}]})
    page.goto(f"{server.url}/ui/queues/crunch")
    page.locator('form:has([value="pause"]) input[name="reason"]').fill("no disk")
    page.locator('[name="verb"][value="pause"]').click()
    expect(page.locator("[data-state]").first).to_have_attribute("data-state", "paused")
    expect(page.locator("main")).to_contain_text("no disk")
    assert api.get("/queues/crunch")["paused"] is True
    page.goto(f"{server.url}/ui/")
    expect(page.locator("#needs")).to_contain_text("no disk")
    page.goto(f"{server.url}/ui/queues/crunch")
    page.locator('[name="verb"][value="resume"]').click()
    expect(page.locator('[name="verb"][value="pause"]')).to_be_visible()
    page.locator('input[name="max_running"]').fill("3")
    page.locator('[name="verb"][value="max_running"]').click()
    expect(page.locator('input[name="max_running"]')).to_have_value("3")
    assert api.get("/queues/crunch")["max_running"] == 3


def test_a_template_is_run_from_its_form(server: Any, api: Api, page: Page) -> None:
    schema = {
        "type": "object",
        "required": ["file", "copies"],
        "properties": {
            "file": {"type": "string"},
            "copies": {"type": "integer", "minimum": 1},
            "mode": {"enum": ["fast", "slow"]},
            "loud": {"type": "boolean"},
            "more": {"type": "object"},
            "empty": {"type": "string"},
        },
    }
    pipeline = {"name": "print {{ file }}", "jobs": [{"key": "print", "type": "print", "tasks": [{}]}]}
    api.call("PUT", "/templates/print", {"parameters": schema, "pipeline": pipeline})
    page.goto(f"{server.url}/ui/templates/print")
    page.locator('[name="parameters.file"]').fill("a.txt")
    page.locator('[name="parameters.copies"]').fill("0")
    page.locator('[name="parameters.mode"]').select_option("slow")
    page.locator('[name="parameters.loud"]').check()
    page.locator('[name="parameters.more"]').fill('{"a": [1, 2]}')
    page.locator('[name="verb"][value="run"]').click()
    expect(page.get_by_role("alert")).to_contain_text("422")
    expect(page.locator('[name="parameters.file"]')).to_have_value("a.txt")
    page.locator('[name="parameters.copies"]').fill("2")
    page.locator('[name="verb"][value="preview"]').click()
    expect(page.locator("#preview")).to_contain_text("print a.txt")
    page.locator('[name="verb"][value="run"]').click()
    expect(page.locator("h1")).to_have_text("print a.txt")
    made = api.get(f"/pipelines/{page.url.rsplit('/', 1)[1]}")
    assert made["parameters"] == {"file": "a.txt", "copies": 2, "mode": "slow", "loud": True, "more": {"a": [1, 2]}}


def test_what_is_hard_to_take_back_is_asked_for_first(server: Any, api: Api, page: Page) -> None:
    made = api.pipeline("doomed", {"key": "a", "type": "t", "tasks": [{}, {}]})
    page.goto(f"{server.url}/ui/pipelines/{made['id']}")
    page.locator('[name="verb"][value="cancel"]').click()
    expect(page.locator("h1")).to_have_text("Cancel this pipeline?")
    expect(page.locator("main")).to_contain_text("2 tasks")
    assert api.get(f"/pipelines/{made['id']}")["state"] == "pending"
    page.locator('[name="reason"]').fill("not needed")
    page.locator('[name="verb"][value="cancel"]').click()
    expect(page.locator("main .head [data-state]").first).to_have_attribute("data-state", "cancelled")
    page.locator('[name="verb"][value="delete"]').click()
    page.locator('[name="verb"][value="delete"]').click()
    expect(page.locator("h1")).to_have_text("Pipelines")
    expect(page.locator(f'tr[data-id="{made["id"]}"]')).to_have_count(0)


def test_a_bulk_verb_says_how_many_it_hits_and_how_far_it_is(server: Any, api: Api, page: Page) -> None:
    for number in range(3):
        api.pipeline("many", {"key": "a", "type": f"t{number}", "tasks": [{}]})
    api.pipeline("other", {"key": "a", "type": "t", "tasks": [{}]})
    page.goto(f"{server.url}/ui/pipelines?name=many")
    page.locator('[name="verb"][value="cancel"]').click()
    expect(page.locator("main")).to_contain_text("3 pipelines fit the filter")
    for _ in range(20):
        api.pipeline("many", {"key": "a", "type": "t", "tasks": [{}]})
    page.locator('[name="verb"][value="cancel"]').click()
    expect(page.locator("main")).to_contain_text("23 pipelines fit the filter. They have become more")
    page.locator('[name="verb"][value="cancel"]').click()
    expect(page.locator("main")).to_contain_text("23 were changed, 0 refused")
    assert api.get("/pipelines?name=other")["items"][0]["state"] == "pending"


def test_a_search_finds_ids_names_and_subjects(server: Any, api: Api, page: Page) -> None:
    made = api.pipeline("needle", {"key": "a", "type": "stack", "tasks": [{}]}, correlation_id="corr-1")
    for asked in ("needle", "corr-1", made["id"]):
        page.goto(f"{server.url}/ui/")
        page.get_by_role("searchbox").fill(asked)
        page.get_by_role("searchbox").press("Enter")
        expect(page).to_have_url(re.compile(f"/ui/pipelines/{made['id']}$"))
    page.goto(f"{server.url}/ui/search?q={made['id'][:8]}")
    expect(page.locator("main")).to_contain_text(made["id"])
    page.goto(f"{server.url}/ui/search?q=nothing-like-it")
    expect(page.locator("main")).to_contain_text("0 found")
