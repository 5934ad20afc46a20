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
@pytest.mark.parametrize(
    ("document", "hooks", "operations"),
    [("openapi.json", "hooks", 94), ("jobnik/docs/api.json", "jobnik", 24)],
    ids=["v1", "jobnik"],
)
def test_the_server_answers_as_documented(
    server: Server, tmp_path: Path, document: str, hooks: str, operations: int, phases: str
) -> None:
    shutil.copytree(HERE / "document", tmp_path, dirs_exist_ok=True)
    env = {**environment(server), "SCHEMATHESIS_HOOKS": hooks, "PYTHONPATH": str(tmp_path)}
    said = run(
        [
            "schemathesis",
            "--config-file",
            "schemathesis.toml",
            "run",
            f"{server.url}/{document}",
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
        # What ends a hang, on a busy machine as well.
        seconds=int(EXAMPLES) * 60 + 1800,
    )
    print(said)
    assert f"Tested: {operations}" in said, said
