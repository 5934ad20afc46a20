"""A Postgres of a test's own: with passwords, with an archive, to be stopped and restored."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from conftest import DIES_ALONG, PATIENCE_SECONDS


class Cluster:
    """A data directory and what runs on it, by TCP on 127.0.0.1, for each role with its password."""

    def __init__(self, home: Path, name: str) -> None:
        self.home = home
        self.data = home / name
        self.password = "of the administrator"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Makes the data directory as the official image does: the administrator is `postgres`, TCP wants passwords."""
        password = self.file(f"{self.data.name}.password", self.password)
        run_as_owner(
            [
                tool("initdb"),
                *("--pgdata", self.data, "--username", "postgres", "--pwfile", password, "--no-sync"),
                *("--auth-local", "trust", "--auth-host", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
            ]
        )

    def file(self, name: str, text: str) -> Path:
        """A file beside the data directory that Postgres' user may read."""
        path = self.home / name
        path.write_text(text)
        shutil.chown(path, owner())
        return path

    def start(self, *settings: str) -> None:
        """Starts it and waits until it takes logins."""
        # Durable against an end of the process, not of the machine.
        options = [
            "fsync=off",
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            f"unix_socket_directories={self.home}",
            *settings,
        ]
        with (self.home / f"{self.data.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                as_owner([tool("postgres"), "-D", self.data, *(word for option in options for word in ("-c", option))]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Waits until it takes writes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.ask("SELECT pg_is_in_recovery()", check=False) != "f":
            assert self.process is not None and self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, f"not ready: {self.log()}"
            time.sleep(0.1)

    def log(self) -> str:
        return (self.home / f"{self.data.name}.log").read_text(errors="replace")[-4000:]

    def ask(self, statement: str, database: str = "postgres", *, check: bool = True) -> str:
        """What a statement of the administrator answers."""
        where = ["--host", self.home, "--port", str(self.port), "--username", "postgres", "--dbname", database]
        order: list[str | Path] = [psql(), "-XAtq", "-v", "ON_ERROR_STOP=1", *where, "--command", statement]
        answer = subprocess.run(order, capture_output=True, text=True)
        assert not check or answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    def url(self, role: str, password: str, database: str) -> str:
        return f"postgres://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def kill(self) -> None:
        """Ends it at once, as when its machine fails."""
        if self.process is not None and self.process.poll() is None:
            run_as_owner([tool("pg_ctl"), "-D", self.data, "-m", "immediate", "-w", "stop"], check=False)
            self.process.kill()
            self.process.wait()


@contextmanager
def clusters() -> Iterator[Path]:
    """A directory for clusters, which Postgres' user may enter and whose sockets have short paths; gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="windlass-cluster.", dir="/tmp"))
    shutil.chown(home, owner())
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def cluster(home: Path, name: str, *settings: str) -> Iterator[Cluster]:
    """A new cluster that runs; ended afterwards."""
    made = Cluster(home, name)
    made.make()
    try:
        made.start(*settings)
        yield made
    finally:
        made.kill()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def tool(name: str) -> Path | str:
    """A program of Postgres' server."""
    binaries = os.environ.get("WINDLASS_POSTGRES_BIN_DIR")
    return Path(binaries) / name if binaries else name


def psql() -> Path | str:
    """The client, beside the server or in the path."""
    beside = tool("psql")
    return beside if isinstance(beside, Path) and beside.exists() else "psql"


def owner() -> str:
    """Who owns the clusters: Postgres does not run as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    return next(name for name in ("postgres", "nobody") if any(user.pw_name == name for user in pwd.getpwall()))


def as_owner(command: Sequence[str | Path]) -> list[str | Path]:
    """The command as that user. What ends it with this process has to come after the change of user, which takes that back."""
    if os.geteuid() != 0:
        return [*DIES_ALONG, *command]
    user = pwd.getpwnam(owner())
    change = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return [*change, *DIES_ALONG, *command]


def run_as_owner(command: Sequence[str | Path], *, check: bool = True) -> str:
    """Runs a command of Postgres."""
    done = subprocess.run(as_owner(command), capture_output=True, text=True, timeout=PATIENCE_SECONDS, cwd="/")
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout
