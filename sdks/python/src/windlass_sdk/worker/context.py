"""What a handler knows and may say beside its result. All of it may be called from any thread."""

from __future__ import annotations

import asyncio
import enum
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, overload

from pydantic import TypeAdapter

from ..aio import AsyncClient
from ..blocking import Client
from ..models import LeasedTask, NewTask
from ..models.asked import plain, task_of
from ..transport import encoded
from .failure import Release
from .task_log import Sink, logger_of

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

# Bytes that a checkpoint may have.
CHECKPOINT_BYTES = 64 * 1024


class Cancellation(enum.Enum):
    """The reason for which a handler is asked to stop."""

    LEASE_LOST = "lease_lost"
    """The lease has ended, and with it the attempt: by its time, its timeout, or because the task is gone."""
    CANCELLED = "cancelled"
    """Somebody cancelled the task, its job or its pipeline."""
    STOPPING = "stopping"
    """The worker stops, and waits no longer; a result is still reported."""


@dataclass
class Said:
    """What a handler said that is sent beside it; `None` in a list: nothing yet."""

    progress: dict[str, Any] | None = None
    checkpoint: list[Any] | None = None
    """The one value in it, since a checkpoint may be null."""
    sent_checkpoint: bytes | None = None
    """Its JSON: 1 and True are the same to Python alone."""


@dataclass
class Extras:
    """What goes with the report."""

    add_tasks: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    outcomes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class Surroundings(Protocol):
    """What a context needs of its worker, or of a test in its place."""

    def changed(self) -> None:
        """There is progress or a checkpoint to be sent."""

    def is_stopping(self) -> bool:
        """Whether the worker takes no more tasks."""
        ...

    def client(self) -> AsyncClient:
        """For handlers on the event loop."""
        ...

    def blocking_client(self) -> Client:
        """For handlers on threads."""
        ...

    def results(self, job: str, hint: type[Any] | None) -> Results[Any]:
        """Results of an earlier job."""
        ...


class Results(Protocol, Generic[R_co]):
    """Results, one after the other: by `async for` in an asynchronous handler, by `for` in one on a thread."""

    def __aiter__(self) -> AsyncIterator[R_co]:
        """For handlers on the event loop."""
        ...

    def __iter__(self) -> Iterator[R_co]:
        """For handlers on threads."""
        ...


