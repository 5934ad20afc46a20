"""A whole pipeline, through the client that openapi-python-client makes from the document.

A producer and a worker in one: it creates two jobs, works both, with heartbeat, progress, a failure with another
attempt, a fan-out and a batch, and reads results, attempts and events. Any surprise is an assertion.
"""

import os
import sys
import time
import uuid
from http import HTTPStatus
from typing import TypeVar

import httpx
from windlass_client import AuthenticatedClient
from windlass_client.api.operators import get_queue
from windlass_client.api.producers import (
    cancel_pipeline,
    create_pipeline,
    get_pipeline,
    list_events,
    list_job_results,
    list_pipelines,
    list_task_attempts,
    patch_pipeline,
)
from windlass_client.api.workers import (
    complete_task,
    complete_tasks,
    dequeue_tasks,
    fail_task,
    heartbeat_task,
    heartbeat_tasks,
    progress_task,
    release_task,
)
from windlass_client.models import (
    AddToJob,
    BatchCompleteItem,
    BatchHeartbeatItem,
    BatchResultsHeartbeatResult,
    BatchResultsReportResult,
    CancelPipeline,
    Code,
    Complete,
    Dequeue,
    Dequeued,
    EventPage,
    Fail,
    Heartbeat,
    LeasedTask,
    LeaseExtended,
    NewEdge,
    NewJob,
    NewPipeline,
    NewRetryPolicy,
    NewTask,
    Outcome,
    PageAttempt,
    PagePipeline,
    PageResultItem,
    PatchPipeline,
    Pipeline,
    PipelineState,
    Priority,
    Problem,
    Queue,
    Release,
    ReportedError,
    ReportProgress,
    RetryWord,
    Task,
    TaskState,
    When,
)
from windlass_client.types import UNSET, Unset

T = TypeVar("T")

# A server in mode open looks at no key.
token = os.environ.get("WINDLASS_KEY", "none")
client = AuthenticatedClient(
    base_url=sys.argv[1], token=token, timeout=httpx.Timeout(30), raise_on_unexpected_status=True
)


def ok(kind: type[T], answer: object) -> T:
    """The answer of that kind, and no problem."""
    assert isinstance(answer, kind), answer
    return answer


def lease(kind: str) -> LeasedTask:
    """The next task of a type."""
    body = Dequeue(types=[kind], worker_id="python", wait_seconds=10, lease_seconds=60)
    key = str(uuid.uuid4())
    tasks = ok(Dequeued, dequeue_tasks.sync(client=client, body=body, idempotency_key=key)).tasks
    assert ok(Dequeued, dequeue_tasks.sync(client=client, body=body, idempotency_key=key)).tasks == tasks
    assert len(tasks) == 1, tasks
    return tasks[0]


def create() -> Pipeline:
    """Creates `list` and, streamed into, `resize`; and the same again, by its key."""
    new = NewPipeline.from_dict(
        {
            "name": "thumbnails",
            "priority": "high",
            "metadata": {"album": "sea", "sizes": [1, 2]},
            "jobs": [
                {"key": "list", "type": "py-list", "payload": {"album": "sea"}},
                {"key": "resize", "type": "py-resize", "depends_on": ["list"], "sealed": False},
            ],
        }
    )
    new.jobs[1].retry = NewRetryPolicy(max_attempts=2, initial_delay_seconds=0)
    new.jobs[1].depends_on = [NewEdge(job="list", when=When.SUCCEEDED)]
    first = create_pipeline.sync_detailed(client=client, body=new, idempotency_key="python-1")
    again = create_pipeline.sync_detailed(client=client, body=new, idempotency_key="python-1")
    assert first.status_code == again.status_code == HTTPStatus.CREATED
    assert again.headers["idempotent-replayed"] == "true"
    pipeline = ok(Pipeline, first.parsed)
    assert pipeline.id == ok(Pipeline, again.parsed).id
    assert first.headers["location"] == f"/v1/pipelines/{pipeline.id}"
    assert pipeline.state is PipelineState.PENDING and pipeline.priority is Priority.HIGH
    assert pipeline.metadata["sizes"] == [1, 2] and pipeline.started_at is None
    return pipeline


def work_list() -> None:
    """Heartbeat, progress, release, and a completion that adds two tasks to `resize`."""
    leased = lease("py-list")
    released = release_task.sync(leased.id, client=client, body=Release(lease_token=leased.lease_token))
    assert ok(Task, released).attempt == 0
    task = lease("py-list")
    assert task.payload == {"album": "sea"} and task.attempt == 1 and task.timeout_seconds is None
    beat = heartbeat_task.sync(task.id, client=client, body=Heartbeat(lease_token=task.lease_token, lease_seconds=120))
    assert ok(LeaseExtended, beat).lease_expires_at > task.lease_expires_at
    report = ReportProgress(lease_token=task.lease_token, current=1, total=2, message="reading")
    ok(LeaseExtended, progress_task.sync(task.id, client=client, body=report))
    tasks = [NewTask(payload={"url": f"sea/{number}.jpg"}) for number in (1, 2)]
    done = Complete(
        lease_token=task.lease_token, result={"images": 2}, add_tasks=[AddToJob(job="resize", tasks=tasks, seal=True)]
    )
    done.metrics = None
    assert ok(Task, complete_task.sync(task.id, client=client, body=done)).state is TaskState.SUCCEEDED


