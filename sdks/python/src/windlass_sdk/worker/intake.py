"""Asking for tasks: as many as slots are free, in one call, one call at a time for each pool of slots.

How it fails: what passes by itself is waited out with growing delays, which end when the server answers anybody; so is a key
that is refused though it was good, for a while. The rest ends the worker. A dequeue that is dropped at the stop may, in a
race, leave leases that nobody holds: they end like those of a killed worker.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from .. import backoff
from ..backoff import Backoff
from ..breaker import BreakerState
from ..errors import CallError, DeniedError, NotUnderstoodError, UnavailableError
from ..models import LeasedTask
from ..repeat import Pause
from ..transport import Answer, Call
from . import slot
from .handler import Pool

if TYPE_CHECKING:
    from .machine import Machine

log = logging.getLogger("windlass_sdk")

# The most that one dequeue may ask for.
MOST_A_CALL = 100
# An empty answer that came sooner than this did not wait, so the next call does; in seconds.
HASTE = 0.5
# How long to wait after dequeues that failed, or were answered empty at once.
PAUSES = Backoff(0.2, 2.5, float("inf"))


class Slots:
    """Free slots of a pool."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._came = asyncio.Event()

    async def take(self) -> int:
        """Waits for a free slot, and takes all that are, as far as one call can fill them."""
        while self._free == 0:
            self._came.clear()
            await self._came.wait()
        taken = min(self._free, MOST_A_CALL)
        self._free -= taken
        return taken

    def give_back(self, count: int) -> None:
        """These are free again."""
        self._free += count
        self._came.set()


@dataclass
class Ask:
    """One dequeue. The key makes a repeat after a lost answer answer the same leases, rather than leave them to expire."""

    call: Call
    maybe_done: bool = False
    """Whether the server may have granted leases for it."""


async def take_for(machine: Machine, pool: Pool) -> None:
    """Takes tasks and assigns each a slot, until the server refuses for good."""
    free = Slots(pool.size)
    pauses = PAUSES.delays()
    while True:
        taken = await free.take()
        began = time.monotonic()
        tasks, now = await _dequeue(machine, pool, taken)
        free.give_back(taken - len(tasks))
        if not tasks:
            machine.metrics.empty_poll()
            if time.monotonic() - began < HASTE:
                await asyncio.sleep(next(pauses))
                continue
        pauses = PAUSES.delays()
        for task in tasks:
            machine.begin(slot.work(machine, task, now), lambda: free.give_back(1))


async def _dequeue(machine: Machine, pool: Pool, slots: int) -> tuple[list[LeasedTask], datetime | None]:
    """Leases up to so many tasks, however long the server is away; a key may be refused for a while, if it was good before."""
    pauses = PAUSES.delays()
    again: Ask | None = None
    while True:
        ask = again or _new(machine, pool, slots)
        try:
            answer = await machine.transport.send(ask.call)
        except CallError as caught:
            error = caught
        else:
            machine.acceptance.taken()
            return _leased(ask.call, answer), answer.date
        if not error.is_transient and not (error.is_unauthorized and machine.acceptance.refused()):
            raise error.naming_types(pool.types) if isinstance(error, DeniedError) else error
        if not isinstance(error, UnavailableError):
            machine.metrics.retry(error.reason)
            log.warning("cannot take tasks, trying again: %s", error)
        ask.maybe_done = ask.maybe_done or not (error.changed_nothing or error.is_unauthorized)
        again = ask if ask.maybe_done else None
        await Pause.after(error, pauses).wait(machine.transport.breaker)


def _leased(call: Call, answer: Answer) -> list[LeasedTask]:
    try:
        return [LeasedTask.model_validate(task) for task in answer.json()["tasks"]]
    except (KeyError, TypeError, ValidationError) as error:
        raise NotUnderstoodError(call.name, error) from None


def _new(machine: Machine, pool: Pool, slots: int) -> Ask:
    """A new dequeue. One that probes does not wait for tasks: the sooner its answer, the sooner all goes on."""
    closed = machine.transport.breaker.state is BreakerState.CLOSED
    wait = machine.settings.wait if closed else 0.0
    body = {
        "types": list(pool.types),
        "worker_id": machine.settings.worker_id,
        "max_tasks": slots,
        "wait_seconds": wait,
    }
    if machine.settings.lease is not None:
        body["lease_seconds"] = machine.settings.lease
    call = Call("POST", ("v1", "tasks", "dequeue"), timeout=machine.transport.timeout + wait, backoff=backoff.NEVER)
    return Ask(call.keyed(str(uuid.uuid4())).json(body))
