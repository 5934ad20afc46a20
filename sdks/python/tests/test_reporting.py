"""How a worker reports: lines B30 to B32 of sdks/BEHAVIOUR.md."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fake import Fake, Reply, Seen, lease, problem, with_task
from harness import working

from windlass_sdk import Context, Failure, LeasedTask, Worker
from windlass_sdk.worker.failure import Completed
from windlass_sdk.worker.report import Reporter, backoff_of


def test_b30_a_report_is_repeated_until_the_server_is_back() -> None:
    reports: list[int] = []

    def away(seen: Seen) -> Reply | None:
        if seen.verb != "complete":
            return None
        reports.append(1)
        return (
            [None, Reply(None), problem(500, "internal_error"), problem(401, "unauthorized")][len(reports) % 4 :][0]
            if len(reports) < 4
            else None
        )

    with Fake(with_task(1, otherwise=away)) as fake:
        worker = Worker(fake.url)

        @worker.job("work")
        def work(payload: int) -> int:
            return payload

        with working(worker):
            sent = [fake.next_of("complete") for _ in range(4)]
    assert len({seen.raw for seen in sent}) == 1
    assert sent[0].body["result"] == 1
    for before, after, least in zip(sent, sent[1:], (0.1, 0.2, 0.4), strict=False):
        assert least <= after.at - before.at < 2 * least + 15


def test_b30_a_report_is_repeated_for_three_beats_and_two_minutes_at_least() -> None:
    for beat, longest, patience in ((0.05, 0.1, 120), (1, 1, 120), (20, 2.5, 120), (40, 2.5, 120), (41, 2.5, 123)):
        backoff = backoff_of(beat)
        assert (backoff.min_delay, backoff.max_delay, backoff.total_delay) == (0.1, longest, patience)


def test_b31_a_refused_completion_never_becomes_a_failure() -> None:
    def refuse(seen: Seen) -> Reply | None:
        return problem(422, "validation_failed") if seen.verb == "complete" else None

    with Fake(with_task(1, otherwise=refuse)) as fake:
        worker = Worker(fake.url)
        worker.job("work")(lambda payload: payload)
        with working(worker):
            fake.next_of("complete")
            # Its slot is free again.
            fake.next_of("dequeue")
        assert not [seen for seen in fake.rest() if seen.verb in ("fail", "complete", "release")]


def test_b32_a_refused_failure_is_reported_as_a_failure_that_says_why() -> None:
    fails: list[int] = []

    def refuse(seen: Seen) -> Reply | None:
        if seen.verb != "fail":
            return None
        fails.append(1)
        return problem(422, "validation_failed", detail="no such category") if len(fails) == 1 else None

    with Fake(with_task(1, otherwise=refuse)) as fake:
        worker = Worker(fake.url)

        @worker.job("work")
        def work(payload: int) -> None:
            raise Failure("No Such", "x", retry=False)

        with working(worker):
            assert fake.next_of("fail").body["error"]["category"] == "No Such"
            second = fake.next_of("fail").body
    assert second["error"]["category"] == "validation_error"
    assert "no such category" in second["error"]["message"]
    assert second["retry"] == "never"


@pytest.mark.parametrize("verb", ["complete", "fail"])
@pytest.mark.parametrize(
    "document",
    [
        {"status": 502, "code": "bad_gateway"},
        {"status": 500, "code": "internal_error"},
        {"status": 502, "code": "internal_error", "errors": ["boom"]},
        {"status": "x", "code": ["internal_error"]},
    ],
)
def test_b30_the_json_of_a_proxy_is_no_refusal(verb: str, document: dict[str, Any]) -> None:
    reports: list[int] = []

    def proxy(seen: Seen) -> Reply | None:
        reports.extend([1] if seen.verb == verb else [])
        return Reply(502, document) if seen.verb == verb and len(reports) == 1 else None

    with Fake(with_task(1, otherwise=proxy)) as fake:
        worker = Worker(fake.url)

        @worker.job("work")
        def work(payload: int) -> int:
            if verb == "fail":
                raise Failure("network_error", "x")
            return payload

        with working(worker):
            first, second = fake.next_of(verb), fake.next_of(verb)
    assert first.raw == second.raw


class Unused:
    """In place of a transport."""

    async def send(self, call: object) -> None:
        raise AssertionError("nothing can be sent")


def test_b31_what_cannot_be_written_after_all_is_unreported() -> None:
    task = LeasedTask.model_validate(lease())
    context = Context(task, None, lambda line: None)  # type: ignore[arg-type]
    context._extras.metrics["late"] = float("nan")
    reporter = Reporter(Unused(), task, context, 1.0, [])  # type: ignore[arg-type]
    assert asyncio.run(reporter.report(Completed(1))) == "unreported"
