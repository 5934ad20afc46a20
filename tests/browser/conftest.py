"""A browser, and servers as the tests of clients have them."""

import importlib.util
import json
import os
import shutil
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[2]
_file = REPOSITORY / "tests" / "clients" / "conftest.py"
_spec = importlib.util.spec_from_file_location("windlass_clients", _file)
assert _spec is not None and _spec.loader is not None
clients = importlib.util.module_from_spec(_spec)
sys.modules["windlass_clients"] = clients
_spec.loader.exec_module(clients)

server = clients.server
server_with_keys = clients.server_with_keys
# Longer than anything here takes on a busy machine, in milliseconds.
PATIENCE = int(os.environ.get("WINDLASS_BROWSER_PATIENCE", "300")) * 1_000


def pytest_itemcollected(item: pytest.Item) -> None:
    """`-k browser` takes these tests, whatever they are called."""
    item.extra_keyword_matches.add("browser")


def find_chromium() -> str:
    """Debian's chromium, or the one that WINDLASS_CHROMIUM names."""
    found = os.environ.get("WINDLASS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium: `.ci/install chromium` installs it")
        pytest.skip("no chromium: `.ci/install chromium` installs it")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a process."""
    executable = find_chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A reader with cookies of their own. No script may fail, whatever is shown."""
    made = browser.new_context()
    made.set_default_timeout(PATIENCE)
    faults: list[str] = []
    made.on("weberror", lambda error: faults.append(str(error.error)))
    made.on("dialog", lambda dialog: faults.append(f"a dialog: {dialog.message}"))
    yield made
    made.close()
    assert faults == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab."""
    return context.new_page()


class Api:
    """Calls `/v1`, as workers and producers do."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self.url = url
        self.key = key

    def call(self, method: str, path: str, body: object = None) -> Any:
        """What a call answers; it has to go well."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/v1{path}", data, method=method)
        if data is not None:
            request.add_header("content-type", "application/json")
        if self.key is not None:
            request.add_header("authorization", f"Bearer {self.key}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def get(self, path: str) -> Any:
        """What is at a path."""
        return self.call("GET", path)

    def post(self, path: str, body: object = None) -> Any:
        """A change."""
        return self.call("POST", path, {} if body is None else body)

    def pipeline(self, name: str, *jobs: dict[str, Any], **more: Any) -> Any:
        """A new pipeline with its jobs."""
        made = self.post("/pipelines", {"name": name, "jobs": list(jobs), **more})
        return self.get(f"/pipelines/{made['id']}")

    def dequeue(self, *types: str, worker: str = "worker", count: int = 1) -> list[Any]:
        """Tasks, each with its lease."""
        body = {"types": list(types), "worker_id": worker, "max_tasks": count, "wait_seconds": 0}
        return list(self.post("/tasks/dequeue", body)["tasks"])

    def complete(self, task: Any, **more: Any) -> None:
        """Reports that a task went well."""
        self.post(f"/tasks/{task['id']}/complete", {"lease_token": task["lease_token"], **more})

    def fail(self, task: Any, message: str, category: str = "broken") -> None:
        """Reports that a task failed for good."""
        error = {"category": category, "message": message}
        self.post(f"/tasks/{task['id']}/fail", {"lease_token": task["lease_token"], "error": error, "retry": "never"})


@pytest.fixture
def api(server: Any) -> Api:
    """Calls of the server that asks for no key."""
    return Api(server.url)
