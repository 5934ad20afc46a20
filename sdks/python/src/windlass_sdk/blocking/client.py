# Made from `aio` by `make_blocking`; change that.
"""The client: each method that makes a call is named after its operation in the OpenAPI document; and `wait`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from ..models import Event, JobProgress
from .jobs import JobCalls
from .operations import OperationCalls
from .pipelines import PipelineCalls

Id = UUID | str


class Client(PipelineCalls, JobCalls, OperationCalls):
    """Calls the server. Only safe calls are repeated by themselves: reads, verbs, and creates with an idempotency key."""

    def list_events(
        self,
        *,
        pipeline_id: Id | None = None,
        job_id: Id | None = None,
        task_id: Id | None = None,
        entity: str | None = None,
        to: str | None = None,
        type: str | None = None,
        schedule: str | None = None,
        template: str | None = None,
    ) -> Iterator[Event]:
        """The audit, oldest first, up to its present end."""
        query = events_query(pipeline_id, job_id, task_id, entity, to, type, schedule, template)
        for event in self._walk(Event, ("v1", "events"), query, endless=True):
            yield event

    def stream_events(
        self,
        *,
        pipeline_id: Id | None = None,
        job_id: Id | None = None,
        task_id: Id | None = None,
        entity: str | None = None,
        to: str | None = None,
        type: str | None = None,
        schedule: str | None = None,
        template: str | None = None,
        after: str | None = None,
        progress: bool = False,
    ) -> Iterator[Event | JobProgress]:
        """The audit as it happens: from now on, or behind the event with the id `after`.

        It has no end: a server that goes away is waited for, and then nothing is missed or comes twice. With `progress` it
        brings between events how far jobs are, at most once a second each.
        """
        query = events_query(pipeline_id, job_id, task_id, entity, to, type, schedule, template)
        for followed in self._follow(query, after, progress):
            yield followed


def events_query(
    pipeline_id: Id | None,
    job_id: Id | None,
    task_id: Id | None,
    entity: str | None,
    to: str | None,
    type: str | None,
    schedule: str | None,
    template: str | None,
) -> dict[str, Any]:
    """The filter of events."""
    return {
        "pipeline_id": pipeline_id,
        "job_id": job_id,
        "task_id": task_id,
        "entity": entity,
        "to": to,
        "type": type,
        "schedule": schedule,
        "template": template,
    }
