"""Pages for everybody: by keyboard, on a phone, in the dark, for screen readers."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Api, PATIENCE

expect.set_options(timeout=PATIENCE)


def fill(api: Api) -> list[str]:
    """Something of everything, and all pages of it."""
    made = api.pipeline(
        "nightly",
        {"key": "load", "type": "load", "tasks": [{"payload": {"file": 1}}, {}]},
        {"key": "report", "type": "report", "depends_on": ["load"], "tasks": [{}]},
    )
    first, second = api.dequeue("load", count=2)
    api.complete(first, result={"rows": 3})
    api.fail(second, "disk 17 is full")
    pipeline = {"name": "print", "jobs": [{"key": "print", "type": "print", "tasks": [{}]}]}
    schema = {"type": "object", "properties": {"file": {"type": "string"}, "loud": {"type": "boolean"}}}
    api.call("PUT", "/templates/print", {"parameters": schema, "pipeline": pipeline})
    api.call("PUT", "/schedules/hourly", {"cron": "0 * * * *", "timezone": "Europe/Berlin", "template": {"name": "print"}})
    hook = api.post("/webhooks", {"url": "https://receiver.example/", "events": ["pipeline.failed"]})
    return [
        "", "pipelines", f"pipelines/{made['id']}", f"jobs/{first['job_id']}", "tasks", f"tasks/{first['id']}", f"tasks/{second['id']}",
        "queues", "queues/load", "workers", "workers/worker", "templates", "templates/print", "schedules", "schedules/hourly",
        "webhooks", f"webhooks/{hook['id']}", "outcomes", "events", "system", "keys", "search?q=print",
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_no_page_breaks_a_rule_of_axe(server: Any, api: Api, browser: Browser, scheme: Any, width: int) -> None:
    axe = Path(os.environ["WINDLASS_CLIENT_TOOLS"]) / "node" / "node_modules" / "axe-core" / "axe.min.js"
    paths = fill(api)
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    broken: list[str] = []
    for path in paths:
        page.goto(f"{server.url}/ui/{path}")
        expect(page.locator("h1")).to_have_count(1)
        # The page's own rules refuse scripts of others, and this one comes by the debugger's way.
        page.evaluate(axe.read_text())
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        for violation in found["violations"]:
            broken.append(f"/ui/{path}: {violation['id']}: {[node['html'][:150] for node in violation['nodes'][:2]]}")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            broken.append(f"/ui/{path}: wider than its window")
    context.close()
    assert not broken, "\n".join(broken)


def test_a_pipeline_is_paused_by_keyboard_alone(server: Any, api: Api, page: Page) -> None:
    api.pipeline("by hand", {"key": "a", "type": "t", "tasks": [{}]})
    page.goto(f"{server.url}/ui/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    walk(page, "nav a", "Pipelines")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Pipelines")
    walk(page, "tr a", "")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("by hand")
    walk(page, 'button[value="pause"]', "Pause")
    page.keyboard.press("Enter")
    expect(page.locator('main .head [data-state="paused"]')).to_have_count(1)


def walk(page: Page, selector: str, text: str) -> None:
    """Goes on by Tab to something of this kind with this text."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("([selector, text]) => document.activeElement.matches(selector) && document.activeElement.textContent.includes(text)", [selector, text]):
            return
    raise AssertionError(f"{selector} {text} is not reached by Tab")


def test_empty_pages_say_what_to_do_next(server: Any, page: Page) -> None:
    for path in ["", "pipelines", "tasks", "queues", "workers", "templates", "schedules", "webhooks", "outcomes", "events"]:
        page.goto(f"{server.url}/ui/{path}")
        expect(page.locator(".empty").first).to_be_visible()
    page.goto(f"{server.url}/ui/nowhere")
    expect(page.get_by_role("alert")).to_contain_text("404")


def test_times_are_in_the_readers_zone_ids_are_copied_whole_and_graphs_zoom(server: Any, api: Api, browser: Browser) -> None:
    jobs = [{"key": f"k{number}", "type": f"t{number}", "tasks": [{}], "depends_on": [f"k{number - 1}"] if number else []} for number in range(12)]
    made = api.pipeline("wide", *jobs)
    context = browser.new_context(timezone_id="Asia/Tokyo", locale="en-GB", viewport={"width": 800, "height": 700})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    page = context.new_page()
    page.goto(f"{server.url}/ui/pipelines/{made['id']}")
    time = page.locator("dl time").first
    exact = time.get_attribute("datetime") or ""
    shown = page.evaluate("at => new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'medium'}).format(new Date(at))", exact)
    assert exact.endswith("Z") and page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "Asia/Tokyo"
    expect(time).to_have_text(shown)
    assert time.get_attribute("title") == exact, "on hover"
    time.focus()
    assert exact in page.evaluate("getComputedStyle(document.activeElement, '::after').content"), "on focus, and so by tap"
    button = page.locator(f'.head [data-copy="{made["id"]}"]')
    # It says so for two seconds, in which a busy browser may not be asked.
    button.evaluate("button => { button.heard = []; new MutationObserver(() => button.heard.push(button.textContent)).observe(button, { childList: true }); }")
    button.click()
    element = button.element_handle()
    page.wait_for_function("button => button.heard.length === 2", arg=element, timeout=PATIENCE)
    assert button.evaluate("button => button.heard") == ["copied", ""]
    assert page.evaluate("navigator.clipboard.readText()") == made["id"]
    width = page.locator("#graph svg").bounding_box()["width"]  # type: ignore[index]
    page.locator('[data-zoom="in"]').click()
    larger = page.locator("#graph svg").bounding_box()["width"]  # type: ignore[index]
    page.locator('[data-zoom="fit"]').click()
    fit = page.locator("#graph svg").bounding_box()["width"]  # type: ignore[index]
    frame = page.locator("#graph").bounding_box()["width"]  # type: ignore[index]
    assert larger > width > fit and fit <= frame, (width, larger, fit, frame)
    # What follows leaves the size as it was chosen.
    api.dequeue("t0")
    expect(page.locator('g.job[data-key="k0"]')).to_have_attribute("data-state", "running")
    assert page.locator("#graph svg").bounding_box()["width"] == fit  # type: ignore[index]
    context.close()
