"""What producers send. A field that is not given is not sent: the server's default holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import to_jsonable_python

from ..transport import encoded

When = Literal["succeeded", "failed", "finished", "always"]
Priority = Literal["very_high", "high", "medium", "low", "very_low"]
Sealing = Union[bool, Literal["on_open"]]


class Asked(BaseModel):
    """A body, or a part of one; a misspelt field is refused here already."""

    model_config = ConfigDict(extra="forbid")

    def body(self) -> dict[str, Any]:
        """As it is sent: what was given, in JSON."""
        return self.model_dump(mode="json", exclude_unset=True)


class _WithPayload(Asked):
    """With a payload, which is kept as the JSON that it is at the time: its own defaults are sent, too."""

    payload: Any = None
    metadata: dict[str, Any] = Field(default_factory=dict[str, Any])

    @field_validator("payload", "metadata", mode="before")
    @classmethod
    def _as_json(cls, value: Any) -> Any:
        shown = to_jsonable_python(value)
        # Without this what is no number would be sent as null.
        encoded(shown)
        return shown


class Retry(Asked):
    """When a failed attempt is followed by another: `delay = initial_delay_seconds * factor ** (attempt - 1)`, ± jitter."""

    max_attempts: int = 3
    initial_delay_seconds: float = 1.0
    factor: float = 2.0
    max_delay_seconds: float = 300.0
    jitter: float = 0.2
    non_retryable: list[str] = Field(default_factory=list[str])


class Edge(Asked):
    """An edge from an earlier job, and which of its ends it waits for."""

    job: str
    when: When = "succeeded"


class NewTask(_WithPayload):
    """A task; its payload is anything with a JSON form, models included."""

    run_at: datetime | None = None


class NewJob(_WithPayload):
    """A job: a type of work, its tasks or the payload of its only one, and what it waits for."""

    key: str
    type: str
    depends_on: list[str | Edge] = Field(default_factory=list[str | Edge])
    tasks: list[NewTask] | None = None
    sealed: Sealing = True
    join: Literal["all", "any"] = "all"
    retry: Retry | None = None
    lease_seconds: float = 60.0
    timeout_seconds: float | None = None
    max_failed_tasks: int = 0
    fail_fast: bool = True
    allow_failure: bool = False
    paused: bool = False
    run_at: datetime | None = None


class NewPipeline(Asked):
    """A pipeline, which is a graph of jobs. Jobs may be given, or be added by `job`."""

    name: str
    jobs: list[NewJob] = Field(default_factory=list[NewJob])
    priority: Priority = "medium"
    correlation_id: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict[str, Any])
    fail_fast: bool = False
    paused: bool = False
    sealed: bool = True
    deadline_at: datetime | None = None

    def job(
        self,
        key: str,
        type: str | None = None,
        *,
        after: str | NewJob | Sequence[str | NewJob | Edge] = (),
        when: When | None = None,
        payloads: Sequence[Any] | None = None,
        **fields: Any,
    ) -> NewJob:
        """Adds a job and returns it, for others to come after it.

        `type` defaults to the key. `after` names earlier jobs, all with the same `when`; `payloads` makes one task of each.
        Further fields are those of `NewJob`.
        """
        earlier = [after] if isinstance(after, (str, NewJob)) else list(after)
        edges = [_edge(one, when) for one in earlier]
        if edges:
            fields["depends_on"] = edges
        if payloads is not None:
            fields["tasks"] = [task_of(payload) for payload in payloads]
        job = NewJob(key=key, type=type or key, **fields)
        self.jobs.append(job)
        return job

    def body(self) -> dict[str, Any]:
        """As it is sent; the jobs always are."""
        return {**super().body(), "jobs": [job.body() for job in self.jobs]}


class BulkFilter(Asked):
    """Of which pipelines; at least one field. A field that is not given filters nothing."""

    state: str | list[str] | None = None
    """A state, a list of them, or `open`."""
    name: str | None = None
    priority: Priority | None = None
    correlation_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    template: str | None = None
    schedule: str | None = None
    metadata: dict[str, str] | None = None


def task_of(payload: Any) -> NewTask:
    """A task with this payload; what is a task already stays as it is."""
    return payload if isinstance(payload, NewTask) else NewTask(payload=payload)


def plain(value: Any) -> Any:
    """A value of any kind that pydantic knows (models, dataclasses, dates) as JSON."""
    return to_jsonable_python(value)


def body_of(value: Asked | Mapping[str, Any]) -> dict[str, Any]:
    """A body that was given as a model or as it is."""
    return value.body() if isinstance(value, Asked) else dict(plain(value))


def _edge(earlier: str | NewJob | Edge, when: When | None) -> str | Edge:
    if isinstance(earlier, Edge):
        return earlier
    key = earlier.key if isinstance(earlier, NewJob) else earlier
    return key if when is None else Edge(job=key, when=when)
