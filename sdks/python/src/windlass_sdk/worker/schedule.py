"""Schedules that a worker puts as it starts: a template and a schedule of the same name for a job of its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..aio import AsyncClient
from ..backoff import Backoff
from ..errors import CallError
from ..models import NewPipeline
from ..repeat import Pause
from ..transport import Transport

log = logging.getLogger("windlass_sdk")

# A server that is away as the worker starts is waited for; in seconds.
PAUSES = Backoff(0.2, 2.5, float("inf"))


@dataclass(frozen=True)
class Planned:
    """A schedule to be put."""

    name: str
    pipeline: NewPipeline | Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """A JSON Schema of the template's parameters."""
    schedule: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """As `Client.put_schedule` takes it, without its template."""


async def put_all(transport: Transport, planned: list[Planned]) -> None:
    """Puts them; what is there already and the same stays as it is. Raises what does not pass by itself."""
    client = AsyncClient.over(transport)
    for one in planned:
        pauses = PAUSES.delays()
        while True:
            try:
                template = await client.put_template(one.name, one.pipeline, parameters=one.parameters)
                put = await client.put_schedule(one.name, template=one.name, **one.schedule)
                log.info("schedule %s runs template version %d next at %s", one.name, template.version, put.next_run_at)
                break
            except CallError as error:
                if not error.is_transient:
                    raise
                log.warning("cannot put the schedule %s, trying again: %s", one.name, error)
                await Pause.after(error, pauses).wait(transport.breaker)
