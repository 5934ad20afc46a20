"""The same for the document of Jobnik's surface: see hooks.py.

1. It calls on jobs, stages and tasks that exist, in one state or another. Each fourth call uses its made-up id.
2. A failure that the contract itself explains is none: data and metadata are bounded in bytes, a date that a filter takes may be any of
   RFC 3339, and paths take a slash at their end.
"""

import itertools
import uuid
from typing import Any

import requests
import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

TYPE = "schemathesis"
BASE = "/jobnik/v1"
CALLS = itertools.count()
# Bounds that no schema can express.
NOT_IN_A_SCHEMA = (
    "must have at most 1048576 bytes",
    "must have 1 to 10000 items, has 0",
    "must be a tracestate of the W3C",
    "has more digits than can be kept exactly",
)


class Supply:
    """Makes what calls are to meet."""

    def __init__(self, server: str) -> None:
        self.server = server.rstrip("/")
        self.session = requests.Session()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.session.request(method, self.server + BASE + path, json=body, timeout=120)
        assert answer.ok, f"{path}: {answer.text}"
        return answer.json()

    def job(self) -> Any:
        """A job, as it was made, paused, or aborted."""
        job = self.call("POST", "/jobs", {"name": TYPE, "data": {}})
        status = (None, "PAUSED", "ABORTED")[next(CALLS) % 3]
        if status is not None:
            self.call("PUT", f"/jobs/{job['id']}/status", {"status": status})
        return job

    def stage(self) -> Any:
        """A stage with a task, which waits or runs."""
        job = self.call("POST", "/jobs", {"name": TYPE, "data": {}})
        waits = next(CALLS) % 2 == 0
        stage = self.call("POST", f"/jobs/{job['id']}/stage", {"type": TYPE, "data": {}, "startAsWaiting": waits})
        self.call("POST", f"/stages/{stage['id']}/tasks", [{"data": {}, "maxAttempts": 2}])
        return stage

    def task(self) -> Any:
        """A task that a worker has."""
        kind = str(uuid.uuid4())
        job = self.call("POST", "/jobs", {"name": TYPE, "data": {}})
        stage = self.call("POST", f"/jobs/{job['id']}/stage", {"type": kind, "data": {}})
        self.call("POST", f"/stages/{stage['id']}/tasks", [{"data": {}, "maxAttempts": 2}])
        return self.call("PATCH", f"/stages/{kind}/tasks/dequeue")


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
    if stateful or next(CALLS) % 4 == 0:
        return
    for name, make in (("jobId", supply.job), ("stageId", supply.stage), ("taskId", supply.task)):
        if is_uuid(case.path_parameters.get(name)):
            case.path_parameters[name] = make()["id"]
    if case.meta is not None and case.meta.generation.mode.is_positive and "stageType" in case.path_parameters:
        supply.stage()
        case.path_parameters["stageType"] = TYPE


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    if isinstance(failure, RejectedPositiveData):
        error = response.json()
        states = error["code"] != "VALIDATION_ERROR"
        return not states and not any(bound in error["message"] for bound in NOT_IN_A_SCHEMA)
    return True


def is_uuid(value: Any) -> bool:
    """Whether a value is what the document calls an id."""
    try:
        return str(uuid.UUID(value)) == value
    except (ValueError, AttributeError, TypeError):
        return False
