"""`/v1/jobs` and `/v1/tasks`, as producers see them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ..errors import ProblemError
from ..models import Attempt, Job, LoggedLine, NewTask, Outcome, Priority, Task
from ..models.asked import NewJob, plain, task_of
from ..transport import Call
from .caller import Caller, understood

Id = UUID | str


class JobCalls(Caller):
    """Single jobs, and the jobs and tasks of pipelines."""

    async def create_job(
        self,
        type: str,
        payload: Any = None,
        *,
        key: str | None = None,
        payloads: Sequence[Any] | None = None,
        priority: Priority | None = None,
        correlation_id: str | None = None,
        deadline_at: datetime | None = None,
        idempotency_key: str | None = None,
        **fields: Any,
    ) -> Job:
        """Creates a job in a pipeline of its own: one task with this payload, or one with each of `payloads`.

        Further fields are those of `NewJob`: `retry`, `run_at`, `timeout_seconds`, `metadata`, …. With an idempotency key it
        is also repeated by itself: one key, one job.
        """
        body = job_body(type, payload, key, payloads, fields)
        more = {"priority": priority, "correlation_id": correlation_id, "deadline_at": plain(deadline_at)}
        body.update({name: value for name, value in more.items() if value is not None})
        return await self._post(Job, ("v1", "jobs"), body, idempotency_key)

    async def create_jobs(
        self, jobs: Sequence[Mapping[str, Any]], *, idempotency_key: str | None = None
    ) -> list[Job | ProblemError]:
        """Creates up to 1,000 single jobs, each judged on its own; the answers are in their order."""
        call = Call("POST", ("v1", "jobs", "batch")).keyed(idempotency_key)
        document = (await self._answer(call.json({"jobs": plain(list(jobs))}))).json()
        return [
            understood(Job, call.name, result["job"]) if "job" in result else ProblemError(result["problem"])
            for result in document["results"]
        ]

    async def get_job(self, id: Id) -> Job:
        """One job."""
        return await self._get(Job, "v1", "jobs", str(id))

    async def list_jobs(
        self, *, pipeline_id: Id | None = None, type: str | None = None, state: str | None = None
    ) -> AsyncIterator[Job]:
        """All that fit, newest first."""
        query = {"pipeline_id": pipeline_id, "type": type, "state": state}
        async for job in self._walk(Job, ("v1", "jobs"), query):
            yield job

    async def add_job_tasks(
        self, id: Id, payloads: Iterable[Any | NewTask], *, idempotency_key: str | None = None
    ) -> list[UUID]:
        """Adds up to 10,000 tasks to an unsealed job, one with each payload; the ids are in their order."""
        call = Call("POST", ("v1", "jobs", str(id), "tasks")).keyed(idempotency_key)
        body = {"tasks": [task_of(payload).body() for payload in payloads]}
        return [UUID(id) for id in (await self._answer(call.json(body))).json()["ids"]]

    async def seal_job(self, id: Id, *, reason: str | None = None) -> Job:
        """No more tasks will come."""
        return await self._verb(Job, ("v1", "jobs", str(id), "seal"), reason=reason)

    async def cancel_job(self, id: Id, *, reason: str | None = None) -> Job:
        """Ends it."""
        return await self._verb(Job, ("v1", "jobs", str(id), "cancel"), reason=reason)

    async def pause_job(self, id: Id, *, reason: str | None = None) -> Job:
        """None of its tasks is handed out until it is resumed."""
        return await self._verb(Job, ("v1", "jobs", str(id), "pause"), reason=reason)

    async def resume_job(self, id: Id, *, reason: str | None = None) -> Job:
        """Takes a pause off."""
        return await self._verb(Job, ("v1", "jobs", str(id), "resume"), reason=reason)

    async def skip_job(self, id: Id, *, reason: str | None = None) -> Job:
        """Leaves it out."""
        return await self._verb(Job, ("v1", "jobs", str(id), "skip"), reason=reason)

    async def retry_job(
        self,
        id: Id,
        *,
        scope: Literal["failed", "all"] | None = None,
        descendants: bool = False,
        reason: str | None = None,
    ) -> Job:
        """Runs again what did not succeed, or all; with `descendants` also everything below."""
        fields = {"scope": scope, "descendants": descendants or None, "reason": reason}
        body = {name: value for name, value in fields.items() if value is not None}
        return await self._post(Job, ("v1", "jobs", str(id), "retry"), body)

    async def get_task(self, id: Id) -> Task:
        """One task."""
        return await self._get(Task, "v1", "tasks", str(id))

    async def list_tasks(
        self,
        *,
        job_id: Id | None = None,
        pipeline_id: Id | None = None,
        type: str | None = None,
        state: str | None = None,
        category: str | None = None,
        created_after: datetime | None = None,
        worker_id: str | None = None,
    ) -> AsyncIterator[Task]:
        """All that fit, newest first.

        Over all jobs, without `job_id` and `pipeline_id`, running ones come with those that have run for longest first, and
        failed ones with the newest failure first. `worker_id` is for both, `category` and `created_after` for failed ones.
        """
        query = {
            "job_id": job_id,
            "pipeline_id": pipeline_id,
            "type": type,
            "state": state,
            "category": category,
            "created_after": created_after,
            "worker_id": worker_id,
        }
        async for task in self._walk(Task, ("v1", "tasks"), query):
            yield task

    async def list_task_attempts(self, id: Id) -> AsyncIterator[Attempt]:
        """The attempts of a task, oldest first."""
        async for attempt in self._walk(Attempt, ("v1", "tasks", str(id), "attempts"), {}):
            yield attempt

    async def list_task_log(
        self, id: Id, *, attempt: int | None = None, level: str | None = None
    ) -> AsyncIterator[LoggedLine]:
        """The lines of a task's log, oldest first, up to its present end; `level` is the least."""
        query = {"attempt": attempt, "level": level}
        async for line in self._walk(LoggedLine, ("v1", "tasks", str(id), "log"), query, endless=True):
            yield line

    async def cancel_task(self, id: Id, *, reason: str | None = None) -> Task:
        """Ends it."""
        return await self._verb(Task, ("v1", "tasks", str(id), "cancel"), reason=reason)

    async def retry_task(self, id: Id, *, reason: str | None = None) -> Task:
        """Runs again a task that did not succeed."""
        return await self._post(Task, ("v1", "tasks", str(id), "retry"), {"reason": reason} if reason else {})

    async def list_outcomes(
        self,
        *,
        subject: str | None = None,
        kind: str | None = None,
        disposition: str | None = None,
        pipeline_id: Id | None = None,
        job_id: Id | None = None,
        task_id: Id | None = None,
        current: bool | None = None,
    ) -> AsyncIterator[Outcome]:
        """What became of items, newest first: of a subject, pipeline, job or task; `current`: only the newest of each."""
        query = {
            "subject": subject,
            "kind": kind,
            "disposition": disposition,
            "pipeline_id": pipeline_id,
            "job_id": job_id,
            "task_id": task_id,
            "current": current,
        }
        async for outcome in self._walk(Outcome, ("v1", "outcomes"), query):
            yield outcome


def job_body(
    type: str, payload: Any, key: str | None, payloads: Sequence[Any] | None, fields: dict[str, Any]
) -> dict[str, Any]:
    """A single job as it is sent."""
    if payload is not None:
        fields["payload"] = payload
    if payloads is not None:
        fields["tasks"] = [task_of(payload) for payload in payloads]
    body = NewJob(key=key or type, type=type, **fields).body()
    if key is None:
        del body["key"]
    return body
