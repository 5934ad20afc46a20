"""Who gets in, what they are offered, and what forged or hostile input comes to."""

import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import Api, PATIENCE, clients

expect.set_options(timeout=PATIENCE)
HOSTILE = "<img src=x onerror=alert(1)>\"'></script><script>alert(2)</script>{{7*7}}\u202e\u0007"


def log_in(page: Page, url: str, key: str, name: str = "") -> None:
    """Logs in by the form."""
    page.goto(f"{url}/ui/")
    page.locator('[name="key"]').fill(key)
    page.locator('[name="display_name"]').fill(name)
    page.get_by_role("button", name="Log in").click()


def key(server: Any, scope: str) -> str:
    """A key with one scope."""
    server.wants_keys = True
    made = clients.key(server, scope)
    assert isinstance(made, str)
    return made


def send(url: str, fields: dict[str, str], **headers: str) -> tuple[int, str]:
    """Posts a form as no browser does, and follows nothing."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    data = urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(url, data, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("scope", ["read", "produce", "work", "operate", "admin"])
def test_each_scope_is_offered_what_it_may_do(server_with_keys: Any, page: Page, scope: str) -> None:
    server = server_with_keys
    own, admin = key(server, scope), Api(server.url, key(server, "admin"))
    made = admin.pipeline("p", {"key": "a", "type": "t", "tasks": [{}]})
    log_in(page, server.url, own, "Night Shift")
    expect(page.locator("#who")).to_have_text(f"Night Shift · {scope}")
    expect(page.get_by_role("link", name="Keys", exact=True)).to_have_count(1 if scope == "admin" else 0)
    page.goto(f"{server.url}/ui/pipelines/{made['id']}")
    reads = scope != "work"
    expect(page.get_by_role("alert")).to_have_count(0 if reads else 1)
    pauses = page.locator('[name="verb"][value="pause"]')
    expect(pauses).to_have_count(1 if scope in ("produce", "operate", "admin") else 0)
    if scope == "admin":
        page.locator('input[name="reason"]').first.fill("a look")
        pauses.click()
        expect(page.locator('main .head [data-state="paused"]')).to_have_count(1)
        assert "'caller': 'admin'" in str(admin.get(f"/events?pipeline_id={made['id']}"))
    page.locator('[name="verb"][value="logout"]').click()
    expect(page.locator('[name="key"]')).to_be_visible()
    page.goto(f"{server.url}/ui/queues")
    expect(page).to_have_url(f"{server.url}/ui/login?next=%2Fui%2Fqueues")


def test_a_key_that_is_revoked_ends_its_sessions(server_with_keys: Any, page: Page) -> None:
    server = server_with_keys
    admin = Api(server.url, key(server, "admin"))
    log_in(page, server.url, key(server, "read"))
    expect(page.locator("#lamp")).to_have_text("live")
    [own] = admin.get("/keys?name=read")["items"]
    admin.post(f"/keys/{own['id']}/revoke")
    # The page finds out by itself.
    expect(page.locator('[name="key"]')).to_be_visible()


def test_a_session_that_ends_in_one_tab_ends_in_all(server_with_keys: Any, context: BrowserContext, page: Page) -> None:
    server = server_with_keys
    log_in(page, server.url, key(server, "read"))
    expect(page.locator("#lamp")).to_have_text("live")
    other = context.new_page()
    other.goto(f"{server.url}/ui/queues")
    # No event says so: the page asks because its stream is refused.
    other.locator('[name="verb"][value="logout"]').click()
    expect(page.locator('[name="key"]')).to_be_visible()


def test_wrong_keys_are_refused_and_then_for_a_while_all(server_with_keys: Any, page: Page) -> None:
    url = server_with_keys.url
    log_in(page, url, "wl_" + "a" * 43)
    expect(page.get_by_role("alert")).to_contain_text("401")
    for _ in range(9):
        assert send(f"{url}/ui/login", {"key": "nothing like it"}, origin=url)[0] == 401
    assert send(f"{url}/ui/login", {"key": key(server_with_keys, "read")}, origin=url)[0] == 429


def test_a_form_that_is_forged_is_refused(server: Any, api: Api, context: BrowserContext, page: Page) -> None:
    made = api.pipeline("p", {"key": "a", "type": "t", "tasks": [{}]})
    target = f"{server.url}/ui/pipelines/{made['id']}"
    page.goto(target)
    token = page.locator('[name="forgery_token"]').first.get_attribute("value") or ""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in context.cookies(target))
    good = {"verb": "pause", "forgery_token": token}
    for fields, headers in [
        ({"verb": "pause"}, {"origin": server.url, "cookie": cookies}),
        ({**good, "forgery_token": token[:-4] + "AAAA"}, {"origin": server.url, "cookie": cookies}),
        (good, {"origin": server.url}),
        (good, {"cookie": cookies}),
        (good, {"origin": "http://evil.example", "cookie": cookies}),
        (good, {"origin": "null", "cookie": cookies}),
    ]:
        assert send(target, fields, **headers)[0] == 403, (fields, headers)
    assert api.get(f"/pipelines/{made['id']}")["paused"] is False
    assert send(target, good, origin=server.url, cookie=cookies)[0] == 303
    assert api.get(f"/pipelines/{made['id']}")["paused"] is True
    page.reload()
    assert page.locator('[name="forgery_token"]').first.get_attribute("value") != token, "masked anew"


def test_a_session_that_ended_keeps_what_was_typed(server_with_keys: Any, context: BrowserContext, page: Page) -> None:
    server = server_with_keys
    admin = Api(server.url, key(server, "admin"))
    made = admin.pipeline("p", {"key": "a", "type": "t", "tasks": [{}]})
    log_in(page, server.url, admin.key or "")
    page.goto(f"{server.url}/ui/pipelines/{made['id']}")
    page.locator('form:has([value="pause"]) input[name="reason"]').fill("a long sentence")
    context.clear_cookies()
    page.locator('[name="verb"][value="pause"]').click()
    expect(page.get_by_role("alert")).to_contain_text("401")
    expect(page.locator('main [name="reason"]')).to_have_value("a long sentence")


def test_what_clients_wrote_is_text_whatever_it_holds(server: Any, api: Api, page: Page) -> None:
    name = (HOSTILE.replace("\u0007", "") + "n" * 200)[:200]
    job = {"key": "a", "type": "t", "tasks": [{"payload": {HOSTILE: HOSTILE}}], "metadata": {"m": HOSTILE}}
    made = api.pipeline(name, job, metadata={HOSTILE: HOSTILE})
    [task] = api.dequeue("t", worker="w<script>alert(3)</script>")
    lines = [{"message": HOSTILE, "fields": {"f": HOSTILE}}]
    api.post(f"/tasks/{task['id']}/log", {"lease_token": task["lease_token"], "lines": lines})
    api.fail(task, HOSTILE)
    pages = ["", "pipelines", f"pipelines/{made['id']}", f"jobs/{task['job_id']}", "tasks", f"tasks/{task['id']}", "events", "workers"]
    for path in pages:
        page.goto(f"{server.url}/ui/{path}")
        expect(page.locator("h1")).to_have_count(1)
        assert page.locator("main img, main script, main iframe").count() == 0, path
        assert "\u0007" not in page.content()
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{path} is wider than its window"
    page.goto(f"{server.url}/ui/pipelines/{made['id']}")
    assert page.locator("h1 bdi").inner_text() == name
    page.goto(f"{server.url}/ui/search?q=" + urllib.parse.quote(HOSTILE))
    expect(page.locator("h1")).to_contain_text("<img src=x")
