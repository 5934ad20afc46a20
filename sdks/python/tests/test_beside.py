"""What is beside calls and tasks: lines B49 and B50 of sdks/BEHAVIOUR.md."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from fake import Fake, Reply, Seen, accepted, lease, problem
from harness import Working, working
from prometheus_client import CollectorRegistry, generate_latest

from windlass_sdk import BreakerSettings, Client, Context, DeniedError, Key, SettingError, Worker
from windlass_sdk.key import PresentKey

README = Path(__file__).resolve().parents[1] / "README.md"


def test_b49_the_table_in_the_readme_is_what_a_worker_counts() -> None:
    def moody(n: int, seen: Seen) -> Reply:
        """Away at first, then it has nothing, then a task."""
        if n == 0:
            return problem(503, "database_unavailable")
        if seen.verb == "dequeue":
            return Reply(body={"tasks": [lease(1)] if n == 2 else []}, delay=60 if n > 2 else 0)
        return accepted(seen)

    registry = CollectorRegistry()
    with Fake(moody) as fake:
        worker = Worker(fake.url, registry=registry, lease=1.5, stop_wait=0, breaker=BreakerSettings(failures=1))

        @worker.job("work")
        async def work(payload: int, ctx: Context) -> None:
            await ctx.cancelled()

        with working(worker):
            fake.next_of("heartbeat")
    text = generate_latest(registry).decode()
    kinds = dict(re.findall(r"^# TYPE (windlass_\w+) (\w+)$", text, re.MULTILINE))
    kinds = {name: kind for name, kind in kinds.items() if not name.endswith("_created")}
    rows = re.findall(r"^\| `(windlass_sdk_\w+)` \| (\w+) \|", README.read_text(), re.MULTILINE)
    assert kinds == dict(rows), text
    assert 'windlass_sdk_tasks_total{outcome="succeeded",type="work"} 1.0' in text


def test_b50_neither_a_printed_form_nor_an_error_nor_a_log_line_shows_the_key(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "tell-nobody"
    key = Key.text(secret)
    shown = [repr(key), repr(key.read()), repr(PresentKey(secret, "x"))]
    with Fake(lambda n, seen: problem(401, "unauthorized")) as fake:
        with Client(fake.url, key=key) as client, pytest.raises(DeniedError) as denied:
            client.get_current_key()
        assert fake.next().headers["authorization"] == f"Bearer {secret}"
        worker = Worker(fake.url, key=key)
        worker.job("work")(lambda: None)
        shown += [repr(client), str(denied.value), repr(Working(worker).ended())]
    (tmp_path / "key").write_text(f"{secret} two words")
    with pytest.raises(SettingError) as wrong:
        Client(key=Key.file(tmp_path / "key"))
    shown += [str(wrong.value), caplog.text]
    assert not [text for text in shown if secret in text]
