"""How a worker takes tasks: lines B1 to B8 of sdks/BEHAVIOUR.md."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from conftest import Server, server, server_with_keys  # noqa: F401 - the latter are fixtures
from fake import Fake, Reply, Seen, accepted, lease, problem, with_task
from harness import Working, eventually, working

from windlass_sdk import Client, Context, DeniedError, Key, ProblemError, Worker
from windlass_sdk.worker.acceptance import LONGEST_REFUSAL, Acceptance
from windlass_sdk.worker.intake import PAUSES


def test_b01_free_slots_are_asked_for_in_one_call() -> None:
    go = threading.Event()
    with Fake(with_task(*range(3))) as fake:
        worker = Worker(fake.url, concurrency=5)

        @worker.job("work")
        def work(payload: int) -> None:
            go.wait(60)

        with working(worker):
            first = fake.next_of("dequeue")
            assert first.body["max_tasks"] == 5
            assert first.body["wait_seconds"] == 20
            assert first.body["types"] == ["work"]
            assert 1 <= len(first.body["worker_id"]) <= 200
            # Three slots are taken; one call asks for the other two, and waits.
            second = fake.next_of("dequeue")
            assert second.body["max_tasks"] == 2
            assert not [seen for seen in fake.rest() if seen.verb == "dequeue"]
            go.set()
            for _ in range(3):
                fake.next_of("complete")


def test_b01_a_call_asks_for_no_more_than_a_hundred_and_none_without_a_free_slot() -> None:
    go = threading.Event()
    with Fake(with_task(*range(101))) as fake:
        worker = Worker(fake.url, concurrency=101)

        @worker.job("work")
        def work(payload: int) -> None:
            go.wait(60)

        with working(worker):
            assert [fake.next_of("dequeue").body["max_tasks"] for _ in range(2)] == [100, 1]
            # All slots are taken: nothing is asked for until one is free.
            with pytest.raises(AssertionError):
                eventually("another dequeue", lambda: [seen for seen in fake.rest() if seen.verb == "dequeue"], 0.5)
            go.set()
            fake.next_of("dequeue")


def test_b02_a_type_with_slots_of_its_own_is_asked_for_apart() -> None:
    with Fake(with_task()) as fake:
        worker = Worker(fake.url, concurrency=4)
        worker.job("own", concurrency=2)(lambda: None)
        worker.job("a")(lambda: None)
        worker.job("b")(lambda: None)
        with working(worker):
            asked = {tuple(seen.body["types"]): seen.body["max_tasks"] for seen in (fake.next(), fake.next())}
            assert asked == {("own",): 2, ("a", "b"): 4}


def test_b03_a_dequeue_whose_answer_was_lost_is_repeated_with_its_key() -> None:
    def script(n: int, seen: Seen) -> Reply:
        if seen.verb != "dequeue":
            return accepted(seen)
        return Reply(None) if n < 6 else Reply(body={"tasks": []}, delay=60)

    with Fake(script) as fake:
        worker = Worker(fake.url)
        worker.job("work")(lambda: None)
        with working(worker):
            asked = [fake.next() for _ in range(7)]
            assert len({(seen.key, seen.raw) for seen in asked}) == 1 and asked[0].key
            # By now another one, which waits.
            assert asked[0].body["wait_seconds"] == 20


def test_b03_a_dequeue_that_probes_does_not_wait() -> None:
    with Fake(lambda n, seen: problem(503, "overloaded") if n < 5 else Reply(body={"tasks": []}, delay=0.6)) as fake:
        worker = Worker(fake.url)
        worker.job("work")(lambda: None)
        with working(worker):
            asked = [fake.next() for _ in range(7)]
            # Nothing was granted for those that were refused, so each is a new one.
            assert len({seen.key for seen in asked}) == 7
            assert [seen.body["wait_seconds"] for seen in asked] == [20] * 5 + [0, 20]


def test_b04_empty_answers_that_come_at_once_slow_the_worker_down() -> None:
    with Fake(lambda n, seen: Reply(body={"tasks": []})) as fake:
        worker = Worker(fake.url)
        worker.job("work")(lambda: None)
        with working(worker):
            # An answer that a busy machine brings after 500 ms counts as one that waited, and begins the pauses anew.
            at = [fake.next().at for _ in range(3)]
            for _ in range(20):
                at.append(fake.next().at)
                pauses = [after - before for before, after in zip(at[-4:], at[-3:], strict=False)]
                if all(pause >= least for pause, least in zip(pauses, (0.2, 0.4, 0.8), strict=True)):
                    return
            raise AssertionError(f"its pauses never doubled twice: {pauses}")


def test_b04_pauses_double_up_to_their_bound_each_with_a_random_part_of_its_own_length() -> None:
    for pause, least in zip(PAUSES.delays(), (0.2, 0.4, 0.8, 1.6, 2.5, 2.5), strict=False):
        assert least <= pause <= 2 * least


def test_b05_a_server_that_is_away_is_waited_for() -> None:
    with Fake(with_task()) as before:
        url = before.url
    # Nobody listens on its port any more.
    worker = Worker(url)
    done = threading.Event()

    @worker.job("work")
    def work(payload: int) -> None:
        done.set()

    with working(worker):
        eventually("the breaker opens", lambda: worker.breaker_state.value != "closed")
        with Fake(with_task(1), port=int(url.rpartition(":")[2])) as fake:
            assert done.wait(60)
            fake.next_of("complete")
            worker.stop()


def test_b06_a_refused_dequeue_ends_the_worker_with_an_error() -> None:
    with Fake(lambda n, seen: problem(422, "validation_failed")) as fake:
        worker = Worker(fake.url)
        worker.job("work")(lambda: None)
        error = Working(worker).ended()
        assert isinstance(error, ProblemError)
        assert error.code == "validation_failed"
        assert len(fake.rest()) == 1


def test_b07_a_worker_without_a_valid_key_ends_at_once_and_says_what_to_do(server_with_keys: Server) -> None:
    for key, advice in [
        (Key.none(), "no key was sent: set WINDLASS_KEY_FILE or WINDLASS_KEY"),
        (Key.text("wl_" + "x" * 43), "the key from the program is not valid"),
    ]:
        worker = Worker(server_with_keys.url, key=key)
        worker.job("work")(lambda: None)
        error = Working(worker).ended()
        assert isinstance(error, DeniedError)
        assert advice in str(error)
        assert "windlass key create" in str(error)


def test_b07_a_key_for_other_types_names_its_own() -> None:
    def refuse(n: int, seen: Seen) -> Reply:
        return problem(403, "forbidden", errors=[{"pointer": "/types/1", "detail": "not allowed"}])

    with Fake(refuse) as fake:
        worker = Worker(fake.url, key=Key.text("wl_key"))
        worker.job("a")(lambda: None)
        worker.job("b")(lambda: None)
        error = Working(worker).ended()
        assert "does not allow the types b" in str(error)


def test_b08_a_worker_whose_key_is_rotated_goes_on_with_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("first\n")
    valid = ["first"]

    def script(n: int, seen: Seen) -> Reply:
        if seen.headers.get("authorization") != f"Bearer {valid[0]}":
            return problem(401, "unauthorized")
        if seen.verb != "dequeue":
            return accepted(seen)
        return Reply(body={"tasks": [lease(1)] if n == 0 else []}, delay=0 if n == 0 else 0.6)

    with Fake(script) as fake:
        worker = Worker(fake.url, key=Key.file(file), lease=1.5)
        go = threading.Event()

        @worker.job("work")
        def work(payload: int, ctx: Context) -> None:
            go.wait(60)

        with working(worker):
            fake.next_of("dequeue")
            # The old one ends before the new one is there: dequeues and the report are refused, and made again.
            valid[0] = "second"
            go.set()
            refused = fake.next_of("complete")
            assert refused.headers["authorization"] == "Bearer first"
            file.write_text("second\n")
            while fake.next_of("complete").headers["authorization"] != "Bearer second":
                pass
            while fake.next_of("dequeue").headers["authorization"] != "Bearer second":
                pass


def test_b08_a_call_is_made_again_with_the_key_that_the_file_has_by_then(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("first")

    def script(n: int, seen: Seen) -> Reply:
        right = seen.headers.get("authorization") == "Bearer second"
        return Reply(body={"id": None, "name": None, "scopes": [], "types": None}) if right else problem(401, "unauthorized")

    with Fake(script) as fake, Client(fake.url, key=Key.file(file)) as client:
        file.write_text("second")
        assert client.get_current_key().scopes == []
        assert len(fake.rest()) == 2


def test_b08_a_key_that_was_taken_may_be_refused_for_five_minutes() -> None:
    now = [0.0]
    acceptance = Acceptance(clock=lambda: now[0])
    assert not acceptance.refused()
    acceptance.taken()
    assert LONGEST_REFUSAL == 300
    for at, may_come in ((1000.0, True), (1299.9, True), (1300.0, False)):
        now[0] = at
        assert acceptance.refused() is may_come
    # Once it is taken again, the time begins anew.
    acceptance.taken()
    assert acceptance.refused()


def test_b08_a_file_that_hangs_does_not_keep_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    file.write_text("first")
    readers: list[bool] = []

    def again(path: Path) -> str:
        readers.append(threading.current_thread().daemon)
        return "second"

    present = Key.file(file).read()
    monkeypatch.setattr("windlass_sdk.key._again", again)
    assert asyncio.run(present.is_renewed("Bearer first"))
    assert readers == [True]
    assert present.header() == "Bearer second"
