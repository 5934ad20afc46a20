"""Two versions on one database, under load: forward, and back. `tests/upgrade` brings the binary of the version before.

No call may fail while the schema is migrated and servers are replaced one by one. How long a migration holds up others is measured on
tables with many rows.
"""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cluster import Cluster, cluster, clusters, psql
from conftest import DIES_ALONG, PATIENCE_SECONDS, Server
from stack import Here, load, nginx, restart

BEFORE = os.environ["WINDLASS_BINARY_BEFORE"]
NOW = os.environ["WINDLASS_BINARY"]
# What a migration may hold up others for, and on how many tasks.
LONGEST_SECONDS = 1.0
TASKS = int(os.environ.get("WINDLASS_UPGRADE_TASKS", "1000000"))


def test_servers_are_replaced_forward_and_back_without_a_failed_call() -> None:
    with clusters() as home, cluster(home, "data") as database, ExitStack() as running:
        here = Here(home, database)
        here.make_secrets()
        here.make_database()
        migrate(BEFORE, here)
        servers = {}
        for name in ("server1", "server2"):
            servers[name] = here.start_server(name, BEFORE)
            running.callback(lambda name=name: servers[name].kill())
        running.enter_context(nginx(here))
        with load(here) as calls:
            migrate(NOW, here)
            restart(here, servers, calls, NOW)
            restart(here, servers, calls, BEFORE)
            restart(here, servers, calls, NOW)
        print(f"calls by status: {dict(calls)}")
        assert set(calls) == {"201", "200"}, calls


def migrate(binary: str, here: Here) -> None:
    """Brings the schema up to date, as the service `migrate` does."""
    env = here.environment("migrate")
    done = subprocess.run([binary, "migrate"], env=env, cwd="/", capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 0, done.stderr


def test_no_migration_holds_up_others_for_long(tmp_path: Path) -> None:
    with clusters() as home, cluster(home, "data", "max_wal_size=8GB") as database:
        database.ask("CREATE DATABASE jobs ENCODING 'UTF8' TEMPLATE template0")
        url = database.url("postgres", database.password.replace(" ", "%20"), "jobs")
        fill(url, tmp_path)
        there = database.ask("SELECT string_agg(oid::text, ',') FROM pg_class WHERE relkind IN ('r', 'p', 'm')", "jobs")
        began = time.monotonic()
        with watched_locks(database, there) as seen:
            done = subprocess.run(
                [NOW, "migrate", "--database-url", url], capture_output=True, text=True, timeout=1800, env={}
            )
            assert done.returncode == 0, done.stderr
        print(f"{TASKS} tasks, migrated in {time.monotonic() - began:.1f} s; held: {seen}")
        assert all(seconds <= LONGEST_SECONDS for seconds in seen.values()), seen


class ServerBefore(Server):
    """A server of the version before."""

    binary = BEFORE


def fill(url: str, directory: Path) -> None:
    """A database of the version before, with a job of many tasks, one in ten of them ended."""
    before = ServerBefore(url, directory / "before.log")

    def post(path: str, body: object) -> dict[str, list[dict[str, str]]]:
        headers = {"content-type": "application/json"}
        with urllib.request.urlopen(
            urllib.request.Request(f"{before.url}{path}", json.dumps(body).encode(), headers)
        ) as answer:
            return json.load(answer)  # type: ignore[no-any-return]

    try:
        jobs = [{"key": "many", "type": "many", "sealed": False}]
        job = post("/v1/pipelines", {"name": "many", "jobs": jobs})["jobs"][0]["id"]
        for _ in range(0, TASKS, 10_000):
            post(f"/v1/jobs/{job}/tasks", {"tasks": [{"payload": {"a": "b" * 50}}] * 10_000})
        for _ in range(0, TASKS // 10, 1000):
            order = {"types": ["many"], "worker_id": "me", "max_tasks": 100, "wait_seconds": 10}
            for _ in range(10):
                tasks = post("/v1/tasks/dequeue", order)["tasks"]
                ended = [{"id": task["id"], "lease_token": task["lease_token"], "result": {}} for task in tasks]
                post("/v1/tasks/complete", {"tasks": ended})
    finally:
        before.stop()


@contextmanager
def watched_locks(database: Cluster, there: str) -> Iterator[dict[str, float]]:
    """For how long a lock was held that holds up writers of tables that were there before, by table and mode; looked at every 20 ms.

    Filled when it is left.
    """
    # A lock is told from the next one of the same kind by its transaction.
    question = f"""
        SELECT extract(epoch FROM clock_timestamp()), l.relation::regclass, l.mode, l.virtualtransaction
        FROM pg_locks AS l
        WHERE l.granted AND l.locktype = 'relation' AND l.relation IN ({there}) AND l.pid <> pg_backend_pid()
          AND l.relation >= 16384 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    """
    where = ["--host", database.home, "--port", str(database.port), "--username", "postgres", "--dbname", "jobs"]
    order: list[str | Path] = [*DIES_ALONG, psql(), "-XAtq", "-F", "\t", *where]
    watcher = subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert watcher.stdin is not None
    watcher.stdin.write(f"{question} \\watch 0.02\n")
    watcher.stdin.close()
    seen: dict[str, float] = {}
    try:
        yield seen
    finally:
        watcher.terminate()
        assert watcher.stdout is not None
        spans: dict[tuple[str, ...], tuple[float, float]] = {}
        for line in watcher.stdout:
            at, *lock = line.rstrip("\n").split("\t")
            if len(lock) == 3:
                first, _ = spans.get(tuple(lock), (float(at), 0.0))
                spans[tuple(lock)] = (first, float(at))
        watcher.wait()
        for (table, mode, _), (first, last) in spans.items():
            seen[f"{table} {mode}"] = max(seen.get(f"{table} {mode}", 0.0), last - first)
