"""The services of deploy/compose.yml on this machine: two servers behind nginx on a Postgres, and a load on them.

What each service is told (command, variables, files) is taken from the file; what differs is said in `Here`: names of hosts are
addresses of this machine, and directories of containers are those of the test.
"""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from cluster import Cluster, free_port, psql
from conftest import DIES_ALONG, PATIENCE_SECONDS, REPOSITORY, run

DEPLOY = REPOSITORY / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def volumes(service: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a service mounts, and where."""
    for mount in service.get("volumes", []):
        if isinstance(mount, dict):
            yield mount["source"], mount["target"]
        else:
            source, target, *_ = mount.split(":")
            yield source, target


class Here:
    """The containers' directories and hosts, on this machine."""

    def __init__(self, home: Path, database: Cluster) -> None:
        self.home = home
        self.database = database
        self.ports = {f"{server}:{port}": free_port() for server in ("server1", "server2") for port in (7070, 9090)}
        self.nginx = free_port()
        for volume in COMPOSE["volumes"]:
            (home / volume).mkdir()

    def path(self, service: str, text: str) -> str:
        """A text of a service with the directories that it mounts as they are here."""
        for source, target in sorted(volumes(SERVICES[service]), key=lambda mount: -len(mount[1])):
            text = text.replace(target, str(DEPLOY / source if source.startswith(".") else self.home / source))
        return text

    def environment(self, service: str) -> dict[str, str]:
        """The variables of a service, as they are here."""
        told = {name: self.path(service, value) for name, value in SERVICES[service].get("environment", {}).items()}
        for name, value in told.items():
            told[name] = value.replace("http://nginx:8080", f"http://127.0.0.1:{self.nginx}")
        return told

    def make_secrets(self) -> None:
        """What the service `secrets` does. Whose a file is to be is noted beside it: the test need not be root."""
        tools = self.home / "tools"
        tools.mkdir(exist_ok=True)
        (tools / "chown").write_text('#!/bin/sh\necho "$1" >"$2.owner"\n')
        (tools / "chown").chmod(0o755)
        tree = self.home / "tree"
        if not tree.exists():
            tree.mkdir()
            for source, target in volumes(SERVICES["secrets"]):
                if target.startswith("/secrets/"):
                    (tree / target.removeprefix("/secrets/")).symlink_to(self.home / source)
        env = {"PATH": f"{tools}:{os.environ['PATH']}"}
        run(["/bin/sh", DEPLOY / "compose/make-secrets", tree], cwd=self.home, env=env)
        for url in (self.home / "database-owner/owner", self.home / "database-server/server"):
            text = url.read_text().replace("@postgres:5432/", f"@127.0.0.1:{self.database.port}/")
            url.chmod(0o600)
            url.write_text(text)

    def make_database(self) -> None:
        """What Postgres' image does with the script at its first start, as its administrator."""
        script = self.path("postgres", (DEPLOY / "compose/make-database").read_text())
        env = {
            "PATH": f"{Path(psql()).parent}:{os.environ['PATH']}",
            "PGHOST": str(self.database.home),
            "PGPORT": str(self.database.port),
            "PGUSER": "postgres",
        }
        run(["/bin/sh", "-c", script], cwd=self.home, env=env)

    def windlass(self, service: str, *command: str) -> str:
        """Runs a command of a service to its end."""
        return run([os.environ["WINDLASS_BINARY"], *command], cwd=self.home, env=self.environment(service))

    def log(self, name: str) -> str:
        return (self.home / f"{name}.log").read_text()

    def start_server(self, name: str, binary: str | None = None) -> subprocess.Popen[bytes]:
        """Starts a server as its service is told to, on a port of its own, and waits until it is ready."""
        env = self.environment(name)
        # The image says 0.0.0.0, where a key is wanted; here it is this machine alone, so that is said as well.
        assert "WINDLASS_LISTEN=0.0.0.0:7070" in (DEPLOY / "Dockerfile").read_text()
        env |= {"WINDLASS_LISTEN": f"127.0.0.1:{self.ports[f'{name}:7070']}", "WINDLASS_AUTH": "keys"}
        metrics = self.ports[f"{name}:9090"]
        assert env["WINDLASS_METRICS_LISTEN"] == "0.0.0.0:9090"
        env["WINDLASS_METRICS_LISTEN"] = f"127.0.0.1:{metrics}"
        # Shorter than the 5 s of the file, in which servers behind nginx only wait.
        env["WINDLASS_DRAIN_SECONDS"] = "2"
        with (self.home / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*DIES_ALONG, binary or os.environ["WINDLASS_BINARY"], "serve"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=env,
                cwd="/",
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not answers(f"http://127.0.0.1:{metrics}/readyz"):
            assert process.poll() is None and time.monotonic() < deadline, self.log(name)
            time.sleep(0.05)
        return process

    def nginx_file(self) -> Path:
        """nginx.conf with the addresses as they are here."""
        text = (DEPLOY / "nginx/nginx.conf").read_text()
        for server in ("server1", "server2"):
            assert text.count(f"server {server}:7070 ") == 1
            text = text.replace(f"server {server}:7070 ", f"server 127.0.0.1:{self.ports[f'{server}:7070']} ")
        text = text.replace("listen 8080;", f"listen 127.0.0.1:{self.nginx};").replace("/tmp/", f"{self.home}/tmp/")
        (self.home / "tmp").mkdir()
        (self.home / "tmp").chmod(0o777)
        file = self.home / "nginx.conf"
        file.write_text(text)
        return file


def answers(url: str) -> bool:
    """Whether it answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=10):
            return True
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def nginx(here: Here) -> Iterator[None]:
    """nginx in front of the two, as the service has it; ended afterwards."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None, "nginx is missing: .ci/install clients"
    log = here.home / "nginx.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*DIES_ALONG, program, "-c", here.nginx_file(), "-g", "daemon off;"],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not answers(f"http://127.0.0.1:{here.nginx}/healthz"):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield
        assert process.poll() is None, log.read_text()
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@contextmanager
def load(here: Here) -> Iterator[Counter[str]]:
    """Clients that create jobs and ask for them; counts which status came how often. They have ended when it is left."""
    key = Path(here.environment("cli")["WINDLASS_KEY_FILE"]).read_text().strip()
    # Both are there from the start: others look at it meanwhile.
    calls = Counter({"200": 0, "201": 0})
    stop = threading.Event()

    def client(number: int) -> None:
        kind = f"load-{number}"
        while not stop.is_set():
            calls[status(here, "/v1/jobs", {"type": kind, "payload": {"a": "b" * 500}}, key)] += 1
            calls[status(here, "/v1/tasks/dequeue", {"types": [kind], "worker_id": kind}, key)] += 1

    clients = [threading.Thread(target=client, args=[number], daemon=True) for number in range(8)]
    for each in clients:
        each.start()
    try:
        yield calls
    finally:
        stop.set()
        for each in clients:
            each.join(PATIENCE_SECONDS)


def restart(here: Here, servers: dict[str, subprocess.Popen[bytes]], calls: Counter[str], binary: str | None = None) -> None:
    """Restarts one server after the other, as a rolling update does; each is called before the next one goes."""
    for name in servers:
        servers[name].send_signal(signal.SIGTERM)
        assert servers[name].wait(PATIENCE_SECONDS) == 0, here.log(name)
        servers[name] = here.start_server(name, binary)
        enough, deadline = calls.total() + 40, time.monotonic() + PATIENCE_SECONDS
        while calls.total() < enough:
            assert time.monotonic() < deadline, f"hardly any calls: {calls}"
            time.sleep(0.05)


def status(here: Here, path: str, body: Any, key: str) -> str:
    """The status of a call, or the error that came instead."""
    try:
        return str(call(here, path, body, key))
    except OSError as error:
        return repr(error)


def call(here: Here, path: str, body: Any, key: str | None) -> int:
    """Posts a body by way of nginx, and says the status.

    A database that is slow for a moment is no fault of a restart: its answer is tried again, as clients do.
    """
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    request = urllib.request.Request(f"http://127.0.0.1:{here.nginx}{path}", json.dumps(body).encode(), headers)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            if b'"database_unavailable"' not in refusal.read() or time.monotonic() > deadline:
                return refusal.code
            time.sleep(int(refusal.headers["retry-after"]))
