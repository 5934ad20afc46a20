"""What a page of another site can do with the calls of `/v1`, in a real browser."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page

from .conftest import Api, clients
from .test_access import key

CREATE = """async ([url, key]) => {
  const headers = {authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'once'};
  const answer = await fetch(url + '/v1/jobs', {method: 'POST', headers, body: '{"type": "t"}'});
  return [answer.status, answer.headers.get('location')];
}"""
# What a browser sends without asking first, and whose answer it does not show.
CREATE_UNASKED = "async (url) => void await fetch(url + '/v1/jobs', {method: 'POST', mode: 'no-cors', body: '{\"type\": \"t\"}'})"


class Blank(BaseHTTPRequestHandler):
    """An empty page at every path."""

    def do_GET(self) -> None:
        """Answers it."""
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def site() -> Iterator[int]:
    """The port of another site, which a browser knows by two names: two origins."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield served.server_port
        served.shutdown()
        thread.join()


def test_a_page_of_a_listed_origin_can_call_with_a_key_and_another_one_cannot(tmp_path: Path, site: int, page: Page) -> None:
    listed = f"http://127.0.0.1:{site}"
    with clients.running_server(tmp_path, "--auth", "keys", "--cors-origins", listed) as server:
        text = key(server, "produce")
        page.goto(listed)
        status, location = page.evaluate(CREATE, [server.url, text])
        assert status == 201 and location.startswith("/v1/jobs/")
        page.goto(f"http://localhost:{site}")
        with pytest.raises(Error, match="Failed to fetch"):
            page.evaluate(CREATE, [server.url, text])
        assert len(Api(server.url, text).get("/jobs")["items"]) == 1


def test_without_keys_a_page_of_another_site_changes_nothing(server: Any, site: int, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{site}")
    with pytest.raises(Error, match="Failed to fetch"):
        page.evaluate(CREATE, [server.url, "none"])
    page.evaluate(CREATE_UNASKED, server.url)
    assert Api(server.url).get("/jobs")["items"] == []
