"""Whole programs against the built server: schedules, events, the README's worker, and handlers without a server."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import Server, server  # noqa: F401 - the latter is a fixture
from harness import eventually, working

from windlass_sdk import AsyncClient, BulkFilter, Client, Context, NewPipeline, SettingError, Worker
from windlass_sdk.__main__ import find, main
from windlass_sdk.models import Event
from windlass_sdk.testing import run

README = Path(__file__).resolve().parents[1] / "README.md"


def test_a_worker_puts_its_schedules_and_runs_them(server: Server) -> None:
    worker = Worker(server.url)

    @worker.job("backup")
    def backup(payload: dict[str, str]) -> str:
        return payload["of"]

    worker.schedule(
        "nightly", cron="0 3 * * *", timezone="Europe/Berlin", job=backup, payload={"of": "{{ run.schedule }}"}, missed="all"
    )
    with pytest.raises(SettingError, match="no function of this worker"):
        worker.schedule("other", cron="@daily", job=print)
    for _ in range(2):
        # The second start finds everything as it is.
        with Client(server.url) as client, working(worker):
            schedule = eventually("it is put", lambda: {one.name: one for one in client.list_schedules()}.get("nightly"))
            assert (schedule.cron, schedule.timezone, schedule.missed) == ("0 3 * * *", "Europe/Berlin", "all")
            pipeline = client.wait(client.trigger_schedule("nightly"), timeout=600)
            assert pipeline.state == "succeeded"
            assert list(client.list_job_results(pipeline.id, "backup")) == ["nightly"]
            assert client.get_template("nightly").version == 1


def test_events_are_followed_and_templates_and_bulk_verbs_called(server: Server) -> None:
    new = NewPipeline(name="align {{ sample }}")
    new.job("align", payload={"sample": "{{ sample }}"})
    with Client(server.url) as client:
        client.put_template("align", new, parameters={"type": "object", "properties": {"sample": {"type": "string"}}})
        assert client.preview_template("align", {"sample": "a"})["name"] == "align a"
        events: list[Event] = []
        pipeline = client.create_template_pipeline("align", {"sample": "a"})
        # The audit shows an event once all that began before it are there.
        first = eventually("its first event", lambda: next(iter(client.list_events(pipeline_id=pipeline.id)), None))

        def follow() -> None:
            for event in client.stream_events(pipeline_id=pipeline.id, after=first.id):
                assert isinstance(event, Event)
                events.append(event)
                if event.entity == "pipeline" and event.to == "cancelled":
                    return

        following = threading.Thread(target=follow, daemon=True)
        following.start()
        filter = BulkFilter(state="open", template="align")
        assert client.cancel_pipelines(filter).matched == 1
        assert client.cancel_pipelines(filter, dry_run=False, reason="not today").changed == 1
        following.join(60)
        assert not following.is_alive()
        assert events[-1].reason == "not today"
        assert client.retry_pipelines(BulkFilter(name="align a"), dry_run=False).changed == 1
        assert [one.name for one in client.list_pipelines(template="align")] == ["align a"]
        with pytest.raises(TimeoutError, match="is still"):
            client.wait(pipeline, timeout=0.2)


def test_the_readmes_worker_survives_the_death_of_its_server(server: Server, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", README.read_text(), re.DOTALL)
    assert [name for name, _ in blocks] == ["worker.py", "producer.py"]
    assert len([line for line in blocks[0][1].splitlines() if line]) <= 15, "the worker has 15 lines"
    for name, text in blocks:
        (tmp_path / name).write_text(text)
    env = {**os.environ, "WINDLASS_SERVER": server.url}
    command = [sys.executable, "worker.py"]
    worker = subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(2):
            said = subprocess.run(
                [sys.executable, "producer.py"], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=600
            )
            assert said.stdout == "succeeded {'url': 'sea/1.jpg', 'width': 100}\n", said.stderr
            server.kill()
            server.start_again()
            env["WINDLASS_SERVER"] = server.url
            assert worker.poll() is None
            # Another one, since its key counts once.
            text = (tmp_path / "producer.py").read_text()
            (tmp_path / "producer.py").write_text(text.replace('idempotency_key="sea/1.jpg"', 'idempotency_key="again"'))
        worker.terminate()
        assert worker.wait(120) == 0
    finally:
        worker.kill()
        worker.communicate()


def test_a_worker_has_what_its_lifespan_opens(server: Server) -> None:
    steps: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(worker: Worker):  # type: ignore[no-untyped-def]
        steps.append("opened")
        yield
        steps.append("closed")

    worker = Worker(server.url, lifespan=lifespan)

    @worker.job("work")
    async def work(ctx: Context) -> None:
        steps.append("worked")
        async with AsyncClient(server.url) as client:
            assert (await client.get_task(ctx.task.id)).state == "running"

    with Client(server.url) as client, working(worker):
        assert client.wait(client.create_job("work")).state == "succeeded"
    assert steps == ["opened", "worked", "closed"]


def test_a_handler_runs_without_a_server() -> None:
    worker = Worker()

    @worker.job("report")
    async def report(title: str, ctx: Context) -> int:
        ctx.log.info("adding")
        ctx.progress(1, 2)
        ctx.outcome(title, "succeeded")
        ctx.add_tasks("mail", [{"to": title}], seal=True)
        return sum([number async for number in ctx.results("count", int)])

    ran = run(worker, "report", "all", results={"count": [1, 2]})
    assert (ran.state, ran.result) == ("succeeded", 3)
    assert ran.progress == {"current": 1, "total": 2}
    assert ran.log[0]["message"] == "adding"
    assert ran.outcomes == [{"subject": "all", "disposition": "succeeded"}]
    assert ran.added == {"mail": [{"payload": {"to": "all"}}]}
    assert ran.sealed == ["mail"]
    assert run(worker, "report", 1).state == "failed"
    with pytest.raises(SettingError, match="no job"):
        run(worker, "other")


def test_the_command_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "some_jobs.py").write_text(
        "from windlass_sdk import Worker\nworker = Worker()\nworker.job('a')(lambda: None)\nother = 1\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["worker", "some_jobs:worker", "--check"]) == 0
    assert capsys.readouterr().out == "a\n"
    for place, what in [
        ("nowhere:worker", "no module"),
        ("some_jobs:none", "has no 'none'"),
        ("some_jobs:other", "is no Worker"),
    ]:
        with pytest.raises(SettingError, match=what):
            find(place)
        assert main(["worker", place]) == 1
        assert what in capsys.readouterr().err
