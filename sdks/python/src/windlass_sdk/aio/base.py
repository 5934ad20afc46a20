"""What a client of an event loop does to make a call; `blocking/base.py` is its counterpart."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from ..backoff import Backoff
from ..breaker import BreakerSettings, BreakerState
from ..event_stream import Followed, follow
from ..key import Key
from ..metrics import Metrics
from ..tracing import TraceContext
from ..transport import Answer, Call, Transport

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


class Base:
    """A client of the server at `server`, by default the one that `WINDLASS_SERVER` names, or `http://127.0.0.1:7070`.

    All lengths are in seconds. `timeout` is the longest that one try may take; `backoff` says how safe calls are repeated,
    `breaker` when calls are held back because the server does not answer; `key` is sent with every call; `ca_file` names
    certificates of authorities that are trusted beside the machine's, by default those that `WINDLASS_CA_FILE` names;
    `registry` is where calls are counted (`windlass-sdk[metrics]`).

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

    @classmethod
    def over(cls, transport: Transport) -> Self:
        """A client over connections of another, which its `close` leaves open."""
        client = cls.__new__(cls)
        client._owned = False
        client._transport = transport
        return client

    def traced(self, context: TraceContext | None) -> Self:
        """The same client, whose calls carry this context: what they create belongs to that trace.

        Its connections stay this client's: to close it does nothing.
        """
        return type(self).over(self._transport.like(trace=context))

    @property
    def breaker_state(self) -> BreakerState:
        """Whether calls are sent at present."""
        return self._transport.breaker.state

    async def close(self) -> None:
        """Closes all connections, unless they are another client's or a worker's."""
        if self._owned:
            await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _answer(self, call: Call) -> Answer:
        return await self._transport.send(call)

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def _follow(self, query: Mapping[str, Any], after: str | None, progress: bool) -> AsyncIterator[Followed]:
        return follow(self._transport, query, after, progress)
