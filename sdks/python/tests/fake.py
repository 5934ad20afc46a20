"""A server that records what it is asked, and answers by a script."""

from __future__ import annotations

import json
import queue
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# Longer than anything that a test waits for, in seconds.
DEADLINE = 300.0


@dataclass
class Seen:
    """One request, as it came."""

    method: str
    path: str
    query: dict[str, str]
    raw: bytes
    headers: dict[str, str]
    at: float = field(default_factory=time.monotonic)

    @property
    def verb(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition("/")[2]

    @property
    def body(self) -> Any:
        return json.loads(self.raw) if self.raw else None

    @property
    def key(self) -> str | None:
        return self.headers.get("idempotency-key")


@dataclass
class Reply:
    """An answer; without a status the connection is cut."""

    status: int | None = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    raw: bytes | None = None


Script = Callable[[int, Seen], Reply]


class Fake:
    """A running server; it stops at the end of its `with`."""

    def __init__(self, script: Script, port: int = 0) -> None:
        self.requests: queue.Queue[Seen] = queue.Queue()
        self.ending = threading.Event()
        fake, count, lock = self, iter(range(1 << 30)), threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                parts = urlsplit(self.path)
                seen = Seen(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query, keep_blank_values=True)),
                    self.rfile.read(length),
                    {name.lower(): value for name, value in self.headers.items()},
                )
                with lock:
                    reply = script(next(count), seen)
                fake.requests.put(seen)
                # What waits ends with the server.
                if fake.ending.wait(reply.delay) and reply.delay > 5:
                    self.close_connection = True
                    return
                if reply.status is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send(reply)

            def send(self, reply: Reply) -> None:
                text = json.dumps(reply.body).encode() if reply.raw is None else reply.raw
                self.send_response_only(reply.status or 0)
                headers = {"content-type": "application/json", "date": date(), **reply.headers}
                for name, value in headers.items():
                    if value:
                        self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that hung up."""

        self._server = Server(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Fake:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()

    def next(self) -> Seen:
        """The next request."""
        return self.requests.get(timeout=DEADLINE)

    def next_of(self, *verbs: str) -> Seen:
        """The next request with one of these verbs; others before it are dropped."""
        while (seen := self.next()).verb not in verbs:
            pass
        return seen

    def rest(self) -> list[Seen]:
        """All requests that came and were not looked at."""
        return [self.requests.get() for _ in range(self.requests.qsize())]


def date(moment: datetime | None = None) -> str:
    return format_datetime(moment or datetime.now(timezone.utc), usegmt=True)


def with_task(*payloads: Any, otherwise: Callable[[Seen], Reply | None] = lambda seen: None, **leased: Any) -> Script:
    """A script of a server with these tasks to lease, which accepts every report; `otherwise` may answer otherwise."""
    waiting = [lease(payload, **leased) for payload in payloads]

    def script(_: int, seen: Seen) -> Reply:
        reply = otherwise(seen)
        if reply is not None:
            return reply
        if seen.verb == "dequeue":
            tasks = [waiting.pop(0) for _ in range(min(len(waiting), seen.body["max_tasks"]))]
            return Reply(body={"tasks": tasks}, delay=0 if tasks else 60)
        return accepted(seen)

    return script


def accepted(seen: Seen) -> Reply:
    """The answer to a report."""
    if seen.path == "/v1/tasks/heartbeat":
        return Reply(body={"results": [{"id": item["id"], "lease_expires_at": later()} for item in seen.body["tasks"]]})
    if seen.verb in ("heartbeat", "progress"):
        return Reply(body={"lease_expires_at": later()})
    if seen.path == "/v1/tasks/log":
        return Reply(body={"results": [{"id": item["id"], "accepted": 1, "dropped": 0} for item in seen.body["tasks"]]})
    return Reply(body={})


def problem(status: int, code: str, *, headers: dict[str, str] | None = None, **more: Any) -> Reply:
    """A refusal."""
    document = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": "no", **more}
    return Reply(status, document, headers={"content-type": "application/problem+json", **(headers or {})})


def later(seconds: float = 60.0) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat()


def lease(payload: Any = None, **fields: Any) -> dict[str, Any]:
    """A leased task."""
    return {
        "id": str(uuid.uuid4()),
        "type": "work",
        "job_id": str(uuid.uuid4()),
        "job_key": "work",
        "pipeline_id": str(uuid.uuid4()),
        "pipeline_name": "test",
        "attempt": 1,
        "max_attempts": 3,
        "payload": payload,
        "job_payload": None,
        "metadata": {},
        "checkpoint": None,
        "lease_token": str(uuid.uuid4()),
        "lease_expires_at": later(),
        "timeout_seconds": None,
        "correlation_id": "test",
        "traceparent": None,
        "tracestate": None,
        **fields,
    }


def pipeline(**fields: Any) -> dict[str, Any]:
    """A pipeline as the server shows it."""
    nothing = dict.fromkeys(
        ["reason", "started_at", "ended_at", "deadline_at", "traceparent", "tracestate", "schedule", "template", "parameters"]
    )
    return {
        "id": str(uuid.uuid4()),
        "name": "test",
        "state": "pending",
        "paused": False,
        "sealed": True,
        "cancelling": False,
        "priority": "medium",
        "correlation_id": "test",
        "metadata": {},
        "fail_fast": False,
        "progress": {"percent": 0},
        "created_at": later(0),
        "jobs": [],
        **nothing,
        **fields,
    }
