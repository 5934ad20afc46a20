"""The package: its version, its types, what is made by programs, and what it says of the server's answers."""

from __future__ import annotations

import importlib.metadata
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY, TOOLS

import windlass_sdk
from windlass_sdk import AsyncClient, Client, models
from windlass_sdk.errors import CODES

SDK = REPOSITORY / "sdks" / "python"
DOCUMENT = json.loads((REPOSITORY / "openapi" / "openapi.json").read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
BIN = TOOLS / "python" / "bin"


def test_what_is_tested_is_installed_from_the_built_wheel() -> None:
    assert "site-packages" in Path(windlass_sdk.__file__).parts
    [wheel] = (TOOLS / "sdk" / "dist").glob("*.whl")
    assert wheel.name == f"windlass_sdk-{windlass_sdk.__version__}-py3-none-any.whl"
    origin = json.loads(importlib.metadata.distribution("windlass-sdk").read_text("direct_url.json") or "{}")
    assert origin["url"].endswith(wheel.name)
    assert (Path(windlass_sdk.__file__).parent / "py.typed").exists()


def test_the_version_is_the_servers() -> None:
    cargo = (REPOSITORY / "Cargo.toml").read_text()
    match = re.search(r'^\[workspace\.package\].*?^version = "(.+?)"', cargo, re.MULTILINE | re.DOTALL)
    assert match
    assert windlass_sdk.__version__ == match[1]


def test_the_blocking_client_is_made_from_the_other() -> None:
    subprocess.run([sys.executable, SDK / "make_blocking", "check"], check=True)


def test_both_clients_are_made_by_the_same_arguments() -> None:
    assert inspect.signature(AsyncClient.__init__) == inspect.signature(Client.__init__)


def test_the_codes_are_those_of_the_document() -> None:
    assert set(SCHEMAS["Code"]["enum"]) == CODES


@pytest.mark.parametrize(
    "command",
    [
        [BIN / "mypy", "--config-file", SDK / "pyproject.toml", SDK / "src", SDK / "examples"],
        [
            TOOLS / "node/node_modules/.bin/pyright",
            "--project",
            SDK,
            "--pythonpath",
            BIN / "python",
            SDK / "src",
            SDK / "examples",
        ],
        [BIN / "ruff", "check", "--no-cache", SDK],
        [BIN / "ruff", "format", "--check", "--no-cache", SDK],
    ],
    ids=["mypy", "pyright", "ruff", "format"],
)
def test_the_types_are_strict_and_the_code_is_tidy(command: list[str | Path]) -> None:
    done = subprocess.run(command, cwd=SDK, capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("model", "schema"),
    [
        (models.Pipeline, "Pipeline"),
        (models.Job, "Job"),
        (models.Task, "Task"),
        (models.LeasedTask, "LeasedTask"),
        (models.Attempt, "Attempt"),
        (models.Event, "Event"),
        (models.LoggedLine, "LoggedLine"),
        (models.Outcome, "ItemOutcome"),
        (models.Template, "Template"),
        (models.Schedule, "Schedule"),
        (models.ScheduleRun, "ScheduleRun"),
        (models.Queue, "Queue"),
        (models.SeenWorker, "Worker"),
        (models.Counts, "Counts"),
        (models.RetryPolicy, "RetryPolicy"),
        (models.Webhook, "WebhookWithSecret"),
        (models.Bulked, "Bulked"),
        (models.NewPipeline, "NewPipeline"),
        (models.NewJob, "NewJob"),
        (models.NewTask, "NewTask"),
        (models.Retry, "NewRetryPolicy"),
        (models.Edge, "NewEdge"),
        (models.BulkFilter, "BulkFilter"),
    ],
)
def test_the_models_have_the_fields_of_the_document(model: type[models.Pipeline], schema: str) -> None:
    fields = {field.alias or name for name, field in model.model_fields.items()}
    assert fields == set(SCHEMAS[schema]["properties"])


def test_each_call_is_named_after_its_operation() -> None:
    operations = {
        operation["operationId"]
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    names = {name for name in dir(AsyncClient) if not name.startswith("_")}
    assert names - operations == {"breaker_state", "close", "over", "traced", "wait", "wait_all"}


def test_the_table_of_behaviours_names_tests_that_are_there() -> None:
    table = (REPOSITORY / "sdks" / "BEHAVIOUR.md").read_text()
    rows = re.findall(r"^\| B(\d+) \|.*\| (`\w+`|as B\d+) \| `(test_b\d\d_\w+)` \| `b(\d\d)` \|$", table, re.MULTILINE)
    assert [int(row[0]) for row in rows] == list(range(1, len(re.findall(r"^\| B\d+", table, re.MULTILINE)) + 1))
    here = "".join(file.read_text() for file in (SDK / "tests").glob("test_*.py"))
    rust = "".join(
        file.read_text() for top in ("crates/sdk", "crates/cli/tests", "tests") for file in (REPOSITORY / top).rglob("*.rs")
    )
    for number, in_rust, in_python, in_typescript in rows:
        assert f"def {in_python}(" in here, in_python
        assert int(number) == int(in_typescript) == int(in_python[6:8])
        assert in_rust.startswith("as B") or f"fn {in_rust.strip('`')}(" in rust, in_rust
