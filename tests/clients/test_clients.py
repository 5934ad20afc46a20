"""Clients made from the document by the ecosystems' own generators run a whole pipeline.

They are made anew from the committed document each time, and never mended: what a generator trips over, or types
wrongly, is a defect of the document.
"""

import shutil
from pathlib import Path

from conftest import HERE, REPOSITORY, TOOLS, Server, environment, run

DOCUMENT = REPOSITORY / "openapi" / "openapi.json"
JOBNIK = REPOSITORY / "openapi" / "jobnik.json"


def test_a_python_client_runs_a_whole_pipeline(server: Server, tmp_path: Path) -> None:
    env = environment(server)
    said = run(
        [
            "openapi-python-client",
            "generate",
            "--path",
            DOCUMENT,
            "--meta",
            "none",
            "--fail-on-warning",
            "--output-path",
            tmp_path / "windlass_client",
        ],
        cwd=tmp_path,
        env=env,
    )
    assert "warning" not in said.lower(), said
    shutil.copytree(HERE / "python", tmp_path, dirs_exist_ok=True)
    run(["mypy", "--config-file", "mypy.ini", "pipeline.py", "windlass_client"], cwd=tmp_path, env=env)
    run(["python", "pipeline.py", server.url], cwd=tmp_path, env=env)


def test_a_typescript_client_runs_a_whole_pipeline(server: Server, tmp_path: Path) -> None:
    env = environment(server)
    shutil.copytree(HERE / "typescript", tmp_path, dirs_exist_ok=True)
    (tmp_path / "node_modules").symlink_to(TOOLS / "node" / "node_modules")
    run(["openapi-typescript", DOCUMENT, "--output", "windlass.d.ts"], cwd=tmp_path, env=env)
    run(["openapi-typescript", JOBNIK, "--output", "jobnik-types.d.ts"], cwd=tmp_path, env=env)
    run(["tsc", "--project", "."], cwd=tmp_path, env=env)
    run(["node", "--import", "tsx", "pipeline.ts", server.url], cwd=tmp_path, env=env)
    run(["node", "--import", "tsx", "jobnik.ts", server.url], cwd=tmp_path, env=env)
