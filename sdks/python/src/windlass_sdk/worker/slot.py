"""One task from its lease to its report."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import logging
import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..aio import AsyncClient
from ..blocking import Client
from ..blocking.base import stepwise
from ..models import LeasedTask
from ..tracing import TraceContext, span_of
from .context import Cancellation, Context, Results
from .failure import Ending, Failed, Release, Released, ending_of
from .handler import Handler
from .heart import Held, beat_of
from .progress import report_until_lost
from .report import Reporter
from .task_log import enter

if TYPE_CHECKING:
    from .machine import Machine

log = logging.getLogger("windlass_sdk")


async def work(machine: Machine, task: LeasedTask, now: datetime | None) -> None:
    """Runs the handler of a task, extends its lease, and reports."""
    began = time.monotonic()
    token = str(task.lease_token)
    machine.journal.open(token, str(task.id))
    beat = beat_of(machine.settings.lease, task, now)
    around = OfWorker(machine, task)
    context = Context(task, around, lambda line: machine.journal.write(token, line), machine.settings.log_level)
    held = machine.heart.hold(task, beat)
    try:
        ending = await _run(machine, held, context, around)
        # The lease is renewed until the report is through.
        if ending is None:
            outcome = "lease_lost"
        else:
            lines = await machine.journal.close(token, beat)
            outcome = await Reporter(machine.transport, task, context, beat, lines).report(ending)
    finally:
        machine.heart.let_go(held)
        machine.journal.forget(token)
    machine.metrics.ended(task.type, outcome, time.monotonic() - began)


async def _run(machine: Machine, held: Held, context: Context, around: OfWorker) -> Ending | None:
    """Runs the handler to its end, or to that of its lease (None: nobody would accept a report), or of the worker."""
    task = context.task
    handler = machine.handlers.get(task.type)
    if handler is None:
        log.error("got a task of the type %r, which was not asked for", task.type)
        return Released()
    machine.metrics.active(task.type, 1)
    working = start(handler, context, machine.user_loop)
    running = asyncio.wrap_future(working)
    progress = asyncio.ensure_future(
        report_until_lost(machine.transport, machine.heart, held, context, around.said, machine.settings.progress_interval)
    )
    try:
        ends: set[asyncio.Future[Any]] = {running, held.lost, progress, machine.halted}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            return _ending(running)
        cause = _cause(held, progress)
        log.warning("cancelling the handler of task %s: %s", task.id, cause.value)
        context.cancel(cause)
        waits: set[asyncio.Future[Any]] = {running}
        if cause is Cancellation.STOPPING:
            waits.add(held.lost)
        grace = machine.settings.cancel_grace
        await asyncio.wait(waits, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
        if cause is not Cancellation.STOPPING or held.lost.done():
            return None
        return _ending(running) if running.done() else Released()
    finally:
        progress.cancel()
        # A coroutine is cancelled; what a thread does cannot be ended, and is left behind.
        working.cancel()
        machine.metrics.active(task.type, -1)


def _cause(held: Held, progress: asyncio.Future[Cancellation]) -> Cancellation:
    if held.lost.done():
        return held.lost.result()
    return progress.result() if progress.done() else Cancellation.STOPPING


def _ending(running: asyncio.Future[Ending]) -> Ending:
    if running.cancelled():
        return Failed("system_error", "the handler was cancelled, not by the worker")
    error = running.exception()
    return running.result() if error is None else ending_of(error)


def start(handler: Handler, context: Context, loop: asyncio.AbstractEventLoop) -> concurrent.futures.Future[Ending]:
    """Begins a handler on the program's loop, or on a thread of its own."""
    if handler.is_async:
        return asyncio.run_coroutine_threadsafe(perform(handler, context), loop)
    future: concurrent.futures.Future[Ending] = concurrent.futures.Future()

    def on_thread() -> None:
        try:
            ending = perform_on_thread(handler, context)
        except BaseException as error:
            # Without an ending its slot would stay taken, and its lease be extended, for ever.
            ending = ending_of(error)
        try:
            future.set_result(ending)
        except concurrent.futures.InvalidStateError:
            log.warning("the handler of task %s ended after its task was given up", context.task.id)

    # A daemon, so that one that does not end does not keep the process. It sees what the worker's own context had.
    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(on_thread,), name=f"task {context.task.id}", daemon=True).start()
    return future


async def perform(handler: Handler, context: Context) -> Ending:
    """Runs an asynchronous handler, and says how it ended."""
    enter(context.sink)
    try:
        arguments = handler.arguments(context)
        if isinstance(arguments, Failed):
            return arguments
        with span_of(context.task, no_error=Release):
            result = await handler.function(**arguments)
        return handler.ending(result)
    except (Exception, SystemExit) as error:
        return _raised(context, error)


def perform_on_thread(handler: Handler, context: Context) -> Ending:
    """Runs a handler that blocks, and says how it ended."""
    enter(context.sink)
    try:
        arguments = handler.arguments(context)
        if isinstance(arguments, Failed):
            return arguments
        with span_of(context.task, no_error=Release):
            result = handler.function(**arguments)
        return handler.ending(result)
    except BaseException as error:
        return _raised(context, error)


def _raised(context: Context, error: BaseException) -> Ending:
    ending = ending_of(error)
    if isinstance(ending, Failed):
        log.info("attempt %d of task %s failed: %s: %s", context.attempt, context.task.id, ending.category, ending.message)
    return ending


class OfWorker:
    """What a context needs of its worker."""

    def __init__(self, machine: Machine, task: LeasedTask) -> None:
        self._machine = machine
        self._task = task
        self._trace = TraceContext.of(task)
        self.said = asyncio.Event()
        """Progress or a checkpoint came."""

    def changed(self) -> None:
        """There is progress or a checkpoint to be sent."""
        self._machine.soon(self.said.set)

    def is_stopping(self) -> bool:
        """Whether the worker takes no more tasks."""
        return self._machine.is_stopping

    def client(self) -> AsyncClient:
        """For handlers on the event loop."""
        return self._machine.user_client.traced(self._trace)

    def blocking_client(self) -> Client:
        """For handlers on threads."""
        return Client.over(self._machine.transport.like(trace=self._trace), self._machine.loop)

    def results(self, job: str, hint: type[Any] | None) -> Results[Any]:
        """Results of an earlier job."""
        return _Results(self, self._machine, self._task, job, hint)


class _Results:
    def __init__(self, around: OfWorker, machine: Machine, task: LeasedTask, job: str, hint: type[Any] | None) -> None:
        self._around = around
        self._machine = machine
        self._task = task
        self._of = (task.pipeline_id, job)
        self._hint = hint

    def _from(self, client: AsyncClient) -> Any:
        return client.list_job_results(*self._of) if self._hint is None else client.list_job_results(*self._of, self._hint)

    def __aiter__(self) -> Any:
        return self._from(self._around.client()).__aiter__()

    def __iter__(self) -> Any:
        client = AsyncClient.over(self._machine.transport.like(trace=TraceContext.of(self._task)))
        return stepwise(self._machine.loop, self._from(client))
