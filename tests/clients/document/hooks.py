"""What schemathesis cannot know from the document.

1. It calls on things that exist: where a path names a resource by a well-formed id, it gets one, in one state or
   another, and a worker's report the token of its lease; cursors are real ones, idempotency keys mostly fresh. Each
   fourth call uses its made-up id and key.
2. Its dequeues do not wait.
3. The server runs without keys, so what the document says of them does not hold: every operation with every key is
   tried in tests/contract/access.
4. A failure that the contract itself explains is none: no schema can say it. Each sentence of that kind is here.
"""

import itertools
import re
import uuid
from typing import Any

import requests
import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure, ResponseTimeExceeded
from schemathesis.openapi.checks import RejectedPositiveData

TYPE = "schemathesis"
CALLS = itertools.count()

# Problems of a request that is right in itself and does not fit what is there, or itself elsewhere.
NOT_OF_THE_SCHEMA = {
    "idempotency_key_reused",
    "duplicate_key",
    "unknown_dependency",
    "dependency_cycle",
    "render_failed",
}
# What a template's own schema says, what holds for its body as for a pipeline's, and which templates there are.
NOT_IN_THE_DOCUMENT = ("/parameters", "/pipeline", "/template")
# Verbs that go through thousands of pipelines by then, one after the other: the contract bounds their number, not their time.
BULK = {f"/v1/pipelines/{verb}" for verb in ("cancel", "pause", "resume", "retry")}
# Bounds that no schema can express: of numbers, times, bytes, and of fields that depend on each other.
NOT_IN_A_SCHEMA = (
    "must not be finer than a microsecond",
    "has more digits than can be kept exactly",
    "must have at most 4096 bytes",
    "must be in the years 0 to 9999",
    "must be ahead of now",
    "must have 1 to 1000 items, has 0",
    "which is no job of the pipeline",
    "as another job's",
    "a second time",
    "depends on itself through",
    "must not be given with the scope",
    "either this or every_seconds must be given",
    "no day of any year fits",
    "must be an IANA name of a time zone",
    "which is no version of the template",
)


# Where a webhook may lead, what it may be told, and by what it signs: words and addresses that no pattern says.
OF_A_WEBHOOK = ("/url", "/events/", "/filter/types", "/filter/metadata", "/secret")
# Parameters that a list takes only with, or without, others.
BETWEEN_PARAMETERS = (
    "one of subject, pipeline_id, job_id and task_id is required",
    "newest is not for a page with a cursor",
    "category and created_after are for state=failed without job_id and pipeline_id",
    "worker_id is for state=running and state=failed without job_id and pipeline_id",
)


class Supply:
    """Makes what calls are to meet."""

    def __init__(self, server: str) -> None:
        self.server = server.rstrip("/")
        self.session = requests.Session()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.session.post(self.server + path, json=body, timeout=120)
        assert answer.ok, f"{path}: {answer.text}"
        return answer.json()

    def job(self) -> Any:
        """A job with a task in a pipeline of its own: unsealed, paused, cancelled, or just open."""
        call = next(CALLS) % 4
        job = {"key": TYPE, "type": TYPE, "tasks": [{"payload": call}], "sealed": call != 0}
        pipeline = self.post("/v1/pipelines", {"name": TYPE, "jobs": [job], "sealed": call != 0})
        if call in (1, 2):
            self.post(f"/v1/pipelines/{pipeline['id']}/{'pause' if call == 1 else 'cancel'}", {})
        return pipeline["jobs"][0]

    def lease(self) -> Any:
        """A task and its lease."""
        kind = f"{TYPE}.{uuid.uuid4()}"
        self.post("/v1/jobs", {"type": kind})
        return self.post("/v1/tasks/dequeue", {"types": [kind], "worker_id": TYPE})["tasks"][0]

    def cursor(self, path: str) -> str | None:
        """Where the second page of that list begins, if it has one."""
        for _ in range(2):
            self.job()
        answer = self.session.get(self.server + path, params={"limit": 1}, timeout=120)
        return answer.json().get("next_cursor") if answer.ok else None


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: dict[str, Any]) -> None:
    raw_schema.get("components", {}).pop("securitySchemes", None)
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                operation.pop("security", None)


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    supply = Supply(kwargs.get("base_url") or case.operation.base_url)
    stateful = case.meta is not None and case.meta.phase.name == "stateful"
    if not stateful and next(CALLS) % 4 != 0:
        meet_something(case, supply)
        freshen_key(case)
    if case.meta is not None and case.meta.generation.mode.is_positive:
        continue_from_real_positions(case, supply)
    dequeue_without_waiting(case, supply)


