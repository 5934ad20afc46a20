"""The README's walk and the quick starts work exactly as they are written.

Their code blocks are run against the built server; `WINDLASS_SERVER`, which they all read, says where it listens. A block
whose first line is a comment with a file's name is that file; other `bash` blocks are run.
"""

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import (
    DIES_ALONG,
    HERE,
    PATIENCE_SECONDS,
    REPOSITORY,
    TOOLS,
    Server,
    end,
    environment,
    key,
    run,
    with_key,
)


class Block(NamedTuple):
    """A fenced block of code, and the file that it is, if it is one."""

    language: str
    text: str

    @property
    def file(self) -> str | None:
        match = re.match(r"(?:#|//) ([\w./-]+\.\w+)\n", self.text)
        return match and match[1]


def blocks(page: str) -> list[Block]:
    """All code blocks of a page."""
    return blocks_of((REPOSITORY / page).read_text())


def blocks_below(page: str, heading: str) -> list[Block]:
    """The code blocks below a heading of the page, up to the next heading of its level or a higher one."""
    level = len(heading) - len(heading.lstrip("#"))
    _, found, rest = (REPOSITORY / page).read_text().partition(f"\n{heading}\n")
    assert found, f"{page} has no {heading!r}"
    section = re.split(rf"^#{{1,{level}}} ", outside_of_code(rest), maxsplit=1, flags=re.MULTILINE)[0]
    return blocks_of(rest[: len(section)])


