"""Templates and schedules, as the server shows them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from .shown import Shown


class Template(Shown):
    """A version of a template."""

    name: str
    version: int
    description: str | None
    parameters: dict[str, Any]
    """A JSON Schema."""
    pipeline: dict[str, Any]
    created_at: datetime
    created_by: str | None


class ScheduledTemplate(Shown):
    """The template of a schedule; without a version the newest at each run."""

    name: str
    version: int | None
    parameters: dict[str, Any]


class RunDetail(Shown):
    """Why a run failed, or what was missed."""

    code: str | None = None
    detail: str | None = None
    errors: list[dict[str, str]] = Field(default_factory=list[dict[str, str]])
    missed: int | None = None


class ScheduleRun(Shown):
    """A time of a schedule, and what became of it."""

    scheduled_at: datetime
    started_at: datetime | None
    outcome: str
    """`created waiting skipped missed failed triggered`."""
    pipeline_id: UUID | None
    detail: RunDetail | None


class Schedule(Shown):
    """A schedule."""

    name: str
    description: str | None
    cron: str | None
    every_seconds: int | None
    timezone: str
    template: ScheduledTemplate
    priority: str | None
    metadata: dict[str, Any] | None
    overlap: str
    missed: str
    jitter_seconds: int
    starts_at: datetime | None
    ends_at: datetime | None
    paused: bool
    reason: str | None
    next_run_at: datetime | None
    upcoming: list[datetime]
    last_run: ScheduleRun | None
    created_at: datetime
    updated_at: datetime
