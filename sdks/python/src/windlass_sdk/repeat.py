"""One try under the breaker, and repeating it.

What it deliberately does not do: it never repeats what might have an effect twice, and it never holds a heartbeat back.
A call that is out of patience raises the last failure that came from the network or the server.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from .backoff import Backoff
from .breaker import Breaker
from .errors import CallError, NoAnswerError, UnavailableError
from .metrics import Metrics

T = TypeVar("T")

log = logging.getLogger("windlass_sdk")


class Safety(enum.Enum):
    """What a repetition would do."""

    SAFE = "safe"
    """A second call has no further effect: it reads, or a token or key makes it count once."""
    LEASED = "leased"
    """Safe, and on leases that the same key got: a 401 may pass, since keys rotate."""
    UNSAFE = "unsafe"
    """A second call may do a second thing: repeated only when the first surely did nothing."""

    def repeats(self, error: CallError) -> bool:
        """Whether a call that ended so is made again."""
        if error.changed_nothing:
            return True
        passes = error.is_transient or (self is Safety.LEASED and error.is_unauthorized)
        return passes and self is not Safety.UNSAFE


@dataclass(frozen=True)
class Pause:
    """What to wait after a failure, in seconds."""

    asked: float
    """What the server asked for; it is heeded whatever the breaker learns meanwhile."""
    delay: float
    """The next delay, or the time to the next probe; it ends when the breaker closes."""

    @classmethod
    def after(cls, error: CallError, delays: Iterator[float]) -> Pause:
        """The pause after this failure."""
        if isinstance(error, UnavailableError):
            return cls(0.0, error.next_probe)
        return cls(error.asked_to_wait, next(delays))

    async def wait(self, breaker: Breaker) -> None:
        """Waits."""
        if self.asked:
            await asyncio.sleep(self.asked)
        await breaker.wait(self.delay - self.asked)

    @property
    def longest(self) -> float:
        """How long it takes at the most."""
        return max(self.asked, self.delay)


async def guarded(
    breaker: Breaker,
    attempt: Callable[[], Coroutine[Any, Any, T]],
    *,
    server: str,
    safety: Safety,
    always: bool = False,
) -> T:
    """Makes one try, and reports to the breaker how it went.

    A safe try that still hangs when the server answers others again is given up: its connection has most likely died
    with what made the server unreachable, and nobody would notice before the try's own limit.
    """
    ticket = breaker.admit(always=always)
    trying = asyncio.ensure_future(attempt())
    try:
        waits: set[asyncio.Future[Any]] = {trying}
        if safety is not Safety.UNSAFE:
            waits.add(breaker.next_closing())
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if not trying.done():
            raise NoAnswerError(server, "given up, since the server answers others again")
        try:
            answer = trying.result()
        except CallError as error:
            if error.is_outage:
                ticket.failed()
            else:
                ticket.answered()
            raise
        ticket.answered()
        return answer
    finally:
        trying.cancel()
        ticket.close()


async def repeat(
    breaker: Breaker,
    backoff: Backoff,
    safety: Safety,
    call: Callable[[], Awaitable[T]],
    metrics: Metrics,
) -> T:
    """Makes a call until it succeeds, fails for good, or the back-off is used up."""
    left = backoff.total_delay
    delays = backoff.delays()
    earlier: CallError | None = None
    while True:
        try:
            return await call()
        except CallError as caught:
            error = caught
        pause = Pause.after(error, delays)
        unsent = isinstance(error, UnavailableError)
        if not safety.repeats(error) or backoff.total_delay <= 0.0 or pause.longest > left:
            # That nothing was sent says less than what came before it.
            raise earlier if unsent and earlier is not None else error
        log.debug("trying again in %.3f s: %s", pause.longest, error)
        if not unsent:
            metrics.retry(error.reason)
            earlier = error
        began = time.monotonic()
        await pause.wait(breaker)
        left -= time.monotonic() - began
