"""The server answers as its OpenAPI document says, whatever it is sent: schemathesis reads it with all checks on.

A run is the same each time; WINDLASS_SCHEMATHESIS_SEED and WINDLASS_SCHEMATHESIS_EXAMPLES make it another, or longer.
"""

import os
import shutil
from pathlib import Path

import pytest
from conftest import HERE, Server, environment, run

SEED = os.environ.get("WINDLASS_SCHEMATHESIS_SEED", "20261122")
EXAMPLES = os.environ.get("WINDLASS_SCHEMATHESIS_EXAMPLES", "12")


@pytest.mark.parametrize("phases", ["examples,coverage", "fuzzing,stateful"])
def test_the_server_answers_as_documented(server: Server, tmp_path: Path, phases: str) -> None:
    shutil.copytree(HERE / "document", tmp_path, dirs_exist_ok=True)
    env = {**environment(server), "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(tmp_path)}
    said = run(
        [
            "schemathesis",
            "--config-file",
            "schemathesis.toml",
            "run",
            f"{server.url}/openapi.json",
            "--checks",
            "all",
            "--phases",
            phases,
            "--max-examples",
            EXAMPLES,
            "--seed",
            SEED,
        ],
        cwd=tmp_path,
        env=env,
        seconds=int(EXAMPLES) * 25 + 120,
    )
    print(said)
    assert "Tested: 90" in said, said
