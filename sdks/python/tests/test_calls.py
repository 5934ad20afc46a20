"""How a client calls: lines B33 to B39 of sdks/BEHAVIOUR.md."""

from __future__ import annotations

import asyncio
import threading

import pytest
from fake import Fake, Reply, Seen, pipeline, problem, with_task
from harness import working

from windlass_sdk import (
    AsyncClient,
    Backoff,
    BreakerSettings,
    BreakerState,
    Client,
    Context,
    DeniedError,
    NewPipeline,
    NoAnswerError,
    ProblemError,
    UnavailableError,
    UnexpectedAnswerError,
    WindlassError,
    Worker,
)
from windlass_sdk.breaker import Breaker
from windlass_sdk.errors import CallError
from windlass_sdk.event_stream import Messages
from windlass_sdk.repeat import Safety, guarded

NEW = NewPipeline(name="test", sealed=False)
SETTINGS = BreakerSettings(failures=3, min_pause=1, max_pause=4)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.admit().failed()


def test_b33_a_read_is_repeated_until_the_server_is_well() -> None:
    replies = [Reply(None), problem(500, "internal_error"), Reply(502, raw=b"bad gateway")]
    with Fake(lambda n, seen: replies[n] if n < 3 else Reply(body=pipeline())) as fake, Client(fake.url) as client:
        assert client.get_pipeline("x").name == "test"
        at = [seen.at for seen in fake.rest()]
    for before, after, least in zip(at, at[1:], (0.1, 0.2, 0.4), strict=False):
        assert least <= after - before < 2 * least + 15, at


def test_b33_delays_double_up_to_their_bound_each_with_a_random_part_of_its_own_length() -> None:
    for delay, least in zip(Backoff().delays(), (0.1, 0.2, 0.4, 0.8, 1.6, 2.5, 2.5), strict=False):
        assert least <= delay <= 2 * least
    assert Backoff().total_delay == 15


def test_b34_a_create_of_unknown_outcome_is_not_repeated_without_a_key() -> None:
    for reply in (Reply(None), problem(500, "internal_error"), problem(503, "database_unavailable")):
        with Fake(lambda n, seen, reply=reply: reply) as fake, Client(fake.url) as client:
            with pytest.raises(CallError):
                client.create_pipeline(NEW)
            assert len(fake.rest()) == 1


def test_b34_one_that_surely_did_nothing_and_one_with_a_key_are_repeated() -> None:
    def script(n: int, seen: Seen) -> Reply:
        return problem(503, "overloaded") if n == 0 else Reply(201, pipeline())

    with Fake(script) as fake, Client(fake.url) as client:
        client.create_pipeline(NEW)
        assert len(fake.rest()) == 2
    with Fake(lambda n, seen: Reply(None) if n == 0 else Reply(201, pipeline())) as fake, Client(fake.url) as client:
        client.create_pipeline(NEW, idempotency_key="nightly")
        assert {(seen.key, seen.raw) for seen in fake.rest()} == {("nightly", b'{"name":"test","sealed":false,"jobs":[]}')}


def test_b34_a_refusal_is_not_repeated() -> None:
    with Fake(lambda n, seen: problem(404, "pipeline_not_found")) as fake, Client(fake.url) as client:
        with pytest.raises(ProblemError, match="pipeline_not_found"):
            client.get_pipeline("x")
        assert len(fake.rest()) == 1
    with Fake(lambda n, seen: Reply(404, raw=b"<html>")) as fake, Client(fake.url) as client:
        with pytest.raises(UnexpectedAnswerError, match="<html>"):
            client.get_pipeline("x")


def test_b35_retry_after_is_waited_for() -> None:
    busy = problem(429, "rate_limited", headers={"retry-after": "1"})
    with Fake(lambda n, seen: busy if n == 0 else Reply(body=pipeline())) as fake, Client(fake.url) as client:
        client.get_pipeline("x")
        first, second = fake.rest()
        assert second.at - first.at >= 1


def test_b36_a_run_of_failures_opens_the_breaker_and_an_answer_in_between_does_not_count_as_one() -> None:
    breaker = Breaker(SETTINGS, "server", clock=Clock())
    fail(breaker, 2)
    breaker.admit().answered()
    fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED
    fail(breaker, 1)
    assert breaker.state is BreakerState.OPEN
    with pytest.raises(UnavailableError) as refused:
        breaker.admit()
    assert 0.5 <= refused.value.next_probe <= 1
    # Heartbeats pass.
    breaker.admit(always=True).failed()