def blocks_of(text: str) -> list[Block]:
    return [Block(*match) for match in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def outside_of_code(text: str) -> str:
    """The text with its code blanked out, so that a comment there is no heading."""
    return re.sub(r"^```.*?^```$", lambda code: " " * len(code[0]), text, flags=re.MULTILINE | re.DOTALL)


def path_with_windlass(directory: Path) -> str:
    """Where a shell looks for programs, with the one that is tested."""
    tools = directory / "bin"
    tools.mkdir()
    (tools / "windlass").symlink_to(os.environ["WINDLASS_BINARY"])
    return f"{tools}:{os.environ['PATH']}"


def test_the_walk_with_curl_works_as_it_is(server: Server, tmp_path: Path) -> None:
    start, *walk = blocks_below("README.md", "## A look at it")
    # The server that the first block starts is the one that runs here already.
    assert start.text == "make run\n"
    script = tmp_path / "walk.sh"
    script.write_text("".join(block.text for block in walk if block.language == "bash"))
    env = {**environment(server), "PATH": path_with_windlass(tmp_path)}
    said = run(["bash", "-e", "-o", "pipefail", script], cwd=tmp_path, env=env).splitlines()
    assert len(walk) == 9, walk
    results = [
        item["result"] for line in said if line.startswith('{"items":[{"task_id"') for item in json.loads(line)["items"]
    ]
    assert results == [{"bytes": 1000}, {"bytes": 2000}], said
    assert "succeeded" in said, said
    assert '"problem' not in "".join(said), said
    shown = "\n".join(said)
    for line in ["found 2 images", "thumbnails/resize", "→ succeeded", "cancelled"]:
        assert line in shown, said


def test_the_nightly_job_works_as_it_is(server: Server, tmp_path: Path) -> None:
    [block] = blocks_below("README.md", "## A nightly job")
    (tmp_path / "nightly.sh").write_text(block.text)
    said = run(["bash", "-e", "-o", "pipefail", tmp_path / "nightly.sh"], cwd=tmp_path, env=environment(server))
    template, schedule, pipeline = [json.loads(line) for line in said.splitlines()]
    assert (template["name"], template["version"]) == ("backup", 1), template
    assert schedule["next_run_at"] and len(schedule["upcoming"]) == 5, schedule
    assert pipeline["schedule"] == "nightly" and pipeline["jobs"][0]["type"] == "backup", pipeline
    assert re.fullmatch(r"backup of \d{4}-\d\d-\d\dT.*\+0[12]:00", pipeline["name"]), pipeline


def test_the_first_keys_are_made_as_it_is_written(server_with_keys: Server, tmp_path: Path) -> None:
    serve, keys = blocks_below("README.md", "## Running it")
    # The server that the first block starts is the one that runs here already.
    assert "windlass serve" in serve.text
    script = tmp_path / "keys.sh"
    script.write_text(keys.text)
    env = {**environment(server_with_keys), "WINDLASS_DATABASE_URL": server_with_keys.database_url}
    env["PATH"] = path_with_windlass(tmp_path)
    said = run(["bash", "-e", script], cwd=tmp_path, env=env)
    key = (tmp_path / "resizer.key").read_text().strip()
    assert key not in said and (tmp_path / "resizer.key").stat().st_mode & 0o077 == 0
    assert dequeue(server_with_keys, "resize-image", key) == 200
    # It is for that, for that alone, and needed.
    assert dequeue(server_with_keys, "other", key) == 403
    assert dequeue(server_with_keys, "resize-image", None) == 401


def dequeue(server: Server, task_type: str, key: str | None) -> int:
    """Asks for a task with a key, and says the status of the answer."""
    body = json.dumps({"types": [task_type], "worker_id": "me"}).encode()
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    request = urllib.request.Request(f"{server.url}/v1/tasks/dequeue", body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


@pytest.mark.parametrize(
    ("language", "worker", "producer"),
    [
        ("curl", ["bash", "worker.sh"], ["bash", "producer.sh"]),
        ("python", [".venv/bin/python", "worker.py"], [".venv/bin/python", "producer.py"]),
        ("typescript", ["node", "--import", "tsx", "worker.mts"], ["node", "--import", "tsx", "producer.mts"]),
    ],
    ids=["curl", "python", "typescript"],
)
def test_a_producer_and_a_worker_work_as_they_are(
    server_of_each_mode: Server, tmp_path: Path, language: str, worker: list[str], producer: list[str]
) -> None:
    server = server_of_each_mode
    env = {**environment(server), "WINDLASS_SDK": str(TOOLS / "windlass-sdk.tgz")}
    page = blocks(f"docs/quickstart/{language}.md")
    files = [block for block in page if block.file]
    assert [block.file for block in files] == [worker[-1], producer[-1]]
    for block in files:
        (tmp_path / str(block.file)).write_text(block.text)
    for block in page:
        if block.language == "bash" and not block.file:
            (tmp_path / "setup.sh").write_text(block.text)
            run(["bash", "-e", "setup.sh"], cwd=tmp_path, env=env)
    they_work(server, worker, producer, tmp_path)
    types_are_right(language, tmp_path, env)


def test_the_producer_and_the_worker_in_rust_work_as_they_are(server_of_each_mode: Server, tmp_path: Path) -> None:
    """The page's files are the SDK's examples, which are built with the tests."""
    programs = []
    files = [block for block in blocks("docs/quickstart/rust.md") if block.file]
    for block, name in zip(files, ["worker", "producer"], strict=True):
        assert block.file == f"src/bin/{name}.rs"
        example = (REPOSITORY / "crates/sdk/examples/quickstart" / f"{name}.rs").read_text()
        assert example.split("\n\n", 1)[1] == block.text.split("\n", 1)[1], f"the page's {block.file} is the example"
        programs.append(Path(os.environ["WINDLASS_BINARY"]).parent / "examples" / f"quickstart_{name}")
    worker, producer = programs
    they_work(server_of_each_mode, [str(worker)], [str(producer)], tmp_path)


def they_work(server: Server, worker: list[str], producer: list[str], directory: Path) -> None:
    """Runs both, where keys are wanted each with one that has the scope that its page names and no other."""
    env, produce = environment(server), key(server, "produce")
    with running(worker, directory, with_key(env, key(server, "work"))):
        said = run([*producer], cwd=directory, env=with_key(env, produce))
        assert "sea/1.jpg" in said and "succeeded" in said, said
        failed = fail_one(server, produce)
        assert failed["error"]["category"] == "data_error" and failed["state"] == "failed", failed


def test_the_quick_start_and_what_installs_the_tools_ask_for_the_same_node() -> None:
    asked = {
        name: set(re.findall(r"Node (\d+(?:\.\d+)?) or newer", (REPOSITORY / name).read_text()))
        for name in ["docs/quickstart/typescript.md", "sdks/typescript/README.md", ".ci/install", "tests/clients/run"]
    }
    # The types are of that version too, so that nothing newer is called.
    types = json.loads((HERE / "package.json").read_text())["dependencies"]["@types/node"]
    assert all(versions == {types.split(".")[0]} for versions in asked.values()), (asked, types)


@contextmanager
def running(command: list[str], directory: Path, env: dict[str, str]) -> Iterator[None]:
    """A worker in the background, which is to live until it is ended."""
    log = directory / "worker.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [*DIES_ALONG, *command],
            cwd=directory,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        yield
        assert process.poll() is None, f"the worker ended with {process.returncode}: {log.read_text()}"
    except BaseException:
        print(log.read_text())
        raise
    finally:
        end(process)


def fail_one(server: Server, key: str | None) -> Any:
    """Creates a task that the quick starts' workers cannot do, and returns it once it has ended."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    body = json.dumps({"type": "resize-image", "payload": {"nothing": "of use"}}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}/v1/jobs", body, headers)) as answer:
        job = json.load(answer)["id"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    tasks = urllib.request.Request(f"{server.url}/v1/tasks?job_id={job}", headers=headers)
    while True:
        with urllib.request.urlopen(tasks) as answer:
            task = json.load(answer)["items"][0]
        if task["ended_at"] is not None:
            return task
        assert time.monotonic() < deadline, f"nobody ended {task}"
        time.sleep(0.05)


def types_are_right(language: str, directory: Path, env: dict[str, str]) -> None:
    """What has types is held to them, strictly."""
    if language == "python":
        files: list[str | Path] = ["worker.py", "producer.py"]
        run(["mypy", "--config-file", HERE / "python" / "mypy.ini", *files], cwd=directory, env=env)
    if language == "typescript":
        types = TOOLS / "node" / "node_modules" / "@types"
        run(
            [
                "tsc",
                "--noEmit",
                "--strict",
                "--module",
                "nodenext",
                "--target",
                "es2023",
                "--allowImportingTsExtensions",
                "--types",
                "node",
                "--typeRoots",
                types,
                "worker.mts",
                "producer.mts",
            ],
            cwd=directory,
            env=env,
        )
