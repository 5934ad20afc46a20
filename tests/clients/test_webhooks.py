"""The receivers of docs/webhooks.md work as they are written: they take what is signed, once, and nothing else."""

import base64
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import DIES_ALONG, PATIENCE_SECONDS, TOOLS, Server, end, environment, running_server
from test_readme import blocks_below

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def server_that_calls_here(tmp_path: Path) -> Iterator[Server]:
    """One whose webhooks may call this machine."""
    with running_server(tmp_path, "--webhook-allow", "127.0.0.0/8") as running:
        yield running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def receiving(command: list[str | Path], directory: Path, env: dict[str, str], port: int) -> Iterator[Path]:
    """A receiver that listens; where it writes what it took."""
    said = directory / "said"
    env = {**env, "WEBHOOK_SECRET": SECRET, "PORT": str(port)}
    with said.open("w") as output:
        process = subprocess.Popen(
            DIES_ALONG + command, cwd=directory, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, said.read_text()
                time.sleep(0.05)
        yield said
    finally:
        end(process)


def call(server: Server, path: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{server.url}{path}", json.dumps(body).encode(), {"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        answered: dict[str, Any] = json.load(answer)
        return answered


@pytest.mark.parametrize("language", ["python", "typescript"])
def test_a_receiver_takes_what_is_signed_and_nothing_else(
    server_that_calls_here: Server, tmp_path: Path, language: str
) -> None:
    server, port = server_that_calls_here, free_port()
    heading = {"python": "## Receive it in Python", "typescript": "## Receive it in TypeScript"}[language]
    [block] = blocks_below("docs/webhooks.md", heading)
    assert block.language == language
    program = tmp_path / ("receiver.py" if language == "python" else "receiver.mts")
    program.write_text(block.text)
    (tmp_path / "node_modules").symlink_to(TOOLS / "node" / "node_modules")
    env = environment(server)
    command: list[str | Path] = ["python3", program] if language == "python" else ["node", "--import", "tsx", program]
    with receiving(command, tmp_path, env, port) as said:
        webhook = {"url": f"http://127.0.0.1:{port}/", "events": ["pipeline.failed"], "secret": SECRET}
        made = call(server, "/v1/webhooks", webhook)
        path = f"/v1/webhooks/{made['id']}"
        assert call(server, f"{path}/test", {})["status"] == 204, said.read_text()
        # While the secret is rotated both sign; then the old one is none of the receiver's.
        call(server, f"{path}/rotate-secret", {"overlap_seconds": 60})
        assert call(server, f"{path}/test", {})["status"] == 204, said.read_text()
        call(server, f"{path}/rotate-secret", {"overlap_seconds": 0})
        assert call(server, f"{path}/test", {})["status"] == 401, said.read_text()
        unsigned = urllib.request.Request(f"http://127.0.0.1:{port}/", b"{}", method="POST")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(unsigned, timeout=PATIENCE_SECONDS)
        assert said.read_text().splitlines() == ["windlass.test", "windlass.test"]
