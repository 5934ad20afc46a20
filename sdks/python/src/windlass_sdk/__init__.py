"""Workers and producers for the job manager Windlass.

A worker::

    from windlass_sdk import Context, Worker

    worker = Worker()

    @worker.job("resize-image", concurrency=8)
    async def resize(url: str, ctx: Context) -> int:
        ctx.progress(1, 2, "fetching")
        return 100

    worker.run()  # until SIGTERM

A producer::

    from windlass_sdk import Client

    with Client() as client:
        job = client.create_job("resize-image", "sea/1.jpg", idempotency_key="sea/1.jpg")
        print(client.wait(job).state)
"""

from ._version import VERSION as __version__
from .aio import AsyncClient
from .backoff import NEVER, Backoff
from .blocking import Client
from .breaker import BreakerSettings, BreakerState
from .errors import (
    CallError,
    DeniedError,
    NoAnswerError,
    NotSendableError,
    NotUnderstoodError,
    ProblemError,
    SettingError,
    UnavailableError,
    UnexpectedAnswerError,
    WindlassError,
)
from .key import Key
from .models import BulkFilter, Edge, Job, LeasedTask, NewJob, NewPipeline, NewTask, Pipeline, Retry, Task
from .tracing import TraceContext
from .worker import Cancellation, Context, Failure, Release, Results, TaskLogHandler, Worker

__all__ = [
    "NEVER",
    "AsyncClient",
    "Backoff",
    "BreakerSettings",
    "BreakerState",
    "BulkFilter",
    "CallError",
    "Cancellation",
    "Client",
    "Context",
    "DeniedError",
    "Edge",
    "Failure",
    "Job",
    "Key",
    "LeasedTask",
    "NewJob",
    "NewPipeline",
    "NewTask",
    "NoAnswerError",
    "NotSendableError",
    "NotUnderstoodError",
    "Pipeline",
    "ProblemError",
    "Release",
    "Results",
    "Retry",
    "SettingError",
    "Task",
    "TaskLogHandler",
    "TraceContext",
    "UnavailableError",
    "UnexpectedAnswerError",
    "WindlassError",
    "Worker",
    "__version__",
]
