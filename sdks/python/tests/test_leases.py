"""How a worker holds leases: lines B9 to B13 of sdks/BEHAVIOUR.md."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from datetime import datetime, timedelta, timezone

import pytest
from fake import Fake, Reply, Seen, accepted, date, lease, problem, with_task
from harness import Working, eventually, working

from windlass_sdk import Cancellation, Context, LeasedTask, NoAnswerError, UnexpectedAnswerError, Worker
from windlass_sdk.errors import CallError
from windlass_sdk.metrics import Metrics
from windlass_sdk.worker.heart import CAUTIOUS_BEAT, SHORTEST_BEAT, Heart, Held, beat_of


def test_b09_heartbeats_come_at_a_third_of_the_lease() -> None:
    with Fake(with_task(1)) as fake:
        worker = Worker(fake.url, lease=1.5, stop_wait=0)

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> None:
            await ctx.cancelled()

        with working(worker):
            leased = fake.next_of("dequeue")
            assert leased.body["lease_seconds"] == 1.5
            at = [leased.at] + [fake.next_of("heartbeat").at for _ in range(3)]
            for before, after in zip(at, at[1:], strict=False):
                assert 0.4 < after - before < 15, at


def test_b09_the_beat_is_a_third_of_the_lease_by_the_servers_clock() -> None:
    # Far from this machine's time, which must not matter.
    now = datetime(2001, 1, 1, tzinfo=timezone.utc)
    task = LeasedTask.model_validate(lease(lease_expires_at=(now + timedelta(seconds=60)).isoformat()))
    assert beat_of(None, task, now) == 20
    assert beat_of(6, task, now) == 2
    assert beat_of(None, task, None) == CAUTIOUS_BEAT
    assert beat_of(None, task, now + timedelta(seconds=60)) == SHORTEST_BEAT
    assert beat_of(None, task, now + timedelta(seconds=61)) == CAUTIOUS_BEAT


def test_b09_a_worker_without_a_lease_of_its_own_goes_by_the_servers_date() -> None:
    there = datetime(2001, 1, 1, tzinfo=timezone.utc)
    leased = lease(1, lease_expires_at=(there + timedelta(seconds=2)).isoformat())

    def script(n: int, seen: Seen) -> Reply:
        reply = accepted(seen) if seen.verb != "dequeue" else Reply(body={"tasks": [leased] if n == 0 else []}, delay=n)
        reply.headers["date"] = date(there)
        return reply

    with Fake(script) as fake:
        worker = Worker(fake.url, stop_wait=0)

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> None:
            await ctx.cancelled()

        with working(worker):
            began = fake.next_of("dequeue").at
            assert 0.5 < fake.next_of("heartbeat").at - began < 15


def test_b10_one_heartbeat_renews_all_leases() -> None:
    with Fake(with_task(*range(20))) as fake:
        worker = Worker(fake.url, lease=1.5, concurrency=20, stop_wait=0)

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> None:
            await ctx.cancelled()

        with working(worker):
            for _ in range(2):
                assert len(fake.next_of("heartbeat").body["tasks"]) == 20


def test_b11_a_missed_heartbeat_is_made_up_for_sooner() -> None:
    beats: list[int] = []

    def fail(seen: Seen) -> Reply | None:
        if seen.verb == "heartbeat":
            beats.append(1)
            return problem(500, "internal_error") if len(beats) <= 6 else None
        return None

    with Fake(with_task(1, otherwise=fail)) as fake:
        worker = Worker(fake.url, lease=3, stop_wait=0)

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> None:
            await ctx.cancelled()

        with working(worker):
            at = [fake.next_of("heartbeat").at for _ in range(8)]
            # Also while the breaker is open: five failures open it.
            for before, after in zip(at[:6], at[1:7], strict=True):
                assert 0.2 <= after - before < 15, at
            assert at[7] - at[6] > 0.8, at


def test_b11_a_heartbeat_waits_as_the_server_asks() -> None:
    beats: list[int] = []

    def busy(seen: Seen) -> Reply | None:
        if seen.verb == "heartbeat":
            beats.append(1)
            return problem(503, "overloaded", headers={"retry-after": "1"}) if len(beats) == 1 else None
        return None

    with Fake(with_task(1, otherwise=busy)) as fake:
        worker = Worker(fake.url, lease=0.6, stop_wait=0)

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> None:
            await ctx.cancelled()

        with working(worker):
            first = fake.next_of("heartbeat").at
            assert fake.next_of("heartbeat").at - first >= 1


@pytest.mark.parametrize(
    ("document", "cause"),
    [
        ({"code": "lease_lost", "task_state": "running"}, Cancellation.LEASE_LOST),
        ({"code": "lease_lost", "task_state": "cancelled"}, Cancellation.CANCELLED),
        ({"code": "task_not_found"}, Cancellation.LEASE_LOST),
    ],
)
@pytest.mark.parametrize("blocking", [False, True])
def test_b12_a_lost_lease_cancels_the_handler_and_nothing_more_is_reported(
    document: dict[str, str], cause: Cancellation, blocking: bool
) -> None:
    def lose(seen: Seen) -> Reply | None:
        if seen.path != "/v1/tasks/heartbeat":
            return None
        problem = {"type": "about:blank", "title": "lost", "status": 409, "detail": "no", **document}
        return Reply(body={"results": [{"id": seen.body["tasks"][0]["id"], "problem": problem}]})

    causes: list[Cancellation | None] = []
    with Fake(with_task(1, otherwise=lose)) as fake:
        worker = Worker(fake.url, lease=0.6)

        async def work(payload: int, ctx: Context) -> int:
            causes.append(await ctx.cancelled())
            return 1

        def work_on_thread(payload: int, ctx: Context) -> int:
            causes.append(ctx.wait_cancelled(60))
            return 1

        worker.job("work")(work_on_thread if blocking else work)
        with working(worker):
            fake.next_of("heartbeat")
            eventually("the handler learns it", lambda: causes)
            # Its slot is free again.
            fake.next_of("dequeue")
        assert causes == [cause]
        assert {seen.verb for seen in fake.rest()} <= {"dequeue"}


def test_b12_a_lease_that_progress_shows_as_lost_is_lost() -> None:
    def lose(seen: Seen) -> Reply | None:
        return problem(409, "lease_lost", task_state="queued") if seen.verb == "progress" else None

    causes: list[Cancellation] = []
    with Fake(with_task(1, otherwise=lose)) as fake:
        worker = Worker(fake.url)

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> None:
            ctx.progress(1)
            causes.append(await ctx.cancelled())

        with working(worker):
            fake.next_of("progress")
            eventually("the handler learns it", lambda: causes)
        assert causes == [Cancellation.LEASE_LOST]


@pytest.mark.parametrize("blocking", [False, True])
def test_b13_a_handler_that_ignores_its_cancellation_is_left_behind(blocking: bool) -> None:
    def lose(seen: Seen) -> Reply | None:
        return problem(409, "lease_lost") if seen.verb == "progress" else None

    ended, go = threading.Event(), threading.Event()
    with Fake(with_task(1, otherwise=lose)) as fake:
        worker = Worker(fake.url, cancel_grace=0.5)

        async def work(payload: int, ctx: Context) -> None:
            ctx.progress(1)
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

        def work_on_thread(payload: int, ctx: Context) -> None:
            ctx.progress(1)
            go.wait(60)

        worker.job("work")(work_on_thread if blocking else work)
        with working(worker):
            lost = fake.next_of("progress").at
            # Its slot is free after the grace, and not before.
            assert 0.4 < fake.next_of("dequeue").at - lost < 15
            if not blocking:
                assert ended.wait(5), "a coroutine is ended"
    go.set()


class Unreachable:
    """In place of a transport: every call fails so."""

    metrics = Metrics()

    def __init__(self, error: CallError) -> None:
        self.error = error

    async def send(self, call: object) -> None:
        raise self.error


class Beating:
    """A heart by a clock that a test sets."""

    def __init__(self, error: CallError | None = None) -> None:
        self.now = 0.0
        unreachable = Unreachable(error or NoAnswerError("server", "gone"))
        self.heart = Heart(unreachable, clock=lambda: self.now)  # type: ignore[arg-type]

    def hold(self, beat: float) -> Held:
        return self.heart.hold(LeasedTask.model_validate(lease()), beat)


def run(script: Coroutine[None, None, None]) -> None:
    asyncio.run(script)


def test_b10_a_call_takes_along_what_is_due_before_half_its_beat_has_passed() -> None:
    async def script() -> None:
        beating = Beating()
        held = beating.hold(10)
        beating.now = 4.9
        assert beating.heart.due() == []
        beating.now = 5
        assert beating.heart.due() == [held]

    run(script())


def test_b10_a_call_takes_a_thousand_leases() -> None:
    async def script() -> None:
        beating = Beating()
        all_held = [beating.hold(10) for _ in range(1001)]
        beating.now = 10
        assert beating.heart.due() == all_held[:1000]

    run(script())


def test_b11_what_is_missed_is_made_up_for_after_a_quarter_of_the_beat_and_not_before_retry_after() -> None:
    async def script(error: CallError, beat: float, after: float) -> None:
        beating = Beating(error)
        held = beating.hold(beat)
        beating.now = beat
        await beating.heart._round()
        assert held.due == beat + after

    run(script(NoAnswerError("server", "gone"), 8, 2))
    run(script(NoAnswerError("server", "gone"), 0.1, SHORTEST_BEAT))
    run(script(UnexpectedAnswerError(503, "", retry_after=5), 8, 5))
    run(script(UnexpectedAnswerError(503, "", retry_after=1), 8, 2))


@pytest.mark.parametrize("part", ["heart.Heart.beat", "journal.Journal.send"])
def test_a_fault_beside_the_slots_ends_the_worker_with_it_rather_than_its_leases_unseen(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = threading.Event()

    async def broken(self: object) -> None:
        while not began.is_set():
            await asyncio.sleep(0.01)
        raise RuntimeError("boom")

    monkeypatch.setattr(f"windlass_sdk.worker.{part}", broken)
    causes: list[Cancellation] = []
    with Fake(with_task(1)) as fake:
        worker = Worker(fake.url)

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> int:
            began.set()
            causes.append(await ctx.cancelled())
            return payload

        error = Working(worker).ended()
        assert isinstance(error, RuntimeError)
        assert str(error) == "boom"
        # Its handler is heard, as at any stop.
        assert fake.next_of("complete").body["result"] == 1
    assert causes == [Cancellation.STOPPING]
