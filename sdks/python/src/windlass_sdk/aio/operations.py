"""Templates, schedules, queues, webhooks, and who calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
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

    async def put_template(
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
        return await self._fetch(Template, call)

    async def get_template(self, name: str) -> Template:
        """The newest version."""
        return await self._get(Template, "v1", "templates", name)

    async def list_templates(self) -> AsyncIterator[Template]:
        """The newest version of each, by name."""
        async for template in self._walk(Template, ("v1", "templates"), {}):
            yield template

    async def delete_template(self, name: str) -> None:
        """Removes a template with all its versions."""
        await self._answer(Call("DELETE", ("v1", "templates", name)))

    async def create_template_pipeline(
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
        return await self._post(Pipeline, ("v1", "templates", template, "pipelines"), body, idempotency_key)

    async def preview_template(
        self, template: str, parameters: Mapping[str, Any] | None = None, *, version: int | None = None
    ) -> Any:
        """The pipeline that it would be; nothing is made."""
        body: dict[str, Any] = {"parameters": plain(dict(parameters or {}))}
        if version is not None:
            body["version"] = version
        call = Call("POST", ("v1", "templates", template, "preview"), safety=Safety.SAFE).json(body)
        return (await self._answer(call)).json()

    async def put_schedule(
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
        return await self._fetch(Schedule, call)

    async def get_schedule(self, name: str) -> Schedule:
        """One schedule."""
        return await self._get(Schedule, "v1", "schedules", name)

    async def list_schedules(self, *, template: str | None = None) -> AsyncIterator[Schedule]:
        """All, by name."""
        async for schedule in self._walk(Schedule, ("v1", "schedules"), {"template": template}):
            yield schedule

    async def delete_schedule(self, name: str) -> None:
        """Removes a schedule; its pipelines stay."""
        await self._answer(Call("DELETE", ("v1", "schedules", name)))

    async def pause_schedule(self, name: str, *, reason: str | None = None) -> Schedule:
        """Nothing comes due until it is resumed."""
        return await self._verb(Schedule, ("v1", "schedules", name, "pause"), reason=reason)

    async def resume_schedule(self, name: str, *, reason: str | None = None) -> Schedule:
        """Takes a pause off."""
        return await self._verb(Schedule, ("v1", "schedules", name, "resume"), reason=reason)

    async def trigger_schedule(
        self, name: str, *, scheduled_at: datetime | None = None, idempotency_key: str | None = None
    ) -> Pipeline:
        """Runs it now, or for a time in the past."""
        body = {"scheduled_at": plain(scheduled_at)} if scheduled_at else {}
        return await self._post(Pipeline, ("v1", "schedules", name, "trigger"), body, idempotency_key)

    async def list_schedule_runs(self, name: str) -> AsyncIterator[ScheduleRun]:
        """Its runs, the newest recorded first."""
        async for run in self._walk(ScheduleRun, ("v1", "schedules", name, "runs"), {}):
            yield run

    async def get_queue(self, type: str) -> Queue:
        """What waits of one type."""
        return await self._get(Queue, "v1", "queues", type)

    async def list_queues(self) -> AsyncIterator[Queue]:
        """What waits, by type."""
        async for queue in self._walk(Queue, ("v1", "queues"), {}):
            yield queue

    async def patch_queue(
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
        return await self._fetch(Queue, call)

    async def list_workers(self) -> AsyncIterator[SeenWorker]:
        """Workers that asked in the last 5 minutes."""
        async for worker in self._walk(SeenWorker, ("v1", "workers"), {}):
            yield worker

    async def create_webhook(
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
        return await self._post(Webhook, ("v1", "webhooks"), body)

    async def list_webhooks(self) -> AsyncIterator[Webhook]:
        """All webhooks."""
        async for webhook in self._walk(Webhook, ("v1", "webhooks"), {}):
            yield webhook

    async def delete_webhook(self, id: str) -> None:
        """Removes a webhook."""
        await self._answer(Call("DELETE", ("v1", "webhooks", id)))

    async def get_current_key(self) -> CurrentKey:
        """The caller's own key."""
        return await self._get(CurrentKey, "v1", "keys", "current")
