"""Extending leases: one heartbeat for all that are due, in one call.

Every lease is renewed at a third of its length. A round takes along what would be due soon, so that leases taken at different
times end up in one round. A round that fails is made up for sooner than the next would come.

What it deliberately does not do: it does not ask the breaker (a lease cannot wait, and an answer to a heartbeat is how the
breaker learns early that the server is back), and it does not decide that a lease has ended: the server says so.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .. import backoff
from ..errors import CallError, ProblemError
from ..models import LeasedTask
from ..repeat import Safety
from ..transport import Call, Transport
from .context import Cancellation

log = logging.getLogger("windlass_sdk")

# All lengths are in seconds. How often to beat when the server does not say its time; the shortest lease still holds.
CAUTIOUS_BEAT = 0.333
# Heartbeats more frequent than this help nobody.
SHORTEST_BEAT = 0.05
# The bounds of the time that one round may take.
SHORTEST_CALL = 1.0
LONGEST_CALL = 10.0
# The most leases in one call.
MOST_A_CALL = 1000


@dataclass
class Held:
    """A lease that is extended for as long as it is held."""

    id: str
    token: str
    beat: float
    due: float
    lost: asyncio.Future[Cancellation]


class Heart:
    """The leases that a worker holds."""

    def __init__(self, transport: Transport, clock: Callable[[], float] = time.monotonic) -> None:
        self._transport = transport
        self._clock = clock
        self._held: dict[str, Held] = {}
        self._came = asyncio.Event()

    def hold(self, task: LeasedTask, beat: float) -> Held:
        """Extends the lease of a task, at this beat; `lost` of what it returns is ready when the lease is lost."""
        lost: asyncio.Future[Cancellation] = asyncio.get_running_loop().create_future()
        token = str(task.lease_token)
        held = self._held[token] = Held(str(task.id), token, beat, self._clock() + beat, lost)
        self._came.set()
        return held

    def let_go(self, held: Held) -> None:
        """Extends it no longer."""
        self._held.pop(held.token, None)

    def renewed(self, token: str) -> None:
        """The lease was renewed, by a heartbeat or otherwise."""
        held = self._held.get(token)
        if held:
            held.due = self._clock() + held.beat

    async def beat(self) -> None:
        """Beats until it is cancelled."""
        while True:
            self._came.clear()
            due = min((held.due for held in self._held.values()), default=None)
            if due is None:
                await self._came.wait()
                continue
            try:
                await asyncio.wait_for(self._came.wait(), max(due - self._clock(), 0.0))
            except (asyncio.TimeoutError, TimeoutError):
                await self._round()

    def due(self) -> list[Held]:
        """What is due now or before half its beat has passed."""
        now = self._clock()
        return [held for held in self._held.values() if held.due <= now + held.beat / 2][:MOST_A_CALL]

    async def _round(self) -> None:
        due = self.due()
        if not due:
            return
        # A round that is late is replaced by the next one, so the client's own patience is of no use.
        timeout = min(max(min(held.beat for held in due), SHORTEST_CALL), LONGEST_CALL)
        call = Call(
            "POST",
            ("v1", "tasks", "heartbeat"),
            safety=Safety.SAFE,
            always=True,
            timeout=timeout,
            backoff=backoff.NEVER,
        ).json({"tasks": [{"id": held.id, "lease_token": held.token} for held in due]})
        try:
            results = (await self._transport.send(call)).json()["results"]
            for held, result in zip(due, results, strict=True):
                self._settle(held, result.get("problem"))
        except (CallError, KeyError, TypeError, ValueError, AttributeError) as error:
            log.warning("cannot renew %d leases: %s", len(due), error)
            wait = error.asked_to_wait if isinstance(error, CallError) else 0.0
            for held in due:
                self._missed(held, wait)

    def _settle(self, held: Held, problem: Mapping[str, Any] | None) -> None:
        if problem is None:
            self._transport.metrics.heartbeat("renewed")
            self.renewed(held.token)
        elif cause := _lost_by(problem):
            self._transport.metrics.heartbeat("lost")
            if self._held.pop(held.token, None) and not held.lost.done():
                held.lost.set_result(cause)
        else:
            self._missed(held, 0.0)

    def _missed(self, held: Held, asked_to_wait: float) -> None:
        """It is made up for after a while, and not before the server wants to be asked again."""
        self._transport.metrics.heartbeat("missed")
        held.due = self._clock() + max(held.beat / 4, SHORTEST_BEAT, asked_to_wait)


def lost(error: CallError) -> Cancellation | None:
    """Why the lease is lost, if this says that it is."""
    return _lost_by(error.document) if isinstance(error, ProblemError) else None


def _lost_by(problem: Mapping[str, Any]) -> Cancellation | None:
    code = problem.get("code")
    if code == "lease_lost" and problem.get("task_state") == "cancelled":
        return Cancellation.CANCELLED
    return Cancellation.LEASE_LOST if code in ("lease_lost", "task_not_found") else None


def beat_of(lease: float | None, task: LeasedTask, now: datetime | None) -> float:
    """A third of the lease, in seconds.

    It is the length that the worker asked for, or else what the server's own clock says is left of it, since this
    machine's clock may be wrong.
    """
    if lease is None and now is not None:
        remaining = (task.lease_expires_at - now).total_seconds()
        lease = remaining if remaining >= 0 else None
    return CAUTIOUS_BEAT if lease is None else max(lease / 3, SHORTEST_BEAT)