def test_b37_the_pause_grows_with_each_probe_that_fails_and_stays_below_its_bound() -> None:
    clock = Clock()
    breaker = Breaker(SETTINGS, "server", clock=clock)
    fail(breaker, 3)
    for pause in (2, 4, 4):
        clock.now += 4
        fail(breaker, 1)
        with pytest.raises(UnavailableError) as refused:
            breaker.admit()
        assert pause / 2 <= refused.value.next_probe <= pause
    # One probe at a time; one that hangs is followed by the next.
    clock.now += 4
    breaker.admit()
    with pytest.raises(UnavailableError):
        breaker.admit()
    clock.now += 4
    breaker.admit().answered()
    assert breaker.state is BreakerState.CLOSED


def test_b38_any_answer_closes_the_breaker_and_wakes_who_waits() -> None:
    async def script() -> None:
        breaker = Breaker(SETTINGS, "server", clock=Clock())
        fail(breaker, 3)
        waiting = asyncio.ensure_future(breaker.wait(3600))
        await asyncio.sleep(0)
        breaker.admit(always=True).answered()
        await asyncio.wait_for(waiting, 5)
        assert breaker.state is BreakerState.CLOSED

    asyncio.run(script())


def test_b39_a_call_that_hangs_is_made_again_as_soon_as_the_server_answers_others() -> None:
    async def script() -> None:
        breaker = Breaker(SETTINGS, "server", clock=Clock())

        async def hangs() -> None:
            await asyncio.sleep(3600)

        hanging = asyncio.ensure_future(guarded(breaker, hangs, server="server", safety=Safety.SAFE))
        await asyncio.sleep(0)
        fail(breaker, 3)
        breaker.admit(always=True).answered()
        with pytest.raises(NoAnswerError, match="answers others again"):
            await asyncio.wait_for(hanging, 5)

    asyncio.run(script())


def test_b39_a_call_takes_no_longer_than_its_limit() -> None:
    async def script(url: str) -> None:
        async with AsyncClient(url, timeout=2) as client:
            with pytest.raises(NoAnswerError, match="within 2 s"):
                await client.create_pipeline(NEW)

    with Fake(lambda n, seen: Reply(body=pipeline(), delay=30)) as fake:
        asyncio.run(script(fake.url))


@pytest.mark.parametrize("blocking", [False, True])
def test_a_context_client_that_a_handler_closes_leaves_the_worker_its_connections(blocking: bool) -> None:
    def other(seen: Seen) -> Reply | None:
        return Reply(body={"items": [], "next_cursor": None}) if seen.verb == "queues" else None

    with Fake(with_task(1, 2, otherwise=other)) as fake:
        worker = Worker(fake.url)

        async def work(payload: int, ctx: Context) -> int:
            async with ctx.client as client:
                assert [queue async for queue in client.list_queues()] == []
            return payload

        def work_on_thread(payload: int, ctx: Context) -> int:
            with ctx.blocking_client as client:
                assert list(client.list_queues()) == []
            return payload

        worker.job("work")(work_on_thread if blocking else work)
        with working(worker):
            assert [fake.next_of("complete").body["result"] for _ in range(2)] == [1, 2]


def test_a_closed_client_ends_the_calls_of_other_threads() -> None:
    errors: list[BaseException] = []
    with Fake(lambda n, seen: Reply(body=pipeline(), delay=60)) as fake:
        client = Client(fake.url)

        def call() -> None:
            try:
                client.get_pipeline("x")
            except BaseException as error:
                errors.append(error)

        calling = threading.Thread(target=call, daemon=True)
        calling.start()
        fake.next()
        client.close()
        calling.join(60)
        assert not calling.is_alive()
        assert isinstance(errors[0], WindlassError)
        with pytest.raises(WindlassError, match="closed"):
            client.get_pipeline("x")
        client.close()


def test_an_event_that_did_not_come_whole_comes_again() -> None:
    messages = Messages()
    assert messages.take(b"id: 1\ndata: a\n\nid: 2\ndata: b\n") == [("", "a")]
    assert messages.last_id == "1"
    assert messages.take(b"\n") == [("", "b")]
    assert messages.last_id == "2"
    # One without an id leaves the last one.
    assert messages.take(b"event: progress\ndata: c\n\n") == [("progress", "c")]
    assert messages.last_id == "2"


def test_a_key_that_is_refused_ends_a_stream_of_events() -> None:
    stream = Reply(raw=b"retry: 10\n\n", headers={"content-type": "text/event-stream"})
    with Fake(lambda n, seen: stream if n < 2 else problem(401, "unauthorized")) as fake, Client(fake.url) as client:
        with pytest.raises(DeniedError):
            next(iter(client.stream_events()))
        assert len(fake.rest()) == 3
