"""The right columns of the guides for those who come from elsewhere work as they are written, and their types are right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import HERE, REPOSITORY, TOOLS, Server, run, server  # noqa: F401 - the latter is a fixture

BIN = TOOLS / "python" / "bin"


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("from-arq", ["succeeded 200", "cancelled", "succeeded 2 downloads", "0 to retry"]),
        ("from-celery", ["succeeded {'url': 'sea/1.jpg', 'width': 200}", "cancelled", "succeeded 2 images", "0 to retry"]),
        ("from-dramatiq", ["succeeded {'url': 'sea/1.jpg', 'width': 100}", "cancelled", "succeeded 2 images", "0 to retry"]),
    ],
)
def test_the_right_columns_of_the_guides_work_as_they_are(server: Server, tmp_path: Path, page: str, says: list[str]) -> None:
    text = (REPOSITORY / "docs" / f"{page}.md").read_text()
    files: dict[str, str] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if name := re.match(r"# (\w+\.py)\n", block):
            files[name[1]] = files.get(name[1], "") + block
    assert set(files) == {"worker.py", "producer.py", "test_worker.py"}
    for name, program in files.items():
        (tmp_path / name).write_text(program)
    env = {**os.environ, "WINDLASS_SERVER": server.url}
    run([BIN / "mypy", "--config-file", HERE / "python" / "mypy.ini", *sorted(files)], cwd=tmp_path, env=env)
    run([BIN / "pytest", "-p", "no:cacheprovider", "--rootdir", tmp_path, "test_worker.py"], cwd=tmp_path, env=env)
    [order] = re.findall(r"^python (-m windlass_sdk worker worker:worker)$", text, re.MULTILINE)
    with (tmp_path / "worker.log").open("w") as log:
        worker = subprocess.Popen([sys.executable, *order.split()], cwd=tmp_path, env=env, stderr=log)
    try:
        said = run([sys.executable, "producer.py"], cwd=tmp_path, env=env)
        assert said.splitlines() == says, (tmp_path / "worker.log").read_text()
        worker.terminate()
        assert worker.wait(60) == 0
    finally:
        worker.kill()
        worker.wait()
    assert "schedule nightly runs template version 1 next at" in (tmp_path / "worker.log").read_text()
