"""Outages between a worker and the built server: lines B42 to B48 of sdks/BEHAVIOUR.md."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from conftest import Server, server  # noqa: F401 - the latter is a fixture
from harness import Working, eventually
from proxy import Proxy, Way

from windlass_sdk import Client, NewPipeline, Worker

# As many tasks as are under way when trouble begins; one slot more waits for tasks.
SLOTS = 8
MORE = 40
# The limit of a call that nothing should reach, and of one where some never end; in seconds. With the first, what waits for a
# call that hangs is not done within the patience of these tests.
AMPLE, SHORT = 600.0, 1.0


class Shift:
    """A worker behind a proxy, with an unsealed job whose tasks count upwards."""

    def __init__(self, server: Server, url: str, timeout: float, lease: float | None = None) -> None:
        self.client = Client(server.url)
        self.go = threading.Event()
        new = NewPipeline(name="shift")
        new.job("work", sealed=False, retry={"initial_delay_seconds": 0.1})
        self.job = self.client.create_pipeline(new).job("work")
        self.added = 0
        self.worker = Worker(url, concurrency=SLOTS + 1, timeout=timeout, lease=lease)

        @self.worker.job("work")
        async def work(number: int) -> int:
            import asyncio

            while not self.go.is_set():
                await asyncio.sleep(0.02)
            return number

        self.running = Working(self.worker)
        self.add(SLOTS)
        self.reaches("running", SLOTS)

    def add(self, count: int) -> None:
        """Adds tasks, past the proxy."""
        self.client.add_job_tasks(self.job.id, range(self.added, self.added + count), idempotency_key=f"from-{self.added}")
        self.added += count

    def reaches(self, state: str, count: int) -> None:
        def look() -> bool:
            return bool(getattr(self.client.get_job(self.job.id).counts, state) == count)

        eventually(f"{count} tasks are {state}", look)

    def breaker_opens(self) -> None:
        eventually("the breaker opens", lambda: self.worker.breaker_state.value != "closed")

    def ends_well(self, most_attempts: int = 1) -> None:
        """All is well again: everything goes on, and was done once.

        How soon is the machine's business here; that it is within 5 s where it has the time is by B37 and B38.
        """
        self.reaches("succeeded", self.added)
        self.add(MORE)
        self.reaches("succeeded", self.added)
        # Where calls have a limit of 1 s, some may still end by it.
        eventually("the breaker is closed", lambda: self.worker.breaker_state.value == "closed")
        self.running.stop()
        assert list(self.client.list_job_results(self.job.pipeline_id, "work")) == list(range(self.added))
        assert all(task.attempt <= most_attempts for task in self.client.list_tasks(job_id=self.job.id))
        self.client.close()


@contextmanager
def shift(server: Server, timeout: float = AMPLE, lease: float | None = None) -> Iterator[tuple[Shift, Proxy]]:
    with Proxy(server.url, delay=2 * SHORT) as proxy:
        one = Shift(server, proxy.url, timeout, lease)
        try:
            yield one, proxy
        finally:
            one.worker.stop()


def test_b42_a_worker_reports_what_it_did_while_the_server_was_away_and_no_task_runs_twice(
    server: Server,
) -> None:
    with shift(server) as (one, proxy):
        proxy.cut()
        one.go.set()
        one.breaker_opens()
        one.add(MORE)
        proxy.mend()
        one.ends_well()


def test_b43_tasks_whose_lease_ended_while_the_server_was_away_run_again_and_count_once(
    server: Server,
) -> None:
    with shift(server, lease=5) as (one, proxy):
        proxy.cut()
        one.go.set()
        one.breaker_opens()
        one.reaches("running", 0)
        one.add(MORE)
        proxy.mend()
        one.ends_well(most_attempts=2)


def test_b44_answers_that_are_lost_after_the_commit_lose_nothing_and_count_once(server: Server) -> None:
    with shift(server) as (one, proxy):
        proxy.set(Way.LOSES_ANSWERS)
        one.go.set()
        one.reaches("succeeded", SLOTS)
        one.breaker_opens()
        one.add(MORE)
        # The dequeue that waited is carried out too, and what it leased is not lost either.
        eventually("some are leased", lambda: one.client.get_job(one.job.id).counts.running)
        proxy.set(Way.THROUGH)
        one.ends_well()


def test_b45_a_server_that_answers_500_is_waited_for(server: Server) -> None:
    outlasts(server, Way.FAILS, AMPLE)


def test_b46_answers_slower_than_the_limit_of_a_call_lose_nothing_and_count_once(server: Server) -> None:
    outlasts(server, Way.SLOW, SHORT)


def test_b47_connections_that_hang_for_ever_are_abandoned(server: Server) -> None:
    outlasts(server, Way.HANGS, SHORT)


def outlasts(server: Server, way: Way, timeout: float) -> None:
    """Work that comes while nothing passes is done once it does again."""
    with shift(server, timeout) as (one, proxy):
        proxy.set(way)
        one.go.set()
        one.breaker_opens()
        one.add(MORE)
        proxy.set(Way.THROUGH)
        one.ends_well()


def test_b48_a_server_that_is_killed_and_restarted_is_waited_for(server: Server) -> None:
    one = Shift(server, server.url, AMPLE)
    server.kill()
    one.go.set()
    one.breaker_opens()
    server.start_again()
    one.add(MORE)
    one.ends_well()
