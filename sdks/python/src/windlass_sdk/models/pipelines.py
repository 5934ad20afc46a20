"""Pipelines and jobs, as the server shows them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from .shown import Shown


class Progress(Shown):
    """How far a pipeline or a job is."""

    percent: float


class Counts(Shown):
    """A job's tasks by state."""

    pending: int
    scheduled: int
    queued: int
    running: int
    succeeded: int
    failed: int
    cancelled: int
    skipped: int
    total: int


class Dependency(Shown):
    """An edge from an earlier job."""

    job: str
    when: str


class RetryPolicy(Shown):
    """When a failed attempt is followed by another."""

    max_attempts: int
    initial_delay_seconds: float
    factor: float
    max_delay_seconds: float
    jitter: float
    non_retryable: list[str]


class MadeFrom(Shown):
    """The template that a pipeline was made from."""

    name: str
    version: int


class Job(Shown):
    """A job; inside a pipeline without `payload` and `metadata`."""

    id: UUID
    pipeline_id: UUID
    key: str
    type: str
    state: str
    """`pending queued running`, and ended: `succeeded failed cancelled skipped`."""
    paused: bool
    sealed: bool
    held: bool = False
    """It does not open though its edges are met; only of what Jobnik's surface made."""
    depends_on: list[Dependency]
    reason: str | None
    payload: Any = None
    metadata: dict[str, Any] = Field(default_factory=dict[str, Any])
    join: str
    retry: RetryPolicy
    lease_seconds: float
    timeout_seconds: float | None
    max_failed_tasks: int
    fail_fast: bool
    allow_failure: bool
    run_at: datetime | None
    counts: Counts
    outcomes: dict[str, int]
    """Of the items that its tasks handled, by disposition."""
    progress: Progress
    created_at: datetime
    opened_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


class Pipeline(Shown):
    """A pipeline; in lists without its jobs."""

    id: UUID
    name: str
    state: str
    """`pending running`, and ended: `succeeded partial failed cancelled`."""
    paused: bool
    sealed: bool
    cancelling: bool
    priority: str
    correlation_id: str
    metadata: dict[str, Any]
    fail_fast: bool
    reason: str | None
    progress: Progress
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    deadline_at: datetime | None
    traceparent: str | None
    tracestate: str | None
    schedule: str | None
    template: MadeFrom | None
    parameters: dict[str, Any] | None
    waiting_for: str | None = None
    """Why it does not go on, for people; only where it is asked for by itself."""
    jobs: list[Job] = Field(default_factory=list[Job])

    def job(self, key: str) -> Job:
        """The job with this key; `KeyError` if there is none."""
        for job in self.jobs:
            if job.key == key:
                return job
        raise KeyError(key)
