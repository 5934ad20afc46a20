"""Takes the picture of a pipeline's page for the README: `make screenshot`."""

import json
import os
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, expect

from .conftest import PATIENCE, REPOSITORY, Api, clients

expect.set_options(timeout=PATIENCE)
PICTURE = REPOSITORY / "docs" / "dashboard.png"
# What the README may weigh.
MOST_BYTES = 150 * 1024


def clock(server: Any) -> Callable[[int], None]:
    """What sets the database's clock so many seconds back: a picture of a pipeline that has run for minutes need not wait for these."""

    def set_back(seconds: int) -> None:
        text = f"SELECT statement_timestamp() - interval '{seconds} seconds'"
        statement = "CREATE OR REPLACE FUNCTION windlass_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE"
        clients.psql(server.database_url, f"{statement} AS $$ {text} $$")

    return set_back


def run(api: Api, name: str, count: int, *, broken: int = 0, left: int = 0) -> None:
    """Runs tasks of a type: some fail for good, and the last ones are left running."""
    tasks = api.dequeue(name, worker="press-7", count=count)
    for number, task in enumerate(tasks[: len(tasks) - left]):
        if number < broken:
            api.fail(task, f"tile {task['id'][-4:]}: the source has no band 4", "bad_input")
        else:
            api.complete(task)


def demo(api: Api, set_back: Callable[[int], None]) -> str:
    """A pipeline in the middle of its work; its id."""
    many = [{} for _ in range(40)]
    jobs: list[dict[str, Any]] = [
        {"key": "download", "type": "download", "tasks": [{}, {}, {}]},
        {"key": "cut", "type": "cut-tiles", "depends_on": ["download"], "tasks": many, "max_failed_tasks": 5},
        {"key": "index", "type": "index", "depends_on": ["download"], "tasks": [{}, {}]},
        {"key": "sharpen", "type": "sharpen", "depends_on": ["cut"], "tasks": many[:30]},
        {"key": "overviews", "type": "overviews", "depends_on": ["cut"], "tasks": many[:8]},
        {"key": "catalogue", "type": "catalogue", "depends_on": ["index", "overviews"], "tasks": [{}]},
        {"key": "publish", "type": "publish", "depends_on": ["sharpen", "catalogue"], "tasks": [{}]},
        {"key": "alarm", "type": "notify", "depends_on": [{"job": "cut", "when": "failed"}], "tasks": [{}]},
        {"key": "tidy", "type": "tidy", "depends_on": [{"job": "publish", "when": "always"}], "tasks": [{}]},
    ]
    metadata = {"scene": "T32UPU", "requested_by": "map-desk"}
    set_back(26 * 3_600)
    before = api.pipeline("satellite-scene", {"key": "download", "type": "download", "tasks": [{}]})
    run(api, "download", 1)
    assert api.get(f"/pipelines/{before['id']}")["state"] == "succeeded"
    set_back(860)
    made = api.pipeline("satellite-scene", *jobs, metadata=metadata, correlation_id="order-2041")
    set_back(845)
    run(api, "download", 2)
    set_back(790)
    run(api, "download", 1)
    set_back(780)
    run(api, "index", 2)
    run(api, "cut-tiles", 20, broken=2)
    set_back(430)
    run(api, "cut-tiles", 20)
    set_back(420)
    run(api, "overviews", 8)
    run(api, "sharpen", 12)
    set_back(200)
    run(api, "catalogue", 1)
    set_back(0)
    run(api, "sharpen", 9, left=5)
    return str(made["id"])


def test_the_picture_of_the_readme(server: Any, api: Api, browser: Browser) -> None:
    made = demo(api, clock(server))
    context = browser.new_context(color_scheme="light", viewport={"width": 1280, "height": 1000}, timezone_id="UTC", locale="en-GB")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{server.url}/ui/pipelines/{made}")
    expect(page.locator("#lamp")).to_have_text("live")
    page.locator('[data-zoom="fit"]').click()
    page.locator("h1").click()
    picture = page.screenshot(path=os.environ.get("WINDLASS_SCREENSHOT", PICTURE))
    context.close()
    assert len(picture) <= MOST_BYTES, f"the picture has {len(picture)} bytes"
    print(json.dumps({"bytes": len(picture)}))
