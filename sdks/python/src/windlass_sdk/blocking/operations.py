# Made from `aio` by `make_blocking`; change that.
"""Templates, schedules, queues, webhooks, and who calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import EllipsisType
from typing import Any, Literal

from ..models import (
    CurrentKey,
    NewPipeline,
    Pipeline,
    Priority,
    Queue,
    Schedule,
    ScheduleRun,
    SeenWorker,
    Template,
    Webhook,
)
from ..models.asked import body_of, plain
from ..repeat import Safety
from ..transport import Call
from .caller import Caller

Overlap = Literal["skip", "allow", "cancel", "wait"]
Missed = Literal["skip", "one", "all"]


class OperationCalls(Caller):
    """What operators set up, and what they look at."""

    def put_template(
        self,
        name: str,
        pipeline: NewPipeline | Mapping[str, Any],
        *,
        parameters: Mapping[str, Any] | None = None,
        description: str | None = None,
    ) -> Template:
        """A new version of a template, or the present one if nothing differs. `parameters` is a JSON Schema of an object."""
        body: dict[str, Any] = {"pipeline": body_of(pipeline), "parameters": plain(dict(parameters or {}))}
        if description is not None:
            body["description"] = description
        call = Call("PUT", ("v1", "templates", name), safety=Safety.SAFE).json(body)
        return self._fetch(Template, call)

    def get_template(self, name: str) -> Template:
        """The newest version."""
        return self._get(Template, "v1", "templates", name)

    def list_templates(self) -> Iterator[Template]:
        """The newest version of each, by name."""
        for template in self._walk(Template, ("v1", "templates"), {}):
            yield template

    def delete_template(self, name: str) -> None:
        """Removes a template with all its versions."""
        self._answer(Call("DELETE", ("v1", "templates", name)))

    def create_template_pipeline(
        self,
        template: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        version: int | None = None,
        name: str | None = None,
        priority: Priority | None = None,
        correlation_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        paused: bool | None = None,
        deadline_at: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> Pipeline:
        """Makes a pipeline of a template with these parameters; what is None is as the template says."""
        fields: dict[str, Any] = {
            "version": version,
            "name": name,
            "priority": priority,
            "correlation_id": correlation_id,
            "metadata": metadata,
            "paused": paused,
            "deadline_at": deadline_at,
        }
        body = {name: plain(value) for name, value in fields.items() if value is not None}
        body["parameters"] = plain(dict(parameters or {}))
        return self._post(Pipeline, ("v1", "templates", template, "pipelines"), body, idempotency_key)

    def preview_template(
        self, template: str, parameters: Mapping[str, Any] | None = None, *, version: int | None = None
    ) -> Any:
        """The pipeline that it would be; nothing is made."""
        body: dict[str, Any] = {"parameters": plain(dict(parameters or {}))}
        if version is not None:
            body["version"] = version
        call = Call("POST", ("v1", "templates", template, "preview"), safety=Safety.SAFE).json(body)
        return (self._answer(call)).json()

    def put_schedule(
        self,
        name: str,
        *,
        template: str,
        parameters: Mapping[str, Any] | None = None,
        version: int | None = None,
        cron: str | None = None,
        every_seconds: int | None = None,
        timezone: str | None = None,
        description: str | None = None,
        priority: Priority | None = None,
        metadata: Mapping[str, Any] | None = None,
        overlap: Overlap | None = None,
        missed: Missed | None = None,
        jitter_seconds: int | None = None,
        starts_at: datetime | None = None,
        ends_at: datetime | None = None,
        paused: bool | None = None,
    ) -> Schedule:
        """Makes or changes a schedule, by `cron` or `every_seconds`; what is None is the server's default."""
        fields: dict[str, Any] = {
            "template": {"name": template, "version": version, "parameters": dict(parameters or {})},
            "cron": cron,
            "every_seconds": every_seconds,
            "timezone": timezone,
            "description": description,
            "priority": priority,
            "metadata": metadata,
            "overlap": overlap,
            "missed": missed,
            "jitter_seconds": jitter_seconds,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "paused": paused,
        }
        body = {name: plain(value) for name, value in fields.items() if value is not None}
        call = Call("PUT", ("v1", "schedules", name), safety=Safety.SAFE).json(body)
        return self._fetch(Schedule, call)

    def get_schedule(self, name: str) -> Schedule:
        """One schedule."""
        return self._get(Schedule, "v1", "schedules", name)

    def list_schedules(self, *, template: str | None = None) -> Iterator[Schedule]:
        """All, by name."""
        for schedule in self._walk(Schedule, ("v1", "schedules"), {"template": template}):
            yield schedule

    def delete_schedule(self, name: str) -> None:
        """Removes a schedule; its pipelines stay."""
        self._answer(Call("DELETE", ("v1", "schedules", name)))

    def pause_schedule(self, name: str, *, reason: str | None = None) -> Schedule:
        """Nothing comes due until it is resumed."""
        return self._verb(Schedule, ("v1", "schedules", name, "pause"), reason=reason)

    def resume_schedule(self, name: str, *, reason: str | None = None) -> Schedule:
        """Takes a pause off."""
        return self._verb(Schedule, ("v1", "schedules", name, "resume"), reason=reason)

    def trigger_schedule(
        self, name: str, *, scheduled_at: datetime | None = None, idempotency_key: str | None = None
    ) -> Pipeline:
        """Runs it now, or for a time in the past."""
        body = {"scheduled_at": plain(scheduled_at)} if scheduled_at else {}
        return self._post(Pipeline, ("v1", "schedules", name, "trigger"), body, idempotency_key)

    def list_schedule_runs(self, name: str) -> Iterator[ScheduleRun]:
        """Its runs, the newest recorded first."""
        for run in self._walk(ScheduleRun, ("v1", "schedules", name, "runs"), {}):
            yield run

    def get_queue(self, type: str) -> Queue:
        """What waits of one type."""
        return self._get(Queue, "v1", "queues", type)

    def list_queues(self) -> Iterator[Queue]:
        """What waits, by type."""
        for queue in self._walk(Queue, ("v1", "queues"), {}):
            yield queue

    def patch_queue(
        self,
        type: str,
        *,
        paused: bool | None = None,
        max_running: int | EllipsisType | None = ...,
        reason: str | None = None,
    ) -> Queue:
        """Pauses or limits a type; a limit of None is none."""
        fields = {"paused": paused, "reason": reason}
        body: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
        if not isinstance(max_running, EllipsisType):
            body["max_running"] = max_running
        call = Call("PATCH", ("v1", "queues", type), safety=Safety.SAFE).json(body)
        return self._fetch(Queue, call)

    def list_workers(self) -> Iterator[SeenWorker]:
        """Workers that asked in the last 5 minutes."""
        for worker in self._walk(SeenWorker, ("v1", "workers"), {}):
            yield worker

    def create_webhook(
        self,
        url: str,
        events: Sequence[str],
        *,
        filter: Mapping[str, Any] | None = None,
        format: Literal["standard", "cloudevents", "slack"] | None = None,
        description: str | None = None,
    ) -> Webhook:
        """Has the server tell an address of what happens. The answer has its `secret`, shown here and never again."""
        fields = {"filter": filter, "format": format, "description": description}
        more = {name: value for name, value in fields.items() if value is not None}
        body = {"url": url, "events": list(events), **more}
        return self._post(Webhook, ("v1", "webhooks"), body)

    def list_webhooks(self) -> Iterator[Webhook]:
        """All webhooks."""
        for webhook in self._walk(Webhook, ("v1", "webhooks"), {}):
            yield webhook

    def delete_webhook(self, id: str) -> None:
        """Removes a webhook."""
        self._answer(Call("DELETE", ("v1", "webhooks", id)))

    def get_current_key(self) -> CurrentKey:
        """The caller's own key."""
        return self._get(CurrentKey, "v1", "keys", "current")