def meet_something(case: Case, supply: Supply) -> None:
    """Replaces a well-formed id by that of a real resource."""
    if not is_uuid(case.path_parameters.get("id")):
        return
    if case.path.startswith("/v1/tasks/"):
        lease = supply.lease()
        case.path_parameters["id"] = lease["id"]
        if isinstance(case.body, dict) and is_uuid(case.body.get("lease_token")):
            case.body["lease_token"] = lease["lease_token"]
    elif case.path.startswith("/v1/jobs/"):
        case.path_parameters["id"] = supply.job()["id"]
    else:
        case.path_parameters["id"] = supply.job()["pipeline_id"]
        if "key" in case.path_parameters:
            case.path_parameters["key"] = TYPE


def freshen_key(case: Case) -> None:
    """Replaces a well-formed key by one that nobody has used."""
    key = case.headers.get("idempotency-key") if case.headers else None
    if isinstance(key, str) and re.fullmatch("[!-~]{1,200}", key):
        case.headers["idempotency-key"] = str(uuid.uuid4())


def continue_from_real_positions(case: Case, supply: Supply) -> None:
    """Cursors and event ids are the server's own; nobody can make one up."""
    if isinstance(case.query, dict) and "cursor" in case.query:
        cursor = supply.cursor(case.formatted_path)
        del case.query["cursor"]
        if cursor is not None:
            case.query["cursor"] = cursor
    if case.headers and "last-event-id" in case.headers:
        case.headers["last-event-id"] = supply.cursor("/v1/events")


def dequeue_without_waiting(case: Case, supply: Supply) -> None:
    """Long polls end at once, and find something if the type may be chosen."""
    if case.operation.definition.raw.get("operationId") != "dequeue_tasks" or not isinstance(case.body, dict):
        return
    wait = case.body.get("wait_seconds")
    if isinstance(wait, (int, float)) and 0 < wait <= 60:
        case.body["wait_seconds"] = 0
    if case.meta is not None and case.meta.generation.mode.is_positive:
        supply.job()
        case.body["types"][-1] = TYPE


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    if isinstance(failure, RejectedPositiveData):
        return not is_beyond_schemas(response.json(), case.path)
    if isinstance(failure, AcceptedNegativeData):
        return not is_judged_by_item(response)
    if isinstance(failure, ResponseTimeExceeded):
        return case.path not in BULK
    return True


def is_beyond_schemas(problem: dict[str, Any], path: str) -> bool:
    """Whether all faults are ones that no schema could have shown before."""
    if problem["code"] in NOT_OF_THE_SCHEMA or problem["detail"].endswith(BETWEEN_PARAMETERS):
        return True
    errors = problem.get("errors", [])
    return bool(errors) and all(is_fault_beyond_schemas(error, path) for error in errors)


def is_fault_beyond_schemas(error: dict[str, str], path: str) -> bool:
    """Whether no schema of the document could have shown this one."""
    if error["pointer"].startswith(NOT_IN_THE_DOCUMENT):
        return True
    if path.startswith("/v1/webhooks") and error["pointer"].startswith(OF_A_WEBHOOK):
        return True
    return any(bound in error["detail"] for bound in NOT_IN_A_SCHEMA)


def is_judged_by_item(response: Response) -> bool:
    """Whether it is a batch, whose items are judged one by one, and one of them was refused."""
    results = response.json().get("results", []) if response.status_code == 200 else []
    return any("problem" in result for result in results)


def is_uuid(value: Any) -> bool:
    """Whether a value is what the document calls an id."""
    try:
        return str(uuid.UUID(value)) == value
    except (ValueError, AttributeError, TypeError):
        return False
