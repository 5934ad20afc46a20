"""The guide's backup and its restore to a moment, as they are written, with a server that runs meanwhile."""

import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cluster import Cluster, cluster, clusters, run_as_owner, tool
from conftest import PATIENCE_SECONDS, REPOSITORY, Server


def test_a_mistake_is_undone_by_going_back_to_the_moment_before(tmp_path: Path) -> None:
    settings, backup, restore = guide()
    with clusters() as home:
        for directory in ("wal", "postgresql"):
            (home / directory).mkdir()
            os.chown(home / directory, *owner_of(home))
        archive = [
            f"{name}={value.strip(chr(39))}"
            for name, value in re.findall(r"^(\w+) = (.*)$", here(settings, home), re.MULTILINE)
        ]
        assert {setting.split("=")[0] for setting in archive} == {
            "wal_level",
            "archive_mode",
            "archive_command",
            "archive_timeout",
        }
        with cluster(home, "data", *archive) as database:
            database.ask("CREATE DATABASE jobs ENCODING 'UTF8' TEMPLATE template0")
            with serving(database, tmp_path / "before.log") as server:
                early = finished(server)
                shell(here(backup, home), home, database)
                # All of this comes from the archive.
                kept, moment_key = (
                    finished(server),
                    post(server, "/v1/keys", {"name": "later revoked", "scopes": ["read"]}),
                )
                position = get(server, "/v1/events?limit=500")["next_cursor"]
                leased = lease(server, "long")
                moment = database.ask("SELECT clock_timestamp()")
                # The mistake, and what came after it.
                for pipeline in (early, kept):
                    request(server, "DELETE", f"/v1/pipelines/{pipeline}")
                post(server, f"/v1/keys/{moment_key['id']}/revoke", {})
                report(server, leased)
                # More events than the 32 numbers that Postgres draws ahead, which the restored database does not use again.
                post(server, "/v1/jobs/batch", {"jobs": [{"type": "lost"}] * 40})
                lost = finished(server)
                position_in_lost = get(server, "/v1/events?limit=500")["next_cursor"]
            database.ask("SELECT pg_switch_wal()")
            archived(database)
        shell(here(restore, home).replace("2026-11-30 02:59:00+00", moment), home, database)
        went_back = Cluster(home / "postgresql", "restored")
        went_back.password = database.password
        try:
            went_back.start()
            with serving(went_back, tmp_path / "after.log") as server:
                for pipeline in (early, kept):
                    assert get(server, f"/v1/pipelines/{pipeline}")["state"] == "succeeded"
                assert status(server, f"/v1/pipelines/{lost}") == 404
                # As the guide says: the revoked key is there again, what ran is not done, and positions are told apart.
                assert get(server, f"/v1/keys/{moment_key['id']}")["revoked_at"] is None
                assert get(server, f"/v1/tasks/{leased['id']}")["state"] == "running"
                assert status(server, f"/v1/events?cursor={position}") == 200
                assert status(server, f"/v1/events?cursor={position_in_lost}") == 400
                assert get(server, f"/v1/pipelines/{finished(server)}")["state"] == "succeeded"
        finally:
            went_back.kill()


def guide() -> list[str]:
    """The code of the guide's section: settings, backup, restore."""
    text = (REPOSITORY / "docs/operations.md").read_text()
    [section] = re.findall(r"^## Backups and point-in-time recovery$(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    code = re.findall(r"^```(?:ini|bash)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert len(code) == 3, code
    return code


def here(text: str, home: Path) -> str:
    """With the guide's directories as they are here."""
    return text.replace("/var/backups/windlass", str(home)).replace("/var/lib/postgresql", f"{home}/postgresql")


def owner_of(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid


def shell(script: str, home: Path, database: Cluster) -> None:
    """Runs a block as the user whose cluster it is."""
    binaries = Path(tool("pg_ctl")).parent
    settings = {
        "PATH": f"{binaries}:/usr/bin:/bin",
        "PGHOST": str(home),
        "PGPORT": str(database.port),
        "PGUSER": "postgres",
    }
    run_as_owner(["env", *(f"{name}={value}" for name, value in settings.items()), "bash", "-euc", script])


def archived(database: Cluster) -> None:
    """Waits until the segment that ended last is in the archive."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    last = database.ask("SELECT pg_walfile_name(pg_current_wal_lsn() - 1)")
    while database.ask(f"SELECT last_archived_wal >= '{last}' FROM pg_stat_archiver") != "t":
        assert time.monotonic() < deadline, database.log()
        time.sleep(0.1)


@contextmanager
def serving(database: Cluster, log: Path) -> Iterator[Server]:
    """A server on the cluster's database, that nobody else reaches."""
    password = database.password.replace(" ", "%20")
    server = Server(database.url("postgres", password, "jobs"), log)
    try:
        yield server
    finally:
        server.stop()


def finished(server: Server) -> str:
    """A pipeline of one task that was done."""
    job = post(server, "/v1/jobs", {"type": "short", "payload": {"a": 1}})
    report(server, take(server, "short"))
    return str(job["pipeline_id"])


def lease(server: Server, kind: str) -> Any:
    """A task that somebody works on."""
    post(server, "/v1/jobs", {"type": kind})
    return take(server, kind)


def take(server: Server, kind: str) -> Any:
    body = {"types": [kind], "worker_id": "me", "wait_seconds": 10, "lease_seconds": 600}
    [task] = post(server, "/v1/tasks/dequeue", body)["tasks"]
    return task


def report(server: Server, task: Any) -> None:
    post(server, f"/v1/tasks/{task['id']}/complete", {"lease_token": task["lease_token"], "result": {}})


def post(server: Server, path: str, body: Any) -> Any:
    return request(server, "POST", path, json.dumps(body).encode())


def get(server: Server, path: str) -> Any:
    return request(server, "GET", path)


def status(server: Server, path: str) -> int:
    """The status of a GET."""
    try:
        get(server, path)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    return 200


def request(server: Server, method: str, path: str, body: bytes | None = None) -> Any:
    headers = {"content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}{path}", body, headers, method=method)) as answer:
        text = answer.read()
        return json.loads(text) if text else None
