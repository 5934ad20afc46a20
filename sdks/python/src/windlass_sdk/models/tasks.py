"""Tasks and their attempts, as the server shows them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from .shown import Shown


class TaskProgress(Shown):
    """How far a task is, in units of its worker's own."""

    current: float
    total: float | None
    message: str | None


class TaskError(Shown):
    """Why an attempt failed."""

    category: str
    message: str
    detail: Any


class Task(Shown):
    """A task."""

    id: UUID
    job_id: UUID
    pipeline_id: UUID
    type: str
    state: str
    """`pending scheduled queued running`, and ended: `succeeded failed cancelled skipped`."""
    payload: Any
    metadata: dict[str, Any]
    attempt: int
    max_attempts: int
    run_at: datetime | None
    progress: TaskProgress | None
    result: Any
    checkpoint: Any
    error: TaskError | None
    worker_id: str | None
    lease_expires_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class Attempt(Shown):
    """One attempt of a task."""

    number: int
    worker_id: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    """`running succeeded failed released cancelled late`."""
    error: TaskError | None
    metrics: dict[str, float] | None
    detail: Any


class LeasedTask(Shown):
    """A task as its worker gets it."""

    id: UUID
    type: str
    job_id: UUID
    job_key: str
    pipeline_id: UUID
    pipeline_name: str
    attempt: int
    max_attempts: int
    payload: Any
    job_payload: Any
    """What the job's tasks share."""
    metadata: dict[str, Any]
    checkpoint: Any
    """What an earlier attempt left."""
    lease_token: UUID
    lease_expires_at: datetime
    timeout_seconds: float | None
    correlation_id: str
    traceparent: str | None
    tracestate: str | None