class Context:
    """A handler's view of its task."""

    def __init__(self, task: LeasedTask, around: Surroundings, sink: Sink, log_level: int = logging.INFO) -> None:
        self.task = task
        """The task as it was leased."""
        self.log = logger_of(sink, log_level)
        """A logger whose lines are in the task's log; `extra` becomes fields. It neither waits nor fails."""
        self.sink = sink
        self.deadline = None if task.timeout_seconds is None else time.monotonic() + task.timeout_seconds
        """About when the job's `timeout_seconds` end this attempt, by `time.monotonic`; the server decides."""
        self._around = around
        self._lock = threading.Lock()
        self._said = Said()
        self._extras = Extras()
        self._cancelled = threading.Event()
        self._cause: Cancellation | None = None
        self._waiting: list[Callable[[], None]] = []

    @property
    def attempt(self) -> int:
        """The number of this attempt, from 1."""
        return self.task.attempt

    @property
    def is_last_attempt(self) -> bool:
        """Whether a failure of this attempt ends the task."""
        return self.task.attempt >= self.task.max_attempts

    def progress(self, current: float, total: float | None = None, message: str | None = None) -> None:
        """Reports how far the task is, in units of the handler's own. It never waits: the latest is sent once a second."""
        progress: dict[str, Any] = {"current": float(current)}
        if total is not None:
            progress["total"] = float(total)
        if message:
            progress["message"] = message
        encoded(progress)
        with self._lock:
            self._said.progress = progress
        self._around.changed()

    def checkpoint(self, value: Any) -> None:
        """Leaves something for the next attempt, up to 64 KiB as JSON, in place of what was left before. It never waits.

        Raises `ValueError` when the value has no JSON form, or one that is too long; then nothing has changed.
        """
        shown = plain(value)
        size = len(encoded(shown))
        if size > CHECKPOINT_BYTES:
            raise ValueError(f"a checkpoint has at most {CHECKPOINT_BYTES} bytes, this one has {size}")
        with self._lock:
            self._said.checkpoint = [shown]
        self._around.changed()

    @overload
    def resumed_from(self) -> Any: ...
    @overload
    def resumed_from(self, hint: type[R]) -> R | None: ...
    def resumed_from(self, hint: type[Any] | None = None) -> Any:
        """What an earlier attempt left by `checkpoint`, as `hint` says if it does; None if none did."""
        left = self.task.checkpoint
        return left if hint is None or left is None else TypeAdapter(hint).validate_python(left)

    def metric(self, name: str, value: float) -> None:
        """Stores a number with the attempt, up to 32 of them: `cpu_seconds`, `max_rss_bytes`, anything.

        Raises `ValueError` for what has no JSON form, as infinity.
        """
        number = float(value)
        encoded({name: number})
        with self._lock:
            self._extras.metrics[name] = number

    def outcome(
        self,
        subject: str,
        disposition: str,
        *,
        kind: str | None = None,
        reason: str | None = None,
        version: str | None = None,
        detail: Any = None,
    ) -> None:
        """Records what became of an item that the task handled: `succeeded`, `failed`, `skipped`, `absent`, or your word.

        Outcomes go with the report, whether the task succeeds or fails; those of a task that is released are dropped. What a
        report cannot take, more than 10,000, is sent just before it. Raises `ValueError` for what has no JSON form.
        """
        fields = {"kind": kind, "reason": reason, "version": version, "detail": plain(detail)}
        given = {name: value for name, value in fields.items() if value is not None}
        outcome = {"subject": subject, "disposition": disposition, **given}
        encoded(outcome)
        with self._lock:
            self._extras.outcomes.append(outcome)

    def add_tasks(self, job: str, payloads: Iterable[Any | NewTask], *, seal: bool = False) -> None:
        """Adds tasks to an unsealed job of the same pipeline, one with each payload, together with this task's completion.

        Raises `ValueError` for what has no JSON form; then none is added.
        """
        tasks = [task_of(payload).body() for payload in payloads]
        encoded({"job": job, "tasks": tasks})
        with self._lock:
            addition = self._extras.add_tasks.setdefault(job, {"job": job, "tasks": []})
            addition["tasks"].extend(tasks)
            if seal:
                addition["seal"] = True

    def seal(self, job: str) -> None:
        """Seals a job of the same pipeline, after what is added to it, together with this task's completion."""
        self.add_tasks(job, (), seal=True)

    @overload
    def results(self, job: str) -> Results[Any]: ...
    @overload
    def results(self, job: str, hint: type[R]) -> Results[R]: ...
    def results(self, job: str, hint: type[Any] | None = None) -> Results[Any]:
        """The results of an earlier job's succeeded tasks, in the order in which the tasks were added."""
        return self._around.results(job, hint)

    @property
    def client(self) -> AsyncClient:
        """A client for calls of an asynchronous handler's own; they carry the trace of the task."""
        return self._around.client()

    @property
    def blocking_client(self) -> Client:
        """The same for a handler on a thread."""
        return self._around.blocking_client()

    @property
    def is_stopping(self) -> bool:
        """Whether the worker begins to stop: a long handler may save its work and `raise Release()`."""
        return self._around.is_stopping()

    @property
    def cancelled_by(self) -> Cancellation | None:
        """Why going on is pointless; None as long as it is not. A handler on a thread looks at it now and then."""
        return self._cause

    def raise_if_cancelled(self) -> None:
        """Raises `Release` where going on is pointless: a handler on a thread calls it between its steps."""
        if self._cause is not None:
            raise Release()

    async def cancelled(self) -> Cancellation:
        """Waits until going on is pointless. A handler that does not heed it is cancelled a little later."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            loop.call_soon_threadsafe(lambda: None if future.done() else future.set_result(None))

        with self._lock:
            if self._cause is not None:
                return self._cause
            self._waiting.append(wake)
        await future
        assert self._cause is not None
        return self._cause

    def wait_cancelled(self, timeout: float | None = None) -> Cancellation | None:
        """Waits, on a thread, until going on is pointless; None if it still is not after `timeout` seconds."""
        self._cancelled.wait(timeout)
        return self._cause

    def cancel(self, cause: Cancellation) -> None:
        """Asks the handler to stop, and says why; the first cause is the one that counts. Called by the worker."""
        with self._lock:
            if self._cause is not None:
                return
            self._cause = cause
            waiting, self._waiting = self._waiting, []
        self._cancelled.set()
        for wake in waiting:
            try:
                wake()
            except RuntimeError:
                # Its loop has ended.
                continue

    def unsent(self) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """What is to be sent beside the handler: progress, and as a field the checkpoint that the server does not have."""
        with self._lock:
            said = self._said
            new = said.checkpoint is not None and encoded(said.checkpoint[0]) != said.sent_checkpoint
            return said.progress, {"checkpoint": said.checkpoint[0]} if new and said.checkpoint else {}

    def checkpoint_sent(self, sent: Mapping[str, Any]) -> None:
        """The server has this checkpoint."""
        if "checkpoint" in sent:
            with self._lock:
                self._said.sent_checkpoint = encoded(sent["checkpoint"])

    def take_extras(self) -> Extras:
        """What goes with the report; nothing is left behind."""
        with self._lock:
            extras, self._extras = self._extras, Extras()
            return extras
