"""The worker, as a program uses it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import os
import signal
import socket
import threading
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ..aio import AsyncClient
from ..backoff import Backoff
from ..blocking.base import Loop
from ..breaker import BreakerSettings, BreakerState
from ..errors import SettingError
from ..key import Key
from ..metrics import Metrics
from ..models import NewPipeline
from ..transport import Transport
from .handler import Handler, Handlers
from .machine import Machine, Settings
from .schedule import Planned

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

F = TypeVar("F", bound=Callable[..., Any])
Lifespan = Callable[["Worker"], AbstractAsyncContextManager[Any]]

# The bounds of the wait of one dequeue, in seconds.
SHORTEST_WAIT = 1.0
LONGEST_WAIT = 60.0


class Worker:
    """Takes tasks of the types that it has handlers for, and runs them. All lengths are in seconds.

    - `server`: its address; default the one that `WINDLASS_SERVER` names, or `http://127.0.0.1:7070`. `key`, `ca_file`,
      `timeout`, `breaker` are those of `AsyncClient`.
    - `worker_id`: what it calls itself, 1 to 200 characters; default host name, process id and a random part.
    - `concurrency`: how many tasks run at once, default 1; those of jobs with a concurrency of their own are not counted.
    - `wait`: how long one dequeue waits for a task, 1 to 60, default 20.
    - `lease`: how long a lease lasts without a heartbeat, 1 to 86,400; default what each job says.
    - `progress_interval`: the shortest time between two progress reports of a task, default 1.
    - `stop_wait`: how long a stopping worker waits for handlers before it cancels them, default 30.
    - `cancel_grace`: how long a cancelled handler may go on before it is ended, default 5.
    - `log_level`: what of `ctx.log` is in the task's log, default `logging.INFO`.
    - `lifespan`: entered before the first task and left after the last, on the program's event loop: to open a pool of
      connections, say.
    - `registry`: where it counts (`windlass-sdk[metrics]`).
    """

    def __init__(
        self,
        server: str | None = None,
        *,
        key: Key | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        timeout: float = 30.0,
        breaker: BreakerSettings | None = None,
        worker_id: str | None = None,
        concurrency: int = 1,
        wait: float = 20.0,
        lease: float | None = None,
        progress_interval: float = 1.0,
        stop_wait: float = 30.0,
        cancel_grace: float = 5.0,
        log_level: int = logging.INFO,
        lifespan: Lifespan | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        self._settings = Settings(
            worker_id=worker_id or default_worker_id(),
            concurrency=max(concurrency, 1),
            wait=min(max(wait, SHORTEST_WAIT), LONGEST_WAIT),
            lease=lease,
            progress_interval=progress_interval,
            stop_wait=stop_wait,
            cancel_grace=cancel_grace,
            log_level=log_level,
        )
        self._server = server
        self._key = key or Key.environment()
        self._ca_file = ca_file
        self._timeout = timeout
        self._breaker = breaker or BreakerSettings()
        self._lifespan = lifespan
        self._registry = registry
        self._handlers = Handlers()
        self._planned: list[Planned] = []
        self._machine: Machine | None = None
        self._stopped = False

    def job(self, type: str | None = None, *, concurrency: int | None = None) -> Callable[[F], F]:
        """Decorates the function that handles tasks of this type; by default the function's name with `-` for `_`.

        A parameter with the hint `Context`, or named `ctx` or `context`, gets the context. One other parameter is the
        payload, read as its hint says (a pydantic model, a dataclass, a TypedDict, any type of JSON); with several the payload
        is an object of which each takes a member. What it returns is the task's result, written as its hint says. A function
        that is not `async` runs on a thread.

        `concurrency` reserves slots for the type: as many of its tasks run at once, whatever other types do.
        """
        names = _callers_names()

        def decorate(function: F) -> F:
            name = type or function.__name__.replace("_", "-")
            self._handlers.add(Handler.of(name, function, concurrency, names))
            return function

        return decorate

    def schedule(
        self,
        name: str,
        *,
        job: str | Callable[..., Any] | None = None,
        payload: Any = None,
        pipeline: NewPipeline | Mapping[str, Any] | None = None,
        cron: str | None = None,
        every_seconds: int | None = None,
        timezone: str | None = None,
        overlap: Literal["skip", "allow", "cancel", "wait"] | None = None,
        missed: Literal["skip", "one", "all"] | None = None,
        **fields: Any,
    ) -> None:
        """Has the server run a job by the clock: as the worker starts it puts a template and a schedule of this name.

        `job` is a function of this worker, or a type; or else `pipeline` is what is to be run, in which `{{ … }}` are
        expressions of the template. `cron` has five fields, in the zone `timezone` (default UTC). Further fields are those of
        `Client.put_schedule`. Needs a key with the scope `operate`, where the server wants keys.
        """
        if (job is None) == (pipeline is None):
            raise SettingError(f"the schedule {name!r} needs either a job or a pipeline")
        if pipeline is None:
            type = job if isinstance(job, str) else self._handlers.type_of(job) if job else None
            if type is None:
                raise SettingError(f"the job of the schedule {name!r} is no function of this worker")
            pipeline = NewPipeline(name=f"{name} {{{{ run.scheduled_at }}}}")
            pipeline.job(type, **({} if payload is None else {"payload": payload}))
        given: dict[str, Any] = {
            "cron": cron,
            "every_seconds": every_seconds,
            "timezone": timezone,
            "overlap": overlap,
            "missed": missed,
            **fields,
        }
        schedule = {field: value for field, value in given.items() if value is not None}
        self._planned.append(Planned(name, pipeline, schedule=schedule))

    @property
    def handlers(self) -> Handlers:
        """The functions by type."""
        return self._handlers

    @property
    def log_level(self) -> int:
        """What of `ctx.log` is in the task's log."""
        return self._settings.log_level

    @property
    def breaker_state(self) -> BreakerState:
        """Whether the server answers, as this worker sees it; `CLOSED` before it runs."""
        return self._machine.transport.breaker.state if self._machine else BreakerState.CLOSED

    def stop(self) -> None:
        """Takes no more tasks, and lets `run` end when those that run have ended. It may be called from any thread."""
        self._stopped = True
        if self._machine:
            self._machine.stop()

    def run(self) -> None:
        """Works until the process is asked to end (SIGTERM or Ctrl-C), then stops in an orderly way.

        It takes no more tasks, waits for those that run, and releases what is left after `stop_wait`. Raises a `WindlassError`
        when the server refuses to hand out tasks for a reason that does not pass by itself: of a key that is not valid, at
        once; of one that was valid before, after 5 minutes.
        """
        with self._signals():
            asyncio.run(self.serve())

    async def serve(self) -> None:
        """The same within an event loop, until `stop` is called. Cancelling it ends all handlers at once."""
        try:
            if self._lifespan is None:
                await self._work()
                return
            async with self._lifespan(self):
                await self._work()
        finally:
            # It may run again.
            self._stopped = False

    async def _work(self) -> None:
        metrics = Metrics(self._registry)
        for_users = self._transport(Metrics())
        loop = Loop()
        try:
            own = self._transport(metrics)
            user_loop = asyncio.get_running_loop()
            user_client = AsyncClient.over(for_users)
            machine = Machine(self._settings, self._handlers, self._planned, own, loop, user_loop, user_client)
            self._machine = machine
            if self._stopped:
                return
            await loop.join(machine.run(), own.close)
        finally:
            loop.stop()
            await for_users.close()

    def _transport(self, metrics: Metrics) -> Transport:
        return Transport(
            self._server,
            key=self._key,
            ca_file=self._ca_file,
            timeout=self._timeout,
            connect_timeout=min(5.0, self._timeout),
            backoff=Backoff(),
            breaker=self._breaker,
            metrics=metrics,
        )

    @contextlib.contextmanager
    def _signals(self) -> Generator[None, None, None]:
        """SIGTERM and Ctrl-C stop the worker, also while a handler blocks the event loop; the second one ends the process."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before: dict[signal.Signals, Any] = {}

        def restore() -> None:
            for number, handler in before.items():
                signal.signal(number, handler)

        def asked_to_end(number: int, frame: object) -> None:
            restore()
            self.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            before[number] = signal.signal(number, asked_to_end)
        try:
            yield
        finally:
            restore()


def default_worker_id() -> str:
    """Host name, process id and a random part, since containers share the first two."""
    host = "".join(character for character in socket.gethostname() if "!" <= character <= "~")[:100]
    return f"{host or 'worker'}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def _callers_names() -> Mapping[str, Any]:
    """The names of the function that decorates, for hints of types that it has itself."""
    frame = inspect.currentframe()
    for _ in range(2):
        frame = frame.f_back if frame else None
    return {} if frame is None or frame.f_locals is frame.f_globals else dict(frame.f_locals)
