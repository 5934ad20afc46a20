"""Queues, workers, keys and answers of bulk verbs, as the server shows them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from .shown import Shown


class Queue(Shown):
    """The waiting tasks of one type."""

    type: str
    paused: bool
    max_running: int | None
    queued: int
    scheduled: int
    running: int
    oldest_queued_seconds: float | None
    workers: int
    reason: str | None
    paused_by: str | None
    paused_at: datetime | None


class SeenWorker(Shown):
    """A worker that asked in the last 5 minutes."""

    id: str
    types: list[str]
    running: int
    last_seen_at: datetime


class CurrentKey(Shown):
    """The caller's own key; without id and name where the server wants none."""

    id: UUID | None = None
    name: str | None
    scopes: list[str]
    types: list[str] | None


class Bulked(Shown):
    """What a bulk verb found and did."""

    matched: int
    changed: int | None = None
    """None in a dry run."""
    refused: int | None = None


class Webhook(Shown):
    """An address that is told of what happens."""

    id: UUID
    url: str
    events: list[str]
    filter: dict[str, Any]
    format: str
    description: str | None
    paused: bool
    reason: str | None
    created_at: datetime
    created_by: str | None
    updated_at: datetime
    last_delivered_at: datetime | None
    failing_since: datetime | None
    pending: int
    overflowed: int
    secret: str | None = None
    """Shown as it is made, and never again."""
