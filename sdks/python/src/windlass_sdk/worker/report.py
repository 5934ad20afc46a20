"""The report that ends an attempt.

It is repeated until the server answers, for as long as that can matter; the lease token makes it count once. A report that
the server refuses for good is logged, and never becomes its opposite: what was done is not reported as failed, it is left to
the end of its lease. A failure that is refused for what it says is reported with less to say.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from ..backoff import Backoff
from ..errors import CallError, NotSendableError, ProblemError
from ..models import LeasedTask
from ..repeat import Safety
from ..transport import Call, Transport
from .context import Context, Extras
from .failure import Completed, Ending, Failed, Released, RetryDirective

log = logging.getLogger("windlass_sdk")

# How long a report is repeated at least, in seconds; a database that restarts is back by then.
PATIENCE = 120.0
# The bounds of the delay between two repetitions, without its random part.
SHORTEST_DELAY = 0.1
LONGEST_DELAY = 2.5
# Outcomes that one call takes.
MOST_OUTCOMES = 10_000

Line = dict[str, Any]


class Reporter:
    """Reports on one lease."""

    def __init__(self, transport: Transport, task: LeasedTask, context: Context, beat: float, lines: list[Line]) -> None:
        self._backoff = backoff_of(beat)
        self._transport = transport
        self._task = task
        self._context = context
        self._lines = lines

    async def report(self, ending: Ending) -> str:
        """Reports how the attempt ended, and says what came of it.

        That is `succeeded`, `failed`, `released`, `lease_lost` or `unreported`.
        """
        extras = self._context.take_extras()
        try:
            if isinstance(ending, Completed):
                word = "succeeded"
                await self._complete(ending, extras)
            elif isinstance(ending, Failed):
                word = "failed"
                await self._fail(ending, extras)
            else:
                word = "released"
                await self._release(ending)
        except (CallError, NotSendableError) as error:
            if isinstance(error, CallError) and error.is_lease_lost:
                log.warning("the report on task %s came too late: %s", self._task.id, error)
                return "lease_lost"
            log.error("cannot report on task %s, its lease will run out: %s", self._task.id, error)
            return "unreported"
        return word

    async def _complete(self, ending: Completed, extras: Extras) -> None:
        body: dict[str, Any] = {"result": ending.result}
        if extras.add_tasks:
            body["add_tasks"] = list(extras.add_tasks.values())
        await self._send("complete", {**body, **await self._beside(extras)})

    async def _fail(self, ending: Failed, extras: Extras) -> None:
        try:
            checkpoint = self._context.unsent()[1]
            body: dict[str, Any] = {"error": ending.error(), "retry": ending.retry, **checkpoint}
            await self._send("fail", {**body, **await self._beside(extras)})
        except (ProblemError, NotSendableError) as error:
            if not _is_refusal(error):
                raise
            await self._fail_refused(ending.retry, error)

    async def _release(self, ending: Released) -> None:
        delay = {} if ending.delay is None else {"delay_seconds": float(ending.delay)}
        body = {**delay, **self._context.unsent()[1], "lines": self._lines}
        try:
            await self._send("release", body)
        except (ProblemError, NotSendableError) as error:
            if not _is_refusal(error):
                raise
            # With less to say.
            await self._send("release", {})

    async def _fail_refused(self, retry: RetryDirective, refusal: Exception) -> None:
        """The same failure would be refused again, so it is reported for being refused."""
        failed = Failed("validation_error", f"the server refused the failure: {refusal}")
        # A delay may be what was refused; that there is no further attempt must stay.
        directive = {"retry": retry} if retry == "never" else {}
        await self._send("fail", {"error": failed.error(), **directive})

    async def _beside(self, extras: Extras) -> dict[str, Any]:
        """What complete and fail take beside how the attempt ended."""
        outcomes = await self._record_ahead(extras.outcomes)
        fields = {"metrics": extras.metrics, "outcomes": outcomes, "lines": self._lines}
        return {name: value for name, value in fields.items() if value}

    async def _record_ahead(self, outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Records outcomes that are more than a report takes; returns those that go with it."""
        while len(outcomes) > MOST_OUTCOMES:
            some, outcomes = outcomes[:MOST_OUTCOMES], outcomes[MOST_OUTCOMES:]
            # A key for each piece: it counts once, however often it is repeated.
            await self._send("outcomes", {"outcomes": some}, str(uuid.uuid4()))
        return outcomes

    async def _send(self, verb: str, body: dict[str, Any], key: str | None = None) -> None:
        call = Call(
            "POST",
            ("v1", "tasks", str(self._task.id), verb),
            safety=Safety.LEASED,
            backoff=self._backoff,
            idempotency_key=key,
        )
        await self._transport.send(call.json({"lease_token": str(self._task.lease_token), **body}))


def backoff_of(beat: float) -> Backoff:
    """How a report on a lease with this beat is repeated: for three beats, and for two minutes at least.

    That is faster than the lease runs out: the sweeper of a server that comes back must not be first.
    """
    longest = min(max(beat, SHORTEST_DELAY), LONGEST_DELAY)
    return Backoff(SHORTEST_DELAY, longest, max(PATIENCE, beat * 3))


def _is_refusal(error: Exception) -> bool:
    """Whether the report itself was judged, rather than the lease or the moment."""
    if isinstance(error, ProblemError):
        return not error.is_lease_lost and not error.is_transient
    return True
