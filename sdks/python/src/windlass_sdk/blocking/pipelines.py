# Made from `aio` by `make_blocking`; change that.
"""`/v1/pipelines`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import EllipsisType
from typing import Any, Literal, TypeVar, overload
from uuid import UUID

from ..models import Bulked, BulkFilter, Job, NewJob, NewPipeline, Pipeline, Priority
from ..models.asked import body_of, plain
from ..repeat import Safety
from ..transport import Call
from .caller import Caller, result_as, understood

R = TypeVar("R")
Id = UUID | str
# Between two looks at what is waited for, in seconds: short at first, for what ends soon.
FIRST_LOOK = 0.05
LONGEST_LOOK = 2.0


class PipelineCalls(Caller):
    """Creating, reading and controlling pipelines."""

    def create_pipeline(
        self, pipeline: NewPipeline | Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> Pipeline:
        """Creates a pipeline with its jobs and tasks. With a key it is also repeated by itself: one key, one pipeline."""
        return self._post(Pipeline, ("v1", "pipelines"), body_of(pipeline), idempotency_key)

    def get_pipeline(self, id: Id) -> Pipeline:
        """One, with all its jobs."""
        return self._get(Pipeline, "v1", "pipelines", str(id))

    def list_pipelines(
        self,
        *,
        state: str | None = None,
        name: str | None = None,
        priority: Priority | None = None,
        correlation_id: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        template: str | None = None,
        schedule: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Iterator[Pipeline]:
        """All that fit, newest first, without their jobs."""
        query: dict[str, Any] = {
            "state": state,
            "name": name,
            "priority": priority,
            "correlation_id": correlation_id,
            "created_after": created_after,
            "created_before": created_before,
            "template": template,
            "schedule": schedule,
            **{f"metadata.{key}": text for key, text in (metadata or {}).items()},
        }
        for pipeline in self._walk(Pipeline, ("v1", "pipelines"), query):
            yield pipeline

    def patch_pipeline(
        self,
        id: Id,
        *,
        priority: Priority | None = None,
        metadata: Mapping[str, Any] | None = None,
        deadline_at: datetime | EllipsisType | None = ...,
    ) -> Pipeline:
        """Changes what is given; metadata is merged, a deadline of None is none."""
        body: dict[str, Any] = {"priority": priority, "metadata": metadata}
        body = {name: plain(value) for name, value in body.items() if value is not None}
        if not isinstance(deadline_at, EllipsisType):
            body["deadline_at"] = plain(deadline_at)
        call = Call("PATCH", ("v1", "pipelines", str(id)), safety=Safety.SAFE).json(body)
        return self._fetch(Pipeline, call)

    def delete_pipeline(self, id: Id) -> None:
        """Removes one that has ended, with its jobs and tasks."""
        self._answer(Call("DELETE", ("v1", "pipelines", str(id))))

    def add_pipeline_jobs(
        self, id: Id, jobs: Iterable[NewJob | Mapping[str, Any]], *, idempotency_key: str | None = None
    ) -> list[Job]:
        """Adds jobs to an unsealed pipeline."""
        call = Call("POST", ("v1", "pipelines", str(id), "jobs")).keyed(idempotency_key)
        document = (self._answer(call.json({"jobs": [body_of(job) for job in jobs]}))).json()
        return [understood(Job, call.name, job) for job in document["jobs"]]

    def seal_pipeline(self, id: Id, *, reason: str | None = None) -> Pipeline:
        """No more jobs will come."""
        return self._verb(Pipeline, ("v1", "pipelines", str(id), "seal"), reason=reason)

    def cancel_pipeline(self, id: Id, *, clean_up: bool = False, reason: str | None = None) -> Pipeline:
        """Ends it; with `clean_up` jobs that clean up still run."""
        path = ("v1", "pipelines", str(id), "cancel")
        return self._verb(Pipeline, path, clean_up=clean_up or None, reason=reason)

    def pause_pipeline(self, id: Id, *, reason: str | None = None) -> Pipeline:
        """Nothing below it is handed out until it is resumed."""
        return self._verb(Pipeline, ("v1", "pipelines", str(id), "pause"), reason=reason)

    def resume_pipeline(self, id: Id, *, reason: str | None = None) -> Pipeline:
        """Takes a pause off."""
        return self._verb(Pipeline, ("v1", "pipelines", str(id), "resume"), reason=reason)

    def retry_pipeline(
        self,
        id: Id,
        *,
        scope: Literal["failed", "all"] | None = None,
        deadline_at: datetime | None = None,
        reason: str | None = None,
    ) -> Pipeline:
        """Runs again what did not succeed, or all. It is not repeated by itself: a second one may run again what ended."""
        body = {"scope": scope, "deadline_at": plain(deadline_at), "reason": reason}
        body = {name: value for name, value in body.items() if value is not None}
        return self._post(Pipeline, ("v1", "pipelines", str(id), "retry"), body)

    def cancel_pipelines(
        self, filter: BulkFilter, *, dry_run: bool = True, clean_up: bool = False, reason: str | None = None
    ) -> Bulked:
        """Cancels all that fit; a dry run, the default, only says how many."""
        return self._bulk("cancel", filter, dry_run, {"clean_up": clean_up or None, "reason": reason})

    def pause_pipelines(self, filter: BulkFilter, *, dry_run: bool = True, reason: str | None = None) -> Bulked:
        """Pauses all that fit; a dry run, the default, only says how many."""
        return self._bulk("pause", filter, dry_run, {"reason": reason})

    def resume_pipelines(self, filter: BulkFilter, *, dry_run: bool = True, reason: str | None = None) -> Bulked:
        """Resumes all that fit; a dry run, the default, only says how many."""
        return self._bulk("resume", filter, dry_run, {"reason": reason})

    def retry_pipelines(
        self,
        filter: BulkFilter,
        *,
        dry_run: bool = True,
        scope: Literal["failed", "all"] | None = None,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> Bulked:
        """Runs again all that fit; a dry run, the default, only says how many."""
        return self._bulk("retry", filter, dry_run, {"scope": scope, "reason": reason}, idempotency_key)

    def _bulk(
        self, verb: str, filter: BulkFilter, dry_run: bool, fields: dict[str, Any], key: str | None = None
    ) -> Bulked:
        given = {name: value for name, value in fields.items() if value is not None}
        body = {"filter": filter.body(), "dry_run": dry_run, **given}
        return self._post(Bulked, ("v1", "pipelines", verb), body, key)

    @overload
    def list_job_results(self, id: Id, job: str) -> Iterator[Any]: ...
    @overload
    def list_job_results(self, id: Id, job: str, hint: type[R]) -> Iterator[R]: ...
    def list_job_results(self, id: Id, job: str, hint: type[Any] | None = None) -> Iterator[Any]:
        """The results of a job's succeeded tasks, in the order in which the tasks were added; as `hint` says, if it does."""
        path = ("v1", "pipelines", str(id), "jobs", job, "results")

        def read(call: str, item: Any) -> Any:
            return item["result"] if hint is None else result_as(hint, call, item["result"])

        for result in self._items(path, {}, read):
            yield result

    def wait(self, pipeline: Pipeline | Job | Id, *, timeout: float | None = None) -> Pipeline:
        """Waits until a pipeline (that of a job, if it is one) has ended, whatever became of it.

        Raises `TimeoutError` when it has not within `timeout` seconds.
        """
        id = pipeline.pipeline_id if isinstance(pipeline, Job) else pipeline
        id = id.id if isinstance(id, Pipeline) else id
        deadline = None if timeout is None else time.monotonic() + timeout
        look = FIRST_LOOK
        while True:
            shown = self.get_pipeline(id)
            if shown.ended_at is not None:
                return shown
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"pipeline {id} is still {shown.state} after {timeout:g} s")
                look = min(look, left)
            self._sleep(look)
            look = min(max(look, FIRST_LOOK) * 1.5, LONGEST_LOOK)

    def wait_all(self, pipelines: Sequence[Pipeline | Job | Id], *, timeout: float | None = None) -> list[Pipeline]:
        """Waits until all have ended."""
        deadline = None if timeout is None else time.monotonic() + timeout
        ended: list[Pipeline] = []
        for pipeline in pipelines:
            left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
            ended.append(self.wait(pipeline, timeout=left))
        return ended
