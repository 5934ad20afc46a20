"""A server and a database of its own for each test, and the tools that `run` has installed."""

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
HERE = REPOSITORY / "tests" / "clients"
TOOLS = Path(os.environ["WINDLASS_CLIENT_TOOLS"])
# Longer than anything here takes on a busy machine.
PATIENCE_SECONDS = 600
# Before a command: it ends with this process, however that ends.
DIES_ALONG: list[str | Path] = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
# `tests/upgrade` brings what this needs.
collect_ignore = [] if "WINDLASS_BINARY_BEFORE" in os.environ else ["test_upgrade.py"]


class Server:
    """`windlass serve` on a free port, ready, and where it listens."""

    wants_keys = False
    binary = os.environ["WINDLASS_BINARY"]

    def __init__(self, database_url: str, log: Path, *arguments: str) -> None:
        self.log = log
        self.database_url = database_url
        self.arguments = arguments
        self.start("127.0.0.1:0")

    def start(self, listen: str) -> None:
        """Starts it, and waits until it is ready."""
        command: list[str | Path] = [
            self.binary,
            "serve",
            "--listen",
            listen,
            "--drain-seconds",
            "0",
            "--database-url",
            self.database_url,
            *self.arguments,
        ]
        # Nothing of the caller's own settings.
        settings = {name: value for name, value in os.environ.items() if not name.startswith("WINDLASS_")}
        with self.log.open("a") as file:
            self.process = subprocess.Popen(
                DIES_ALONG + command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                env=settings,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        match = re.fullmatch(r"listening on (http://\S+)\n", line)
        if match is None:
            self.process.kill()
            raise AssertionError(f"serve did not get ready, it said {line!r} and {self.log.read_text()}")
        self.url = match[1]
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Waits for 200 of `/readyz`."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=10):
                    return
            except urllib.error.URLError as error:
                assert time.monotonic() < deadline, f"not ready: {error}; {self.log.read_text()}"
                time.sleep(0.05)

    def kill(self) -> None:
        """Ends it as `kill -9` does."""
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        """Starts it on the port that it had."""
        self.start(self.url.removeprefix("http://"))

    def stop(self) -> None:
        """Asks it to end, and holds it to an orderly end."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE_SECONDS)
        finally:
            self.process.kill()
            self.process.wait()
        assert code == 0, f"serve ended with {code}: {self.log.read_text()}"
        assert "panicked" not in self.log.read_text(), self.log.read_text()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on a fresh database; both are gone afterwards."""
    with running_server(tmp_path) as running:
        yield running


@pytest.fixture
def server_with_keys(tmp_path: Path) -> Iterator[Server]:
    """The same, which wants a key with every call."""
    with running_server(tmp_path, "--auth", "keys") as running:
        yield running


@pytest.fixture(params=["open", "keys"])
def server_of_each_mode(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """One that asks for no key, and then one that does; `key` of this file makes some for the latter."""
    with running_server(tmp_path, "--auth", request.param) as running:
        running.wants_keys = request.param == "keys"
        yield running


@contextmanager
def running_server(directory: Path, *arguments: str) -> Iterator[Server]:
    """A server on a fresh database; both are gone afterwards."""
    name = f"windlass_clients_{uuid.uuid4().hex}"
    admin = os.environ["WINDLASS_TEST_DATABASE_URL"]
    psql(admin, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        url = re.sub(r"^([a-z]+://[^/]*/)[^?]*", rf"\g<1>{name}", admin)
        running = Server(url, directory / "server.log", *arguments)
        try:
            yield running
        finally:
            running.stop()
    finally:
        psql(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def psql(url: str, statement: str) -> None:
    """Runs a statement."""
    binaries = os.environ.get("WINDLASS_POSTGRES_BIN_DIR")
    tool = Path(binaries) / "psql" if binaries else "psql"
    subprocess.run([tool, "--quiet", "--no-psqlrc", url, "--command", statement], check=True)


def environment(server: Server) -> dict[str, str]:
    """What a client's commands run in: the installed tools first, and the server's address."""
    return {
        **os.environ,
        "PATH": f"{TOOLS / 'python' / 'bin'}:{TOOLS / 'node' / 'node_modules' / '.bin'}:{os.environ['PATH']}",
        "PIP_CONSTRAINT": str(HERE / "requirements.txt"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "WINDLASS_SERVER": server.url,
        "WINDLASS_SOURCE": str(REPOSITORY),
    }


def key(server: Server, scope: str) -> str | None:
    """A key with one scope for a server that wants keys; none for another."""
    if not server.wants_keys:
        return None
    order: list[str | Path] = [os.environ["WINDLASS_BINARY"], "key", "create", "--name", scope, "--scope", scope]
    return run([*order, "--database-url", server.database_url], cwd=HERE, env=dict(os.environ)).strip()


def with_key(env: dict[str, str], key: str | None) -> dict[str, str]:
    """The same environment for a program that is to call with this key."""
    return env if key is None else {**env, "WINDLASS_KEY": key}


def run(command: list[str | Path], *, cwd: Path, env: dict[str, str], seconds: float = PATIENCE_SECONDS) -> str:
    """Runs a command that must succeed, and returns what it said."""
    process = subprocess.Popen(
        DIES_ALONG + command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"{command} took more than {seconds} s; it said {said_so_far(process)}") from None
    finally:
        end(process)
    assert process.returncode == 0, f"{command} ended with {process.returncode}:\n{said}"
    return said


def said_so_far(process: subprocess.Popen[str]) -> str:
    """Ends a process and returns what it had said."""
    end(process)
    return process.communicate()[0]


def end(process: subprocess.Popen[str]) -> None:
    """Ends a process and all that it began."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
