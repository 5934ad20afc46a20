"""A worker at work in the test's own process, and waiting for what comes of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from windlass_sdk import Client, Worker
from windlass_sdk.models import Task

T = TypeVar("T")

# Longer than anything that is waited for here, on a busy machine; in seconds.
PATIENCE = 600.0


class Working:
    """A worker that runs on a thread."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            asyncio.run(self.worker.serve())
        except BaseException as error:
            self.error = error

    def ended(self, seconds: float = PATIENCE) -> BaseException | None:
        """Waits for its end, and says with which error."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "the worker does not end"
        return self.error

    def stop(self, seconds: float = PATIENCE) -> None:
        """Asks it to end, and holds it to an orderly end."""
        self.worker.stop()
        error = self.ended(seconds)
        if error:
            raise error


@contextmanager
def working(worker: Worker) -> Iterator[Working]:
    """A worker at work; it ends well."""
    running = Working(worker)
    try:
        yield running
    finally:
        if running.error is None:
            running.stop()
    assert running.error is None, running.error


def eventually(what: str, look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """Looks until there is something to see."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def ended_task(client: Client, job: Any, seconds: float = PATIENCE) -> Task:
    """The only task of a job, once it has ended."""

    def look() -> Task | None:
        [task] = client.list_tasks(job_id=job.id)
        return task if task.ended_at else None

    return eventually("the task ends", look, seconds)
