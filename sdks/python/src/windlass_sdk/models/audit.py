"""Events, lines of logs and outcomes, as the server shows them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from .shown import Shown


class Event(Shown):
    """One entry of the audit."""

    id: str
    at: datetime
    entity: str
    """Whose state changed: `pipeline job task queue template schedule webhook key outcome`."""
    pipeline_id: UUID | None
    job_id: UUID | None
    task_id: UUID | None
    from_: str | None = Field(alias="from")
    to: str
    flag: str | None
    reason: str | None
    attempt: int | None
    worker_id: str | None
    actor: str | None
    correlation_id: str | None
    type: str | None
    caller: str | None
    caller_id: UUID | None
    caller_name: str | None = None
    key_id: UUID | None
    schedule: str | None
    template: str | None
    webhook_id: UUID | None


class JobProgress(Shown):
    """How far a job is, between the events of a stream."""

    pipeline_id: UUID
    job_id: UUID
    percent: float


class LoggedLine(Shown):
    """A line of a task's log."""

    number: int
    attempt: int
    at: datetime
    received_at: datetime
    level: str
    message: str
    fields: dict[str, Any]


class Outcome(Shown):
    """What became of one item that a task handled."""

    id: UUID
    at: datetime
    subject: str
    kind: str
    disposition: str
    reason: str | None
    version: str | None
    detail: Any
    type: str
    pipeline_id: UUID
    job_id: UUID
    task_id: UUID
    attempt: int
    worker_id: str
