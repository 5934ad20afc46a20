"""The jobs, without a server."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from windlass_sdk import Worker
from windlass_sdk.testing import run

from checksums import jobs


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    worker = Worker()
    jobs.add_to(worker, tmp_path)
    return worker


def test_a_file_has_its_checksum(worker: Worker, tmp_path: Path) -> None:
    content = b"x" * (jobs.PIECE + 1)
    (tmp_path / "a.bin").write_bytes(content)
    ran = run(worker, "checksum-file", {"path": "a.bin"})
    assert ran.result == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    assert ran.progress == {"current": len(content), "total": len(content), "message": "a.bin"}
    assert ran.log[0]["message"] == "read a.bin"


def test_an_empty_file_has_one_too(worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert run(worker, "checksum-file", {"path": "empty"}).result["bytes"] == 0


@pytest.mark.parametrize("path", ["none", ".", "../outside", "/etc/passwd"])
def test_what_is_no_file_below_the_directory_is_refused_for_good(worker: Worker, path: str) -> None:
    ran = run(worker, "checksum-file", {"path": path})
    assert (ran.state, ran.retry) == ("failed", "never")
    assert ran.error is not None
    assert ran.error["category"] == "data_error"


@pytest.mark.parametrize("payload", [None, {}, {"path": ""}, {"path": 1}])
def test_a_payload_of_another_shape_is_refused(worker: Worker, payload: object) -> None:
    ran = run(worker, "checksum-file", payload)
    assert ran.error is not None
    assert ran.error["category"] == "data_error"
