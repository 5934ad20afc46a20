"""A circuit breaker around the server: while it does not answer, only a probe now and then is sent.

A run of failures opens it. While it is open, calls are refused without being sent, except for one every pause: a probe.
The pause grows with each probe that fails. Any answer closes it, whichever call got it, and wakes all that wait.

How it fails: towards trying. A probe without an outcome is followed by the next; heartbeats are sent in every state.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from .errors import UnavailableError
from .metrics import Metrics

log = logging.getLogger("windlass_sdk")


class BreakerState(enum.Enum):
    """Whether calls are sent."""

    CLOSED = "closed"
    """All are sent."""
    HALF_OPEN = "half_open"
    """A probe is under way; all others wait for it."""
    OPEN = "open"
    """The server has not answered lately: none is sent until the next probe is due."""


@dataclass(frozen=True)
class BreakerSettings:
    """When a breaker opens, and how often it probes. Lengths are in seconds."""

    failures: int = 5
    """Failures in a row, without an answer in between, that open it; at least 1."""
    min_pause: float = 0.5
    """The time to the first probe; twice as long after each that fails. Up to half of it is taken off at random."""
    max_pause: float = 3.0
    """The longest time between two probes, so that work goes on within 5 s of the server's return."""


class Breaker:
    """The breaker of one client and all its copies; for one event loop."""

    def __init__(
        self,
        settings: BreakerSettings,
        server: str,
        metrics: Metrics | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._server = server
        self._metrics = metrics or Metrics()
        self._clock = clock
        self._failures = 0
        self._pause = settings.min_pause
        self._probe_at = 0.0
        self._closing: asyncio.Future[None] | None = None
        self.state = BreakerState.CLOSED
        """The present state."""
        self._metrics.breaker_state(server, self.state.value)

    def admit(self, *, always: bool = False) -> Pass:
        """Lets a call through, or raises `UnavailableError` with the time to the next probe."""
        probe = self.state is not BreakerState.CLOSED and not always
        if probe:
            now = self._clock()
            if now < self._probe_at:
                raise UnavailableError(self._server, self._probe_at - now)
            self._probe_at = now + _jittered(self._pause)
            self._enter(BreakerState.HALF_OPEN)
        return Pass(self, probe)

    def next_closing(self) -> asyncio.Future[None]:
        """Ready when the breaker closes after it was not closed: by then the server answers others."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_future()
        return self._closing

    async def wait(self, delay: float) -> None:
        """Waits for so long; no longer than until the breaker closes, if it is not closed."""
        if delay <= 0.0:
            await asyncio.sleep(0)
        elif self.state is BreakerState.CLOSED:
            await asyncio.sleep(delay)
        else:
            await asyncio.wait({self.next_closing()}, timeout=delay)

    def answered(self) -> None:
        """The server answered."""
        self._failures = 0
        self._pause = self._settings.min_pause
        self._enter(BreakerState.CLOSED)

    def failed(self, probe: bool) -> None:
        """The server did not answer, or that it cannot work at present."""
        if self.state is BreakerState.CLOSED:
            self._failures += 1
            if self._failures >= max(self._settings.failures, 1):
                self._probe_at = self._clock() + _jittered(self._pause)
                self._enter(BreakerState.OPEN)
        elif self.state is BreakerState.HALF_OPEN and probe:
            self._pause = min(self._pause * 2, self._settings.max_pause)
            self._probe_at = self._clock() + _jittered(self._pause)
            self._enter(BreakerState.OPEN)
        # A call that was sent before the breaker opened shows nothing new.

    def released(self) -> None:
        """A probe ended without an outcome: the next may go at once."""
        if self.state is BreakerState.HALF_OPEN:
            self._probe_at = self._clock()
            self._enter(BreakerState.OPEN)

    def _enter(self, state: BreakerState) -> None:
        if state is self.state:
            return
        if self.state is BreakerState.CLOSED:
            log.warning("the server %s does not answer, probing it", self._server)
        elif state is BreakerState.CLOSED:
            log.info("the server %s answers again", self._server)
        self.state = state
        self._metrics.breaker_change(self._server, state.value)
        if state is BreakerState.CLOSED and self._closing is not None:
            closing, self._closing = self._closing, None
            if not closing.done():
                closing.set_result(None)


class Pass:
    """The right to make one try, which ends in an outcome or is returned unused."""

    def __init__(self, breaker: Breaker, probe: bool) -> None:
        self._breaker = breaker
        self._probe = probe
        self._reported = False

    def answered(self) -> None:
        """The server answered, whatever it said."""
        self._reported = True
        self._breaker.answered()

    def failed(self) -> None:
        """The server did not answer, or that it cannot work at present."""
        self._reported = True
        self._breaker.failed(self._probe)

    def close(self) -> None:
        """The try is over; a probe without an outcome is returned."""
        if self._probe and not self._reported:
            self._reported = True
            self._breaker.released()


def _jittered(pause: float) -> float:
    """Between a half and the whole of the pause."""
    return pause * random.uniform(0.5, 1.0)
