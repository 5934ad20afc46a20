"""What a client without an event loop does to make a call: it has a loop of its own on a thread; see `aio/base.py`."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import Self

from ..backoff import Backoff
from ..breaker import BreakerSettings, BreakerState
from ..errors import WindlassError
from ..event_stream import Followed, follow
from ..key import Key
from ..metrics import Metrics
from ..tracing import TraceContext
from ..transport import Answer, Call, Transport

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

T = TypeVar("T")


class Loop:
    """An event loop on a thread, for callers on other threads."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._stopped = False
        self._thread = threading.Thread(target=self._loop.run_forever, name="windlass-client", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits for what this comes to; a `WindlassError` once the loop is stopped, also while this waits."""
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("a blocking client cannot be called on its own event loop")
        with self._lock:
            if self._stopped:
                work.close()
                raise WindlassError("the client is closed")
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise WindlassError("the client was closed during the call") from None
        except BaseException:
            # Of Ctrl-C, too: nobody waits for it any more.
            future.cancel()
            raise

    async def join(self, work: Coroutine[Any, Any, T], finally_: Callable[[], Coroutine[Any, Any, None]]) -> T:
        """Waits, on another loop, for what this comes to, and for what is done after it; both end with the waiting."""

        async def both() -> T:
            try:
                return await work
            finally:
                await finally_()

        future = asyncio.run_coroutine_threadsafe(both(), self._loop)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            # Only when nothing of it runs any more may its loop be stopped.
            await asyncio.to_thread(self.run, _end_all())
            raise

    def stop(self, last: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """Ends all that runs on the loop, which its callers learn, does this as the last, and ends the thread."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
        try:
            asyncio.run_coroutine_threadsafe(_end_all(last), self._loop).result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


async def _end_all(last: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
    """Ends all that runs on a loop."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if last:
        await last()


class Base:
    """A client of the server at `server`, by default the one that `WINDLASS_SERVER` names, or `http://127.0.0.1:7070`.

    Its arguments are those of `AsyncClient`. It may be shared by threads.

    Raises `SettingError` when the address, the key or the certificates cannot be used.
    """

    def __init__(
        self,
        server: str | None = None,
        *,
        key: Key | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        timeout: float = 30.0,
        connect_timeout: float = 5.0,
        backoff: Backoff | None = None,
        breaker: BreakerSettings | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        self._owned = True
        self._transport = Transport(
            server,
            key=key or Key.environment(),
            ca_file=ca_file,
            timeout=timeout,
            connect_timeout=connect_timeout,
            backoff=backoff or Backoff(),
            breaker=breaker or BreakerSettings(),
            metrics=Metrics(registry),
        )
        self._loop = Loop()

    @classmethod
    def over(cls, transport: Transport, loop: Loop) -> Self:
        """A client over connections of another, and on its loop, both of which its `close` leaves open."""
        client = cls.__new__(cls)
        client._owned = False
        client._transport = transport
        client._loop = loop
        return client

    def traced(self, context: TraceContext | None) -> Self:
        """The same client, whose calls carry this context: what they create belongs to that trace.

        Its connections stay this client's: to close it does nothing.
        """
        return type(self).over(self._transport.like(trace=context), self._loop)

    @property
    def breaker_state(self) -> BreakerState:
        """Whether calls are sent at present."""
        return self._transport.breaker.state

    def close(self) -> None:
        """Closes all connections, unless they are another client's or a worker's.

        Calls that other threads wait for end with a `WindlassError`.
        """
        if self._owned:
            self._loop.stop(self._transport.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _answer(self, call: Call) -> Answer:
        return self._loop.run(self._transport.send(call))

    def _sleep(self, seconds: float) -> None:
        threading.Event().wait(seconds)

    def _follow(self, query: Mapping[str, Any], after: str | None, progress: bool) -> Iterator[Followed]:
        return stepwise(self._loop, follow(self._transport, query, after, progress))


def stepwise(loop: Loop, items: AsyncIterator[T]) -> Iterator[T]:
    """What an asynchronous iterator gives, taken on its loop."""

    async def step() -> tuple[T] | None:
        try:
            return (await items.__anext__(),)
        except StopAsyncIteration:
            return None

    while (item := loop.run(step())) is not None:
        yield item[0]
