"""How a worker stops: lines B40 and B41 of sdks/BEHAVIOUR.md."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import Server, server  # noqa: F401 - the latter is a fixture
from fake import Fake, with_task
from harness import Working, ended_task, eventually

from windlass_sdk import Cancellation, Client, Context, Worker

PROGRAM = """
import pathlib, time
from windlass_sdk import Worker
worker = Worker()

@worker.job("work")
{kind}def work(payload: int) -> int:
    pathlib.Path("begun").touch()
    time.sleep(payload)
    return payload
"""


@pytest.mark.parametrize("kind", ["", "async "])
def test_b40_a_stopping_worker_waits_for_its_handlers(server: Server, tmp_path: Path, kind: str) -> None:
    (tmp_path / "jobs.py").write_text(PROGRAM.format(kind=kind))
    env = {**os.environ, "WINDLASS_SERVER": server.url}
    command = [sys.executable, "-m", "windlass_sdk", "worker", "jobs:worker"]
    process = subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True)
    try:
        with Client(server.url) as client:
            job = client.create_job("work", 5)
            later = client.create_job("work", 0)
            # The server counts it as running before the worker has it, and a stop may come in between.
            eventually("it runs", (tmp_path / "begun").exists)
            # Also while a handler blocks the program's event loop.
            process.send_signal(signal.SIGTERM)
            assert ended_task(client, job).result == 5
            assert process.wait(60) == 0
            assert client.get_job(later.id).counts.queued == 1
    finally:
        process.kill()
        assert "worker" in process.communicate()[1]


@pytest.mark.parametrize("blocking", [False, True])
def test_b41_a_stopping_worker_releases_what_is_left(blocking: bool) -> None:
    begun: list[str] = []
    causes: list[Cancellation | None] = []
    go = threading.Event()
    with Fake(with_task("heeds", "does not")) as fake:
        worker = Worker(fake.url, concurrency=2, stop_wait=0.3, cancel_grace=3)

        async def work(payload: str, ctx: Context) -> str:
            begun.append(payload)
            causes.append(await ctx.cancelled())
            if payload == "heeds":
                return "saved"
            await ctx.client._sleep(60)
            return "never"

        def work_on_thread(payload: str, ctx: Context) -> str:
            begun.append(payload)
            causes.append(ctx.wait_cancelled(60))
            if payload == "heeds":
                return "saved"
            go.wait(60)
            return "never"

        worker.job("work")(work_on_thread if blocking else work)
        running = Working(worker)
        fake.next_of("dequeue")
        eventually("both run", lambda: len(begun) == 2)
        running.stop()
        reports = {seen.verb: seen.body for seen in fake.rest() if seen.verb in ("complete", "release", "fail")}
        go.set()
    assert causes == [Cancellation.STOPPING] * 2
    assert set(reports) == {"complete", "release"}
    assert reports["complete"]["result"] == "saved"
