"""Lines of handlers on their way into the logs of their tasks.

Handlers only put lines down here, which never waits and never fails. Once a second what has come since is sent, of all tasks
in one call; what a task has left goes with its report, so its last words are not lost.

What it deliberately does not do: hold more than `MOST_BYTES`. While the server cannot be reached for long, lines are dropped,
and the log says how many.
How it fails: a call whose answer was lost is made again with its key, which makes it count once. If its task ends meanwhile,
those lines go with the report, and may be there twice. What is sent before a report is repeated as the report is.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from ..backoff import NEVER, Backoff
from ..errors import CallError
from ..repeat import Safety
from ..transport import Call, Transport, encoded
from .report import backoff_of
from .task_log import line as new_line

log = logging.getLogger("windlass_sdk")

# How long lines are gathered before they are sent, in seconds.
INTERVAL = 1.0
# Bytes of lines that wait, of all tasks of a worker.
MOST_BYTES = 4 << 20
# What a line takes beside its texts.
LINE_BYTES = 64
# Lines of one task in one call, and with one report; of all tasks in one call; tasks in one call.
MOST_LINES = 1_000
MOST_LINES_A_CALL = 10_000
MOST_TASKS_A_CALL = 1_000
# The longest that one call may take, and that a report waits for a call under way, in seconds.
LONGEST_CALL = 10.0
LONGEST_WAIT = 2.0

Line = dict[str, Any]


@dataclass
class OfTask:
    """The lines of one lease."""

    id: str
    lines: list[Line] = field(default_factory=list[Line])
    dropped: int = 0
    """Lines for which there was no room."""


@dataclass
class Unsent:
    """A call, to be made again as it was."""

    items: list[dict[str, Any]]
    key: str = field(default_factory=lambda: str(uuid.uuid4()))


class Journal:
    """The lines of a worker's tasks that were not sent yet. Lines may come from any thread."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = threading.Lock()
        self._tasks: dict[str, OfTask] = {}
        self.bytes = 0
        """Of all lines that wait."""
        # Held while a call is under way; what it sends, until it is known to have arrived.
        self._sending = asyncio.Lock()
        self._unsent: Unsent | None = None
        self._came = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def open(self, token: str, id: str) -> None:
        """From now on lines of this lease are taken."""
        with self._lock:
            self._tasks[token] = OfTask(id)

    def write(self, token: str, line: Line) -> None:
        """Takes a line; one of a lease that is not open is nobody's."""
        size = _size(line)
        with self._lock:
            task = self._tasks.get(token)
            if task is None:
                return
            if self.bytes + size > MOST_BYTES:
                task.dropped += 1
                return
            task.lines.append(line)
            self.bytes += size
        if not self._came.is_set():
            try:
                self._loop.call_soon_threadsafe(self._came.set)
            except RuntimeError:
                # The worker has stopped; a handler that was left behind still talks.
                return

    async def send(self) -> None:
        """Sends what comes, once a second, until it is cancelled."""
        while True:
            await self._came.wait()
            await asyncio.sleep(INTERVAL)
            self._came.clear()
            while await self._send_once():
                pass

    async def close(self, token: str, beat: float) -> list[Line]:
        """The lines of a lease with this beat for its report, which takes 1,000; what is beyond is sent before.

        None is taken any more.
        """
        lines: list[Line] = []
        try:
            await asyncio.wait_for(self._sending.acquire(), LONGEST_WAIT)
        except (asyncio.TimeoutError, TimeoutError):
            pass
        else:
            lines = _of_lease(self._unsent, token)
            self._sending.release()
        task = self._take(token)
        if task is None:
            return lines
        lines += _told(task)
        early, last = lines[: max(len(lines) - MOST_LINES, 0)], lines[max(len(lines) - MOST_LINES, 0) :]
        for start in range(0, len(early), MOST_LINES):
            some = early[start : start + MOST_LINES]
            if not await self._post(Unsent([{"id": task.id, "lease_token": token, "lines": some}]), backoff_of(beat)):
                # What comes after it would fare no better.
                break
        return last

    def forget(self, token: str) -> None:
        """Forgets the lines of a lease that is lost: nobody would take them any more."""
        self._take(token)

    async def _send_once(self) -> bool:
        """Sends one call; whether there is more, and it makes sense to go on."""
        async with self._sending:
            self._unsent = self._unsent or self.gather()
            if self._unsent is None:
                return False
            if not await self._post(self._unsent):
                # To be made again with what comes next, or after a while.
                self._came.set()
                return False
            self._unsent = None
            return True

    def gather(self) -> Unsent | None:
        """Takes as many lines as one call may have."""
        items: list[dict[str, Any]] = []
        room = MOST_LINES_A_CALL
        with self._lock:
            for token, task in self._tasks.items():
                count = min(len(task.lines), MOST_LINES, room)
                if count == 0:
                    continue
                lines, task.lines = task.lines[:count], task.lines[count:]
                self.bytes -= sum(map(_size, lines))
                room -= count
                items.append({"id": task.id, "lease_token": token, "lines": lines})
                if room == 0 or len(items) == MOST_TASKS_A_CALL:
                    break
        return Unsent(items) if items else None

    async def _post(self, unsent: Unsent, patience: Backoff = NEVER) -> bool:
        """Makes a call, once unless it has patience; whether it is not to be made again: it arrived, or never would."""
        call = Call(
            "POST",
            ("v1", "tasks", "log"),
            safety=Safety.LEASED,
            timeout=LONGEST_CALL,
            backoff=patience,
            idempotency_key=unsent.key,
        )
        try:
            await self._transport.send(call.json({"tasks": unsent.items}))
        except CallError as error:
            log.debug("cannot send lines of log: %s", error)
            return not (error.is_transient or error.is_unauthorized)
        return True

    def _take(self, token: str) -> OfTask | None:
        with self._lock:
            task = self._tasks.pop(token, None)
            if task is not None:
                self.bytes -= sum(map(_size, task.lines))
            return task


def _told(task: OfTask) -> list[Line]:
    """Its lines, with one that says how many were dropped."""
    if task.dropped == 0:
        return task.lines
    what = f"{task.dropped} lines were dropped by the worker, which could not send them in time"
    return [*task.lines, new_line("warn", what, {})]


def _of_lease(unsent: Unsent | None, token: str) -> list[Line]:
    """The lines of a lease in a call that may not have arrived."""
    items = unsent.items if unsent else []
    return [line for item in items if item["lease_token"] == token for line in item["lines"]]


def _size(line: Line) -> int:
    fields = line.get("fields")
    return LINE_BYTES + len(line["message"].encode()) + (len(encoded(fields)) if fields else 0)
