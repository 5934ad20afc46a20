"""Running a handler without a server.

`run` runs the handler of a type once, with a payload, and says what would have been reported::

    from windlass_sdk.testing import run

    def test_a_guest_is_greeted() -> None:
        ran = run(worker, "greet", {"name": "Ada"})
        assert ran.state == "succeeded" and ran.result == "good morning, Ada"

What it deliberately does not do: it is not the product. It knows no pipeline, no retries and no limits; `ctx.client` asks the
server that the environment names. What depends on those needs the service itself: `windlass serve`.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from pydantic import TypeAdapter

from .aio import AsyncClient
from .blocking import Client
from .errors import SettingError
from .models import LeasedTask
from .models.asked import plain
from .worker import Cancellation, Context, Results, Worker
from .worker.failure import Completed, Ending, Failed
from .worker.slot import perform, perform_on_thread

# The category and message of a failure.
Error = dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What a handler did, and would have had reported."""

    state: str
    """`succeeded`, `failed` or `released`."""
    result: Any = None
    """The result as JSON."""
    error: Error | None = None
    """`category`, `message` and perhaps `detail`."""
    retry: Any = None
    """Of a failure: `auto`, `never` or `{"after_seconds": n}`."""
    delay: float | None = None
    """Of a release."""
    progress: dict[str, Any] | None = None
    """The latest."""
    checkpoint: Any = None
    log: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The lines: `level`, `message`, `at` and perhaps `fields`."""
    added: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    """The tasks that it adds, by the job's key."""
    sealed: list[str] = field(default_factory=list[str])
    """Keys of jobs that it seals."""
    outcomes: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    metrics: dict[str, float] = field(default_factory=dict[str, float])


def run(worker: Worker, type: str, payload: Any = None, **around: Any) -> Ran:
    """Runs the handler of this type once; its further arguments are those of `arun`. Not within an event loop."""
    return asyncio.run(arun(worker, type, payload, **around))


async def arun(
    worker: Worker,
    type: str,
    payload: Any = None,
    *,
    attempt: int = 1,
    max_attempts: int = 3,
    job_payload: Any = None,
    metadata: Mapping[str, Any] | None = None,
    checkpoint: Any = None,
    results: Mapping[str, Sequence[Any]] | None = None,
    timeout_seconds: float | None = None,
    cancelled_after: float | None = None,
    stopping: bool = False,
) -> Ran:
    """Runs the handler of this type once, as the task of an attempt.

    `results` are those of earlier jobs, by key; `checkpoint` is what an earlier attempt left. After `cancelled_after` seconds
    somebody cancels the task.
    """
    handler = worker.handlers.get(type)
    if handler is None:
        raise SettingError(f"the worker has no job for the type {type!r}")
    task = _task(
        type,
        plain(payload),
        attempt=attempt,
        max_attempts=max_attempts,
        job_payload=plain(job_payload),
        metadata=dict(metadata or {}),
        checkpoint=plain(checkpoint),
        timeout_seconds=timeout_seconds,
    )
    lines: list[dict[str, Any]] = []
    given = {job: [plain(result) for result in some] for job, some in (results or {}).items()}
    context = Context(task, _OfTest(given, stopping), lines.append, worker.log_level)
    timer = threading.Timer(cancelled_after or 0.0, context.cancel, (Cancellation.CANCELLED,))
    if cancelled_after is not None:
        timer.start()
    try:
        if handler.is_async:
            ending = await perform(handler, context)
        else:
            ending = await asyncio.to_thread(perform_on_thread, handler, context)
    finally:
        timer.cancel()
    return _ran(ending, context, lines)


def _ran(ending: Ending, context: Context, lines: list[dict[str, Any]]) -> Ran:
    progress, checkpoint = context.unsent()
    extras = context.take_extras()
    said: dict[str, Any] = {"progress": progress, "checkpoint": checkpoint.get("checkpoint"), "log": lines}
    reported: dict[str, Any] = {"outcomes": extras.outcomes, "metrics": extras.metrics}
    if isinstance(ending, Completed):
        additions = extras.add_tasks.values()
        return Ran(
            "succeeded",
            result=ending.result,
            added={addition["job"]: addition["tasks"] for addition in additions if addition["tasks"]},
            sealed=[addition["job"] for addition in additions if addition.get("seal")],
            **said,
            **reported,
        )
    if isinstance(ending, Failed):
        return Ran("failed", error=ending.error(), retry=ending.retry, **said, **reported)
    return Ran("released", delay=ending.delay, **said)


def _task(type: str, payload: Any, **fields: Any) -> LeasedTask:
    return LeasedTask(
        id=uuid.uuid4(),
        type=type,
        job_id=uuid.uuid4(),
        job_key=type,
        pipeline_id=uuid.uuid4(),
        pipeline_name="test",
        payload=payload,
        lease_token=uuid.uuid4(),
        lease_expires_at=datetime.now(timezone.utc) + timedelta(minutes=1),
        correlation_id="test",
        traceparent=None,
        tracestate=None,
        **fields,
    )


class _OfTest:
    def __init__(self, results: dict[str, list[Any]], stopping: bool) -> None:
        self._results = results
        self._stopping = stopping

    def changed(self) -> None:
        """The latest is in `Ran`."""

    def is_stopping(self) -> bool:
        return self._stopping

    def client(self) -> AsyncClient:
        return AsyncClient()

    def blocking_client(self) -> Client:
        return Client()

    def results(self, job: str, hint: type[Any] | None) -> Results[Any]:
        given = self._results.get(job, [])
        if hint is not None:
            adapter: TypeAdapter[Any] = TypeAdapter(hint)
            given = [adapter.validate_python(result) for result in given]
        return _Given(given)


class _Given:
    def __init__(self, results: list[Any]) -> None:
        self._results = results

    def __iter__(self) -> Iterator[Any]:
        return iter(self._results)

    async def __aiter__(self) -> AsyncIterator[Any]:
        for result in self._results:
            yield result
