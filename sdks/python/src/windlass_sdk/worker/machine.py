"""What all parts of one running worker share, and its life from the first dequeue to the last report."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from ..aio import AsyncClient
from ..blocking.base import Loop
from ..errors import SettingError
from ..metrics import Metrics
from ..transport import Transport
from .acceptance import Acceptance
from .handler import Handlers
from .heart import Heart
from .intake import take_for
from .journal import Journal
from .schedule import Planned, put_all

log = logging.getLogger("windlass_sdk")


@dataclass(frozen=True)
class Settings:
    """Units, bounds and defaults are documented at `Worker`."""

    worker_id: str
    concurrency: int
    wait: float
    lease: float | None
    progress_interval: float
    stop_wait: float
    cancel_grace: float
    log_level: int


class Machine:
    """A running worker, on the loop of its own."""

    def __init__(
        self,
        settings: Settings,
        handlers: Handlers,
        planned: list[Planned],
        transport: Transport,
        loop: Loop,
        user_loop: asyncio.AbstractEventLoop,
        user_client: AsyncClient,
    ) -> None:
        self.settings = settings
        self.handlers = handlers
        self.transport = transport
        self.loop = loop
        """The worker's own."""
        self.user_loop = user_loop
        """The program's, for its handlers."""
        self.user_client = user_client
        """A client on the program's loop."""
        self.metrics: Metrics = transport.metrics
        self.is_stopping = False
        self._planned = planned
        self._slots: set[asyncio.Task[None]] = set()
        self._fault: BaseException | None = None
        """Of what runs beside the slots, without which leases would end unseen."""

    async def run(self) -> None:
        """Works until it is stopped; raises what asking again would not help."""
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self.halted: asyncio.Future[None] = self._loop.create_future()
        self.heart = Heart(self.transport)
        self.journal = Journal(self.transport)
        self.acceptance = Acceptance()
        pools = self.handlers.pools(self.settings.concurrency)
        if not pools:
            raise SettingError("the worker has no job: decorate a function with @worker.job(…)")
        if self.is_stopping:
            return
        beside = [asyncio.ensure_future(self.heart.beat()), asyncio.ensure_future(self.journal.send())]
        for part in beside:
            part.add_done_callback(self._beside_ended)
        log.info("worker %s started: %s", self.settings.worker_id, ", ".join(self.handlers.types()))
        try:
            await self._take(pools)
        finally:
            try:
                await self._drain()
            finally:
                await _end([*beside, *self._slots])
                log.info("worker %s stopped", self.settings.worker_id)
        if self._fault:
            raise self._fault

    def stop(self) -> None:
        """Takes no more tasks; may be called from any thread, and from a signal's handler."""
        self.is_stopping = True
        self.soon(lambda: self._stop.set())

    def soon(self, what: Callable[[], object]) -> None:
        """Calls this on the worker's loop, if that still runs."""
        with contextlib.suppress(RuntimeError, AttributeError):
            self._loop.call_soon_threadsafe(what)

    def begin(self, work: Coroutine[Any, Any, None], then: Callable[[], None]) -> None:
        """Begins the work of a slot."""
        task = asyncio.ensure_future(work)
        self._slots.add(task)
        task.add_done_callback(lambda ended: self._ended(ended, then))

    def _ended(self, task: asyncio.Task[None], then: Callable[[], None]) -> None:
        self._slots.discard(task)
        then()
        if not task.cancelled() and (error := task.exception()):
            log.error("a slot failed, its task is left to the end of its lease", exc_info=error)

    def _beside_ended(self, part: asyncio.Future[None]) -> None:
        """What runs beside the slots never ends by itself: the worker does with it, and handlers get their grace only."""
        if part.cancelled():
            return
        self._fault = self._fault or part.exception() or RuntimeError("a part of the worker has ended")
        log.error("a part of the worker failed, so it ends", exc_info=self._fault)
        self._stop.set()
        self._halt()

    def _halt(self) -> None:
        if not self.halted.done():
            self.halted.set_result(None)

    async def _take(self, pools: list[Any]) -> None:
        stop = asyncio.ensure_future(self._stop.wait())
        work = asyncio.ensure_future(self._put_and_take(pools))
        try:
            await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            await _end([stop, work])

    async def _put_and_take(self, pools: list[Any]) -> None:
        await put_all(self.transport, self._planned)
        takers = [asyncio.ensure_future(take_for(self, pool)) for pool in pools]
        try:
            await asyncio.gather(*takers)
        finally:
            await _end(takers)

    async def _drain(self) -> None:
        self.is_stopping = True
        if await self._finish(self.settings.stop_wait):
            return
        self._halt()
        # A handler gets its grace, and then the release of its task needs time for a call.
        if not await self._finish(self.settings.cancel_grace + self.transport.timeout):
            log.warning("%d tasks were left to the end of their leases", len(self._slots))

    async def _finish(self, seconds: float) -> bool:
        """Waits so long for all slots; whether they have ended."""
        if not self._slots:
            return True
        _, left = await asyncio.wait(set(self._slots), timeout=seconds)
        return not left


async def _end(tasks: list[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
