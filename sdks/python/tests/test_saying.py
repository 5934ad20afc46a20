"""What a handler says: lines B14 to B29 of sdks/BEHAVIOUR.md."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import Server, server, server_with_keys  # noqa: F401 - the latter are fixtures
from fake import Fake, Reply, Seen, problem, with_task
from harness import ended_task, eventually, working
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel, field_validator
from typing_extensions import TypedDict

from windlass_sdk import Client, Context, Failure, NewPipeline, Release, Retry, TaskLogHandler, Worker
from windlass_sdk.models import LoggedLine, Task
from windlass_sdk.testing import run
from windlass_sdk.worker.task_log import enter

ONCE = Retry(max_attempts=1)


def done(server: Server, handler: Callable[..., Any], payload: Any = None, **job: Any) -> Task:
    """What the only task of a job comes to, by this handler."""
    worker = Worker(server.url)
    worker.job("work")(handler)
    with Client(server.url) as client, working(worker):
        return ended_task(client, client.create_job("work", payload, **job))


def test_b14_progress_never_waits_and_the_latest_wins() -> None:
    with Fake(with_task(1)) as fake:
        worker = Worker(fake.url)
        told, go = threading.Event(), threading.Event()

        @worker.job("work")
        def work(payload: int, ctx: Context) -> None:
            ctx.progress(0)
            told.wait(60)
            began = time.monotonic()
            for step in range(1000):
                ctx.progress(step, 1000, f"step {step}")
            assert time.monotonic() - began < 15
            go.wait(60)

        with working(worker):
            fake.next_of("progress")
            told.set()
            calls = 1
            while (said := fake.next_of("progress").body)["current"] < 999:
                # Where the machine stalled amid them.
                calls += 1
            assert (said["total"], said["message"]) == (1000, "step 999")
            assert calls < 10
            go.set()
            fake.next_of("complete")
            assert not [seen for seen in fake.rest() if seen.verb == "progress"]


def test_b14_progress_is_sent_at_most_once_in_its_interval() -> None:
    with Fake(with_task(1)) as fake:
        worker = Worker(fake.url)
        enough = threading.Event()

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> None:
            while not enough.is_set():
                ctx.progress(1)
                await asyncio.sleep(0.01)

        with working(worker):
            at = [fake.next_of("progress").at for _ in range(4)]
            enough.set()
            # Three intervals of 1 s; each begins before its call arrives, so that a late one shortens it.
            assert at[3] - at[0] >= 1, at


def test_b14_progress_extends_the_lease() -> None:
    with Fake(with_task(1)) as fake:
        worker = Worker(fake.url, lease=1.5, progress_interval=0.1, stop_wait=0)
        enough = threading.Event()

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> None:
            while not enough.is_set():
                ctx.progress(1)
                await asyncio.sleep(0.05)
            await ctx.cancelled()

        with working(worker):
            alone: list[float] = []
            # More than two beats of 0.5 s in which nothing but progress came. A stall of the machine makes a heartbeat due.
            while len(alone) < 12 or alone[-1] - alone[0] < 1.2:
                seen = fake.next_of("progress", "heartbeat")
                alone = [*alone, seen.at] if seen.verb == "progress" else []
            enough.set()
            fake.next_of("heartbeat")


def test_b15_a_value_completes_the_task_with_what_it_led_to(server: Server) -> None:
    worker = Worker(server.url)

    @worker.job("list")
    async def list_(album: str, ctx: Context) -> int:
        ctx.metric("cpu_seconds", 1.5)
        ctx.add_tasks("resize", [{"url": f"{album}/{n}"} for n in range(3)], seal=True)
        return 3

    @worker.job("resize")
    def resize(url: str, width: int = 100) -> dict[str, Any]:
        return {"url": url, "width": width}

    # Two parameters: each takes a member of the payload.
    new = NewPipeline(name="thumbnails")
    scan = new.job("list", payload="sea")
    new.job("resize", after=scan, sealed=False)
    with Client(server.url) as client, working(worker):
        pipeline = client.wait(client.create_pipeline(new), timeout=600)
        assert pipeline.state == "succeeded"
        results = list(client.list_job_results(pipeline.id, "resize"))
        assert results == [{"url": f"sea/{n}", "width": 100} for n in range(3)]
        [task] = client.list_tasks(job_id=pipeline.job("list").id)
        assert task.result == 3
        [attempt] = client.list_task_attempts(task.id)
        assert attempt.metrics == {"cpu_seconds": 1.5}
        assert attempt.outcome == "succeeded"


def test_b16_an_error_of_any_kind_is_a_system_error(server: Server) -> None:
    def work(payload: Any) -> None:
        try:
            raise OSError("disk gone\0")
        except OSError as error:
            raise RuntimeError("ü" * 5000) from error

    task = done(server, work, retry=ONCE)
    assert task.state == "failed"
    assert task.error is not None
    assert task.error.category == "system_error"
    assert task.error.message.startswith("RuntimeError: üü")
    assert 4000 < len(task.error.message.encode()) <= 4096
    assert task.error.detail["exception"] == "builtins.RuntimeError"
    assert "in work" in task.error.detail["traceback"]


def test_b16_the_causes_of_an_error_are_in_its_message() -> None:
    worker = Worker()

    @worker.job("work")
    async def work() -> None:
        raise RuntimeError("cannot read the tile") from OSError("disk gone")

    @worker.job("exit")
    async def leave() -> None:
        raise SystemExit(3)

    ran = run(worker, "work")
    assert ran.error is not None
    assert ran.error["message"] == "RuntimeError: cannot read the tile: OSError: disk gone"
    assert "disk gone" in ran.error["detail"]["traceback"]
    ran = run(worker, "exit")
    assert ran.error is not None
    assert ran.error["message"] == "SystemExit: 3"


class Silent(Exception):
    def __str__(self) -> str:
        raise KeyError("no text")


class Half(Failure):
    def __init__(self) -> None:
        """Sets none of its fields."""


class Odd(BaseModel):
    url: str

    @field_validator("url")
    @classmethod
    def read(cls, url: str) -> str:
        raise KeyError(url)


def fails_oddly(way: str) -> None:
    if way == "Silent":
        raise Silent
    if way == "Half":
        raise Half
    raise Failure("x", retry_after="30 s")  # type: ignore[arg-type]


@pytest.mark.parametrize("blocking", [False, True])
@pytest.mark.parametrize("way", ["Silent", "Half", "ValueError", "KeyError"])
def test_b16_whatever_a_handler_raises_its_task_is_reported_and_its_slot_is_free(way: str, blocking: bool) -> None:
    with Fake(with_task({"url": "a"})) as fake:
        worker = Worker(fake.url)

        async def work(payload: Any) -> None:
            fails_oddly(way)

        def work_on_thread(payload: Any) -> None:
            fails_oddly(way)

        handler = work_on_thread if blocking else work
        handler.__annotations__ = {"payload": Odd if way == "KeyError" else Any}
        worker.job("work")(handler)
        with working(worker):
            fake.next_of("dequeue")
            error = fake.next_of("fail").body["error"]
            fake.next_of("dequeue")
    assert error["category"] == "system_error"
    assert error["message"].startswith(way)
    assert "Traceback" in error["detail"]["traceback"]


class Image(BaseModel):
    url: str
    width: int = 100


@dataclass
class Photo:
    url: str


class Picture(TypedDict):
    url: str


@pytest.mark.parametrize("hint", [Image, Photo, Picture, dict[str, str]])
def test_b17_a_payload_of_another_shape_is_a_data_error(hint: Any) -> None:
    worker = Worker()
    seen: list[Any] = []

    def work(payload: Any, ctx: Context) -> Any:
        seen.append(payload)
        return payload

    work.__annotations__ = {"payload": hint, "ctx": Context, "return": hint}
    worker.job("work")(work)
    ran = run(worker, "work", {"url": "a"})
    assert ran.state == "succeeded"
    assert ran.result["url"] == "a"
    assert len(seen) == 1
    for wrong in (1, None, {"url": ["secret"]}):
        ran = run(worker, "work", wrong)
        assert ran.error is not None
        assert ran.error["category"] == "data_error"
        assert ran.error["message"].startswith("cannot read the payload: ")
        # What it was is not repeated: it may be long, or secret.
        assert "secret" not in ran.error["message"]
    assert len(seen) == 1


def test_b17_a_result_without_a_json_form_is_a_data_error() -> None:
    worker = Worker()
    worker.job("a")(lambda: object())
    worker.job("b")(lambda: float("nan"))

    @worker.job("c")
    def other() -> int:
        return "text"  # type: ignore[return-value]

    for type in "abc":
        ran = run(worker, type)
        assert ran.error is not None
        assert ran.error["category"] == "data_error"
        assert ran.error["message"].startswith("cannot write the result: ")


def test_b18_a_failure_may_direct_its_retry(server: Server) -> None:
    attempts: list[int] = []

    async def work(payload: str, ctx: Context) -> None:
        attempts.append(ctx.attempt)
        if ctx.attempt == 1:
            # Its category is one that the policy does not retry.
            raise Failure("data_error", "again", retry_after=0.1)
        raise Failure("network_error", "no more", retry=False, detail={"at": payload})

    task = done(server, work, "x", retry=Retry(max_attempts=5))
    assert attempts == [1, 2]
    assert task.error is not None
    assert (task.error.category, task.error.message) == ("network_error", "no more")
    assert task.error.detail == {"at": "x"}


def test_b18_a_failure_may_be_made_of_an_error() -> None:
    worker = Worker()

    @worker.job("work")
    def work() -> None:
        raise Failure("data_error", OSError("disk gone"))

    ran = run(worker, "work")
    assert ran.error == {"category": "data_error", "message": "disk gone"}
    for wrong in (Failure, Release):
        with pytest.raises(ValueError, match="30 s"):
            wrong("x", retry_after="30 s") if wrong is Failure else wrong("30 s")


def test_b18_without_a_word_the_policy_decides(server: Server) -> None:
    def work() -> None:
        raise Failure("data_error", "bad")

    task = done(server, work)
    assert (task.state, task.attempt) == ("failed", 1)


def test_b19_a_task_may_be_released(server: Server) -> None:
    began: list[float] = []

    async def work(payload: Any, ctx: Context) -> int:
        began.append(time.monotonic())
        if len(began) == 1:
            raise Release(delay=1)
        return ctx.attempt

    task = done(server, work)
    assert (task.state, task.result) == ("succeeded", 1)
    assert began[1] - began[0] > 0.9


def test_b20_a_blocking_handler_completes_and_its_lease_is_extended(server: Server) -> None:
    # Its beat is 2 s: a machine that stalls for longer than a second does not end it.
    worker = Worker(server.url, lease=6, concurrency=4)

    @worker.job("work")
    async def blocks_the_loop(payload: int) -> int:
        # What an asynchronous handler should not do, and some do.
        time.sleep(7)
        return payload

    @worker.job("on-thread")
    def on_thread(payload: int) -> int:
        time.sleep(7)
        return payload

    with Client(server.url) as client, working(worker):
        jobs = [client.create_job(type, 1, retry=ONCE) for type in ("work", "on-thread")]
        for job in jobs:
            task = ended_task(client, job)
            assert (task.state, task.attempt) == ("succeeded", 1), task


def two_of(lines: list[LoggedLine]) -> list[LoggedLine]:
    """The lines, once there are two of them."""
    return lines if len(lines) >= 2 else []


def test_b21_what_a_handler_logs_is_in_the_tasks_log_and_its_last_words_go_with_the_report(server: Server) -> None:
    worker = Worker(server.url, log_level=logging.DEBUG)
    go, program = threading.Event(), logging.getLogger("program")
    program.setLevel(logging.INFO)
    handler = TaskLogHandler()
    program.addHandler(handler)

    @worker.job("work")
    async def work(payload: str, ctx: Context) -> None:
        ctx.log.info("found %d images", 2, extra={"images": 2})
        program.warning("from elsewhere")
        await asyncio.to_thread(go.wait, 20)
        try:
            raise OSError("disk gone")
        except OSError:
            ctx.log.exception("last words")
        ctx.log.debug("the very last", extra={"long": "x" * 5000})

    try:
        with Client(server.url) as client, working(worker):
            job = client.create_job("work", "x")
            [task] = eventually("a task", lambda: list(client.list_tasks(job_id=job.id)))
            early = eventually("its first lines", lambda: two_of(list(client.list_task_log(task.id))))
            assert [line.message for line in early] == ["found 2 images", "from elsewhere"]
            assert early[0].fields == {"images": 2}
            go.set()
            ended_task(client, job)
            lines = list(client.list_task_log(task.id))
    finally:
        program.removeHandler(handler)
    assert [line.level for line in lines] == ["info", "warn", "error", "debug"]
    assert lines[2].message.startswith("last words\nTraceback")
    assert lines[2].message.endswith("OSError: disk gone")
    assert lines[3].message == "the very last (fields left out: no JSON, or more than 4 KiB)"


def test_b21_what_is_said_of_calls_is_not_of_the_task() -> None:
    lines: list[dict[str, Any]] = []
    handler = TaskLogHandler()

    def of(name: str) -> None:
        handler.emit(logging.LogRecord(name, logging.INFO, "", 0, name, (), None))

    async def script() -> None:
        enter(lines.append)
        for name in ("windlass_sdk", "windlass_sdk.task", "httpx", "httpcore.connection", "windlass_sdk_tools", "httpx2", "a"):
            of(name)

    asyncio.run(script())
    assert [line["message"] for line in lines] == ["windlass_sdk_tools", "httpx2", "a"]


def test_b21_lines_of_all_tasks_are_sent_in_one_call() -> None:
    with Fake(with_task(*range(3))) as fake:
        worker = Worker(fake.url, concurrency=3, stop_wait=0)
        begun: list[int] = []
        all_have = asyncio.Event()

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> None:
            begun.append(payload)
            if len(begun) == 3:
                all_have.set()
            await all_have.wait()
            ctx.log.info("line of %d", payload)
            await ctx.cancelled()

        with working(worker):
            call = fake.next_of("log")
            assert call.key
            assert sorted(item["lines"][0]["message"] for item in call.body["tasks"]) == [f"line of {n}" for n in range(3)]


def test_b22_more_lines_than_a_report_takes_are_all_there_in_order(server: Server) -> None:
    def work(payload: Any, ctx: Context) -> None:
        for number in range(2500):
            ctx.log.info("line %d", number)

    task = done(server, work)
    with Client(server.url) as client:
        lines = [line.message for line in client.list_task_log(task.id)]
    assert lines == [f"line {number}" for number in range(2500)]


def test_b22_lines_that_are_sent_before_a_report_are_repeated_as_it_is_and_counted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # So that none is sent by the way, where the machine stalls amid them.
    monkeypatch.setattr("windlass_sdk.worker.journal.INTERVAL", 60.0)
    tries: list[Seen] = []

    def moody(seen: Seen) -> Reply | None:
        if seen.verb != "log":
            return None
        tries.append(seen)
        ways = [Reply(None), problem(503, "database_unavailable"), problem(401, "unauthorized"), None, Reply(500)]
        return ways[len(tries) - 1] if len(tries) <= len(ways) else None

    with Fake(with_task(1, otherwise=moody)) as fake:
        worker = Worker(fake.url)

        @worker.job("work")
        def work(payload: int, ctx: Context) -> None:
            for number in range(2500):
                ctx.log.info("%d", number)

        with working(worker):
            last = fake.next_of("complete").body["lines"]
    keys = [seen.key for seen in tries]
    assert [len(set(some)) for some in (keys[:4], keys[4:], keys)] == [1, 1, 2]
    assert len({seen.raw for seen in tries[:4]}) == 1
    early = [line for seen in (tries[0], tries[4]) for line in seen.body["tasks"][0]["lines"]]
    assert [line["message"] for line in (*early, *last)] == [str(number) for number in range(2500)]


def test_b23_what_waits_is_bounded_and_what_was_dropped_is_told() -> None:
    with Fake(with_task(1, otherwise=lambda seen: Reply(None) if seen.verb == "log" else None)) as fake:
        worker = Worker(fake.url)

        @worker.job("work")
        def work(payload: int, ctx: Context) -> None:
            for _ in range(10):
                ctx.log.info("x" * (1 << 20))

        with working(worker):
            lines = fake.next_of("complete").body["lines"]
            assert len(lines) == 4
            assert lines[3]["level"] == "warn"
            assert lines[3]["message"].startswith("7 lines were dropped")


def test_b24_the_next_attempt_gets_the_checkpoint_of_the_one_before(server: Server) -> None:
    def work(payload: Any, ctx: Context) -> Any:
        if ctx.attempt == 1:
            assert ctx.resumed_from() is None
            ctx.checkpoint({"row": 1})
            ctx.checkpoint({"row": 2})
            raise Failure("network_error", "gone", retry_after=0)
        image = ctx.resumed_from(dict[str, int])
        assert image is not None
        return image["row"]

    task = done(server, work)
    assert task.result == 2


def test_b24_a_checkpoint_is_sent_beside_the_handler() -> None:
    with Fake(with_task(1)) as fake:
        worker = Worker(fake.url, stop_wait=0)
        go = threading.Event()
        contexts: list[Context] = []

        @worker.job("work")
        def work(payload: int, ctx: Context) -> None:
            ctx.checkpoint([1])
            contexts.append(ctx)
            go.wait(60)
            raise Release()

        with working(worker):
            sent = fake.next_of("heartbeat")
            assert sent.path != "/v1/tasks/heartbeat"
            assert sent.body["checkpoint"] == [1]
            eventually("the worker knows that the server has it", lambda: not contexts[0].unsent()[1])
            go.set()
            assert "checkpoint" not in fake.next_of("release").body


def test_b24_a_checkpoint_that_is_equal_to_python_alone_is_sent() -> None:
    contexts: list[Context] = []
    worker = Worker()

    @worker.job("work")
    def work(ctx: Context) -> None:
        contexts.append(ctx)
        for first, second in ((1, True), ([0], [False]), (1, 1.0)):
            ctx.checkpoint(first)
            ctx.checkpoint_sent(ctx.unsent()[1])
            assert ctx.unsent()[1] == {}
            ctx.checkpoint(second)
            assert ctx.unsent()[1] == {"checkpoint": second}

    ran = run(worker, "work")
    assert ran.state == "succeeded", ran.error


def test_b15_what_has_no_json_form_is_refused_where_it_is_said() -> None:
    worker = Worker()

    @worker.job("work")
    def work(ctx: Context) -> int:
        for wrong in (
            lambda: ctx.metric("a", float("nan")),
            lambda: ctx.metric("\ud800", 1),
            lambda: ctx.outcome("\ud800", "succeeded"),
            lambda: ctx.outcome("a", "succeeded", detail=float("inf")),
            lambda: ctx.add_tasks("other", [1, float("nan")]),
            lambda: ctx.add_tasks("\ud800", [1]),
        ):
            with pytest.raises(ValueError, match=r"JSON|surrogate"):
                wrong()
        return 1

    ran = run(worker, "work")
    assert (ran.state, ran.result) == ("succeeded", 1), ran.error
    assert (ran.metrics, ran.outcomes, ran.added) == ({}, [], {})


def test_b25_a_checkpoint_that_is_too_large_is_refused_at_once() -> None:
    worker = Worker()

    @worker.job("work")
    def work(payload: Any, ctx: Context) -> None:
        ctx.checkpoint("x" * (64 * 1024 - 2))
        with pytest.raises(ValueError, match="at most 65536 bytes, this one has 65537"):
            ctx.checkpoint("x" * (64 * 1024 - 1))
        with pytest.raises(ValueError, match="JSON"):
            ctx.checkpoint(float("inf"))

    ran = run(worker, "work", 1)
    assert ran.state == "succeeded", ran.error
    assert len(ran.checkpoint) == 64 * 1024 - 2


def test_b26_outcomes_go_with_the_report(server: Server) -> None:
    def work(payload: str, ctx: Context) -> None:
        ctx.outcome("brca1", "succeeded", kind="vep", version="112", detail={"rows": 3})
        ctx.outcome("brca2", "failed", reason="no sequence")
        if payload == "fail":
            raise Failure("data_error", "no")
        if payload == "release" and ctx.metric("a", 1) is None:
            raise Release(delay=3600)

    worker = Worker(server.url)
    worker.job("work")(work)
    with Client(server.url) as client, working(worker):
        for payload in ("succeed", "fail"):
            task = ended_task(client, client.create_job("work", payload))
            outcomes = {outcome.subject: outcome for outcome in client.list_outcomes(task_id=task.id)}
            assert {subject: one.disposition for subject, one in outcomes.items()} == {"brca1": "succeeded", "brca2": "failed"}
            assert (outcomes["brca1"].kind, outcomes["brca1"].version) == ("vep", "112")
            assert outcomes["brca1"].detail == {"rows": 3}
            assert outcomes["brca2"].reason == "no sequence"
            assert client.get_job(task.job_id).outcomes == {"succeeded": 1, "failed": 1}
        job = client.create_job("work", "release")
        [task] = eventually("it is released", lambda: list(client.list_tasks(job_id=job.id, state="scheduled")))
        assert not list(client.list_outcomes(task_id=task.id))


def test_b27_more_outcomes_than_a_report_takes_are_sent_before_it_in_their_order(server: Server) -> None:
    def work(payload: Any, ctx: Context) -> None:
        for number in range(20_001):
            ctx.outcome(f"item {number}", "succeeded")

    with Fake(with_task(1)) as fake:
        worker = Worker(fake.url)
        worker.job("work")(work)
        with working(worker):
            calls = [fake.next_of("outcomes", "complete") for _ in range(3)]
    assert [call.verb for call in calls] == ["outcomes", "outcomes", "complete"]
    assert calls[0].key
    assert calls[0].key != calls[1].key
    subjects = [outcome["subject"] for call in calls for outcome in call.body["outcomes"]]
    assert subjects == [f"item {number}" for number in range(20_001)]
    task = done(server, work)
    with Client(server.url) as client:
        assert client.get_job(task.job_id).outcomes == {"succeeded": 20_001}


@pytest.mark.parametrize("blocking", [False, True])
def test_b28_a_handler_reads_the_results_of_an_earlier_job(server: Server, blocking: bool) -> None:
    worker = Worker(server.url, concurrency=4)
    worker.job("count")(lambda payload: {"url": str(payload)})

    async def report(ctx: Context) -> list[str]:
        return [image.url async for image in ctx.results("count", Image)]

    def report_on_thread(ctx: Context) -> list[str]:
        assert [one["url"] for one in ctx.results("count")][:2] == ["0", "1"]
        assert ctx.blocking_client.get_task(ctx.task.id).state == "running"
        return [image.url for image in ctx.results("count", Image)]

    worker.job("report")(report_on_thread if blocking else report)
    new = NewPipeline(name="counts")
    new.job("report", after=new.job("count", payloads=range(600)))
    # So many that there are two pages.
    worker_many = Worker(server.url, concurrency=50)
    worker_many.job("count")(lambda payload: {"url": str(payload)})
    with Client(server.url) as client, working(worker), working(worker_many):
        pipeline = client.wait(client.create_pipeline(new), timeout=600)
        assert pipeline.state == "succeeded"
        [result] = client.list_job_results(pipeline.id, "report")
    assert result == [str(n) for n in range(600)]


TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("blocking", [False, True])
def test_b29_what_a_handler_calls_carries_the_trace_of_its_task(blocking: bool) -> None:
    def other(seen: Seen) -> Reply | None:
        return Reply(body={"items": [], "next_cursor": None}) if seen.verb == "queues" else None

    with Fake(with_task(1, otherwise=other, traceparent=TRACEPARENT, tracestate="a=b")) as fake:
        worker = Worker(fake.url)

        async def work(payload: int, ctx: Context) -> None:
            assert [queue async for queue in ctx.client.list_queues()] == []

        def work_on_thread(payload: int, ctx: Context) -> None:
            assert list(ctx.blocking_client.list_queues()) == []

        worker.job("work")(work_on_thread if blocking else work)
        with working(worker):
            seen = fake.next_of("queues")
            assert seen.headers["traceparent"] == TRACEPARENT
            assert seen.headers["tracestate"] == "a=b"
            assert fake.next_of("complete").headers.get("traceparent") is None


def exporting() -> InMemorySpanExporter:
    """Where spans of this process go from now on."""
    provider, exporter = trace.get_tracer_provider(), InMemorySpanExporter()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


def test_b51_with_opentelemetry_a_handlers_span_continues_the_trace() -> None:
    def other(seen: Seen) -> Reply | None:
        return Reply(body={"items": [], "next_cursor": None}) if seen.verb == "queues" else None

    exporter = exporting()
    with Fake(with_task(1, otherwise=other, traceparent=TRACEPARENT)) as fake:
        worker = Worker(fake.url)

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> None:
            assert [queue async for queue in ctx.client.list_queues()] == []

        with working(worker):
            sent = fake.next_of("queues").headers["traceparent"]
            # Its span has ended by then.
            fake.next_of("complete")
    [span] = [one for one in exporter.get_finished_spans() if one.name == "task work"]
    assert span.kind is trace.SpanKind.CONSUMER
    assert span.status.is_unset
    assert span.attributes
    assert set(span.attributes) == {
        f"windlass.{name}" for name in ("task_id", "type", "attempt", "pipeline_id", "correlation_id")
    }
    # The same trace, by a span of the handler's own.
    assert sent.split("-")[1] == TRACEPARENT.split("-")[1]
    assert sent.split("-")[2] != TRACEPARENT.split("-")[2]


def test_b51_what_a_handler_raises_is_its_spans_error_unless_it_releases_the_task() -> None:
    exporter = exporting()
    worker = Worker()

    @worker.job("fails")
    async def fails() -> None:
        raise Failure("data_error", "no picture")

    @worker.job("releases")
    def releases() -> None:
        raise Release()

    for type in ("fails", "releases"):
        run(worker, type)
    spans = {span.name: span for span in exporter.get_finished_spans()}
    status = spans["task fails"].status
    assert (status.is_ok or status.is_unset, status.description) == (False, "Failure: data_error: no picture")
    assert [event.name for event in spans["task fails"].events] == ["exception"]
    assert spans["task releases"].status.is_unset
    assert not spans["task releases"].events
