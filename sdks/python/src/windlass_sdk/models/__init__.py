"""What is asked and answered, in the words of the HTTP contract."""

from .asked import (
    BulkFilter,
    Edge,
    NewJob,
    NewPipeline,
    NewTask,
    Priority,
    Retry,
    Sealing,
    When,
)
from .audit import Event, JobProgress, LoggedLine, Outcome
from .pipelines import Counts, Dependency, Job, MadeFrom, Pipeline, Progress, RetryPolicy
from .schedules import RunDetail, Schedule, ScheduledTemplate, ScheduleRun, Template
from .tasks import Attempt, LeasedTask, Task, TaskError, TaskProgress
from .things import Bulked, CurrentKey, Queue, SeenWorker, Webhook

__all__ = [
    "Attempt",
    "BulkFilter",
    "Bulked",
    "Counts",
    "CurrentKey",
    "Dependency",
    "Edge",
    "Event",
    "Job",
    "JobProgress",
    "LeasedTask",
    "LoggedLine",
    "MadeFrom",
    "NewJob",
    "NewPipeline",
    "NewTask",
    "Outcome",
    "Pipeline",
    "Priority",
    "Progress",
    "Queue",
    "Retry",
    "RetryPolicy",
    "RunDetail",
    "Schedule",
    "ScheduleRun",
    "ScheduledTemplate",
    "Sealing",
    "SeenWorker",
    "Task",
    "TaskError",
    "TaskProgress",
    "Template",
    "Webhook",
    "When",
]
