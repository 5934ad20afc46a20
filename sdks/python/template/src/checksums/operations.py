"""`GET /healthz` and `GET /metrics`, on a thread of their own: they answer whatever the handlers do."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def serving(host: str, port: int, registry: CollectorRegistry, breaker_state: Callable[[], str]) -> Iterator[int]:
    """Serves both for as long as the worker runs, and gives the port: a free one for 0."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/healthz":
                self.answer(200, "application/json", json.dumps({"breaker": breaker_state()}).encode())
            elif self.path == "/metrics":
                self.answer(200, CONTENT_TYPE_LATEST, generate_latest(registry))
            else:
                self.answer(404, "text/plain; charset=utf-8", b"there are /healthz and /metrics\n")

        def answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """A line for each scrape is too much."""

    class Server(_Server):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    with Server((host, port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, name="operations", daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