def work_resize() -> LeasedTask:
    """One fails and has another attempt; the rest ends in a batch. Returns the one that failed."""
    failed = lease("py-resize")
    error = ReportedError(category="network_error", message="connection reset", detail={"host": "a"})
    body = Fail(lease_token=failed.lease_token, error=error, retry=RetryWord.AUTO)
    after = ok(Task, fail_task.sync(failed.id, client=client, body=body))
    assert after.state is TaskState.QUEUED and after.error is not None and after.error.category == "network_error"
    lost = fail_task.sync(failed.id, client=client, body=Fail(lease_token=failed.id, error=error))
    assert ok(Problem, lost).code is Code.LEASE_LOST

    held = [lease("py-resize"), lease("py-resize")]
    items = [{"id": str(task.id), "lease_token": str(task.lease_token)} for task in held]
    beats = heartbeat_tasks.sync(client=client, body=BatchHeartbeatItem.from_dict({"tasks": items}))
    assert all(result.lease_expires_at for result in ok(BatchResultsHeartbeatResult, beats).results)
    batch = BatchCompleteItem.from_dict({"tasks": [{**item, "result": {"bytes": 1000}} for item in items]})
    results = ok(BatchResultsReportResult, complete_tasks.sync(client=client, body=batch)).results
    assert [result.id for result in results] == [task.id for task in held]
    assert all(isinstance(result.task, Task) for result in results)
    return failed


def audit(pipeline: Pipeline) -> list[tuple[str, str | None, str]]:
    """The pipeline's events up to its end: they can be read once no older transaction is under way."""
    shown: list[tuple[str, str | None, str]] = []
    cursor: str | Unset = UNSET
    deadline = time.monotonic() + 60
    while ("pipeline", "running", "succeeded") not in shown:
        assert time.monotonic() < deadline, shown
        page = ok(EventPage, list_events.sync(client=client, pipeline_id=pipeline.id, cursor=cursor))
        shown += [(event.entity.value, event.from_, event.to) for event in page.items]
        cursor = page.next_cursor
    return shown


def read(pipeline: Pipeline, failed: LeasedTask) -> None:
    """What is to be read afterwards: states, results, attempts, events, lists, the queue."""
    ended = ok(Pipeline, get_pipeline.sync(pipeline.id, client=client))
    assert ended.state is PipelineState.SUCCEEDED and ended.progress.percent == 100
    patched = patch_pipeline.sync(
        pipeline.id, client=client, body=PatchPipeline.from_dict({"metadata": {"album": None}})
    )
    assert ok(Pipeline, patched).metadata.to_dict() == {"sizes": [1, 2]}

    page = ok(PageResultItem, list_job_results.sync(pipeline.id, "resize", client=client, limit=1))
    assert [item.result for item in page.items] == [{"bytes": 1000}] and page.next_cursor
    page = ok(PageResultItem, list_job_results.sync(pipeline.id, "resize", client=client, cursor=page.next_cursor))
    assert len(page.items) == 1 and page.next_cursor is None

    attempts = ok(PageAttempt, list_task_attempts.sync(failed.id, client=client)).items
    assert [attempt.outcome for attempt in attempts] == [Outcome.FAILED, Outcome.SUCCEEDED], attempts

    shown = audit(pipeline)
    assert shown[0] == ("pipeline", None, "pending") and ("task", "running", "queued") in shown, shown

    listed = ok(PagePipeline, list_pipelines.sync(client=client, state=PipelineState.SUCCEEDED, name="thumbnails"))
    assert [item.id for item in listed.items] == [pipeline.id]
    queue = ok(Queue, get_queue.sync("py-resize", client=client))
    assert (queue.queued, queue.running) == (0, 0)


def refused() -> None:
    """Problems arrive as such, and a verb takes its reason."""
    bad = ok(Problem, create_pipeline.sync(client=client, body=NewPipeline(name="bad", jobs=[])))
    assert bad.code is Code.VALIDATION_FAILED and bad.errors and bad.errors[0].pointer == "/jobs", bad
    other = create_pipeline.sync(
        client=client, body=NewPipeline(name="other", jobs=[NewJob(key="a", type_="py-never")])
    )
    path = ok(Pipeline, other).id
    cancelled = ok(Pipeline, cancel_pipeline.sync(path, client=client, body=CancelPipeline(reason="not needed")))
    assert cancelled.state is PipelineState.CANCELLED and cancelled.reason == "not needed"


made = create()
work_list()
read(made, work_resize())
refused()
