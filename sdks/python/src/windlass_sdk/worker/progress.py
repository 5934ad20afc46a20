"""Reports how far a task is, and what it leaves for its next attempt, beside its handler: the latest wins."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from .. import backoff
from ..errors import CallError
from ..repeat import Safety
from ..transport import Call, Transport
from .context import Cancellation, Context
from .heart import Heart, Held, lost

log = logging.getLogger("windlass_sdk")


async def report_until_lost(
    transport: Transport, heart: Heart, held: Held, context: Context, changed: asyncio.Event, interval: float
) -> Cancellation:
    """Sends progress and checkpoints as they come; ends only when the lease turns out to be lost."""
    while True:
        await changed.wait()
        changed.clear()
        next_at = time.monotonic() + interval
        try:
            await _report(transport, held, context)
            heart.renewed(held.token)
        except CallError as error:
            if cause := lost(error):
                return cause
            # A report that fails is replaced by the next one.
            next_at = max(next_at, time.monotonic() + error.asked_to_wait)
            log.debug("cannot report progress of task %s: %s", held.id, error)
        await asyncio.sleep(max(next_at - time.monotonic(), 0.0))


async def _report(transport: Transport, held: Held, context: Context) -> None:
    progress, checkpoint = context.unsent()
    verb = "heartbeat" if progress is None else "progress"
    body: dict[str, Any] = {"lease_token": held.token, **(progress or {}), **checkpoint}
    call = Call("POST", ("v1", "tasks", held.id, verb), safety=Safety.SAFE, backoff=backoff.NEVER)
    await transport.send(call.json(body))
    context.checkpoint_sent(checkpoint)
