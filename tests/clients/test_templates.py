"""The templates of services, in `sdks/*/template`, are what somebody begins from: each is copied, and there its tests, types and lints
pass against the packed SDK; it is started at a real server, does a task, shows it in its metrics, and ends well at SIGTERM.

No Docker is needed: Dockerfiles are read by a parser, the chart is rendered by Helm's own library.
"""

import hashlib
import json
import re
import shutil
import signal
import subprocess
import time
import tomllib
import urllib.request
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import pytest
import yaml
from conftest import DIES_ALONG, PATIENCE_SECONDS, REPOSITORY, TOOLS, Server, end, environment, run
from dockerfile_parse import DockerfileParser
from packaging.requirements import Requirement
from test_deploy_chart import VERSIONS
from test_typescript_sdk import installed  # noqa: F401 - a fixture

PYTHON = REPOSITORY / "sdks" / "python" / "template"
TYPESCRIPT = REPOSITORY / "sdks" / "typescript" / "template"
BIN = TOOLS / "python" / "bin"
# What the service of a template needs to end: its handlers' 30 s and 5 s, and a call.
STOP_SECONDS = 75


def copied(template: Path, directory: Path) -> Path:
    """A template as somebody copies it, without what git ignores there."""
    ignored = [line.rstrip("/").rpartition("/")[2] for line in (template / ".gitignore").read_text().split()]
    shutil.copytree(template, directory, ignore=shutil.ignore_patterns(*ignored), dirs_exist_ok=True)
    return directory


def test_the_service_in_python_does_what_its_readme_says(server: Server, tmp_path: Path) -> None:
    service, env = copied(PYTHON, tmp_path / "service"), environment(server)
    [needs] = [Requirement(one) for one in project(service)["dependencies"] if one.startswith("windlass-sdk")]
    [sdk] = re.findall(r'^version = "(.+)"$', (PYTHON.parent / "pyproject.toml").read_text(), re.MULTILINE)
    assert needs.specifier.contains(sdk) and not needs.specifier.contains("1.0.0"), "it depends on the SDK by its version"
    run([BIN / "python", "-m", "pytest", "-p", "no:cacheprovider"], cwd=service, env=env)
    run([BIN / "mypy", "--cache-dir", "/dev/null"], cwd=service, env=env)
    run([BIN / "ruff", "check", "--no-cache"], cwd=service, env=env)
    run([BIN / "ruff", "format", "--check", "--no-cache"], cwd=service, env=env)
    site = tmp_path / "site"
    pip: list[str | Path] = [BIN / "python", "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    run([*pip, "--target", site, service], cwd=tmp_path, env=env)
    it_works([site / "bin" / "checksums"], server, tmp_path, {**env, "PYTHONPATH": str(site)})


def project(service: Path) -> dict[str, Any]:
    read: dict[str, Any] = tomllib.loads((service / "pyproject.toml").read_text())["project"]
    return read


def test_the_service_in_typescript_does_what_its_readme_says(server: Server, installed: dict[str, str], tmp_path: Path) -> None:  # noqa: F811
    service = copied(TYPESCRIPT, tmp_path)
    (tmp_path / "node_modules" / "@biomejs").symlink_to(TOOLS / "node" / "node_modules" / "@biomejs")
    package = json.loads((service / "package.json").read_text())
    for name, asked in (package["dependencies"] | package["devDependencies"]).items():
        there = json.loads((tmp_path / "node_modules" / name / "package.json").read_text())["version"]
        assert fits(there, asked), f"{name} {there} is tested, and {asked} is asked for"
    run(["npm", "test"], cwd=service, env=installed)
    run(["npm", "run", "lint"], cwd=service, env=installed)
    it_works(["node", "dist/src/main.js"], server, tmp_path, installed)


def fits(version: str, asked: str) -> bool:
    """Whether npm takes this version: of `^1.2.0` the same first number that is not 0, and none that is less."""
    if not asked.startswith("^"):
        return version == asked
    there, least = ([int(part) for part in text.split(".")] for text in (version, asked.removeprefix("^")))
    fixed = next((at for at, part in enumerate(least) if part), 2) + 1
    return there >= least and there[:fixed] == least[:fixed]


def it_works(command: list[str | Path], server: Server, directory: Path, env: dict[str, str]) -> None:
    """Starts a service; it says what is wrong, or does a task, shows it, and ends well."""
    wrong = subprocess.run(command, cwd=directory, env=env, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert (wrong.returncode, wrong.stderr) == (2, "CHECKSUMS_DIRECTORY is missing: it is to name a directory\n")
    files, log = directory / "files", directory / "service.log"
    files.mkdir()
    (files / "a.txt").write_text("some text\n")
    settings = {**env, "CHECKSUMS_DIRECTORY": str(files), "CHECKSUMS_LISTEN": "127.0.0.1:0"}
    with log.open("w") as output:
        process = subprocess.Popen([*DIES_ALONG, *command], cwd=directory, env=settings, stderr=output, start_new_session=True)
    try:
        job = call(f"{server.url}/v1/jobs", {"type": "checksum-file", "payload": {"path": "a.txt"}})
        task = ended_task(server, job["id"], process, log)
        sha256 = hashlib.sha256(b"some text\n").hexdigest()
        assert (task["state"], task["result"]) == ("succeeded", {"sha256": sha256, "bytes": 10}), task
        [port] = re.findall(r'metrics (?:on port |are served","port":)(\d+)', log.read_text())
        assert json.loads(get(f"http://127.0.0.1:{port}/healthz")) == {"breaker": "closed"}
        metrics = get(f"http://127.0.0.1:{port}/metrics")
        assert re.search(r'^windlass_sdk_tasks_total\{(?=.*type="checksum-file")(?=.*outcome="succeeded").*\} 1(\.0)?$', metrics, re.MULTILINE), metrics
        assert "process_cpu_seconds_total" in metrics
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0, log.read_text()
    finally:
        end(process)


def ended_task(server: Server, job: str, process: "subprocess.Popen[bytes]", log: Path) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        [task] = json.loads(get(f"{server.url}/v1/tasks?job_id={job}"))["items"]
        if task["ended_at"] is not None:
            return task
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def call(url: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return json.load(answer)


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize("template", [PYTHON, TYPESCRIPT], ids=["python", "typescript"])
def test_its_image_runs_as_a_user_and_copies_what_is_there(template: Path) -> None:
    parser = DockerfileParser(fileobj=(template / "Dockerfile").open("rb"))
    steps = [(step["instruction"], step["value"]) for step in parser.structure]
    stages = [value.split(" AS ")[1:] for instruction, value in steps if instruction == "FROM"]
    assert stages == [["build"], []], "what builds is not in the image"
    last = steps[max(at for at, (instruction, _) in enumerate(steps) if instruction == "FROM") :]
    users = [value for instruction, value in last if instruction == "USER"]
    assert users and all(re.fullmatch(r"[1-9]\d*", user) for user in users), users
    # Without a shell, so that SIGTERM arrives.
    [entry] = [json.loads(value) for instruction, value in last if instruction == "ENTRYPOINT"]
    assert entry and not any(instruction == "CMD" for instruction, _ in last)
    # npm takes `packages/windlass-sdk.tgz` for a repository of GitHub's user `packages`.
    words = " ".join([value for _, value in steps] + re.findall(r"^npm .*$", (template / "README.md").read_text(), re.MULTILINE)).split()
    assert all(word.startswith("./") for word in words if word.endswith(".tgz")), words
    ignored = (template / ".dockerignore").read_text().split()
    assert ignored[0] == "*"
    copies = [value.split() for instruction, value in steps if instruction in ("COPY", "ADD")]
    assert copies
    for *sources, _ in copies:
        if sources[0].startswith("--"):
            assert sources[0] == "--from=build"
            continue
        for source in sources:
            assert (template / source).exists(), f"{source} is copied and not there"
            assert f"!{source.split('/')[0]}" in ignored, f"{source} is copied and not sent"


def test_the_chart_of_the_service_in_typescript_is_one_that_kubernetes_takes() -> None:
    chart = TYPESCRIPT / "chart"
    values = yaml.safe_load((chart / "values.yaml").read_text())
    with helm_python.Chart.load(str(chart)) as loaded:
        files = loaded.render({}, name="nightly", namespace="production")
    [deployment] = [yaml.safe_load(text) for text in files.values()]
    for version in VERSIONS:
        kubernetes_validate.validate(deployment, version, strict=True)
    pod = deployment["spec"]["template"]["spec"]
    [container] = pod["containers"]
    package = json.loads((TYPESCRIPT / "package.json").read_text())
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    assert (about["name"], about["appVersion"], values["image"]["tag"]) == (package["name"], package["version"], package["version"])
    assert pod["terminationGracePeriodSeconds"] >= STOP_SECONDS
    assert pod["securityContext"]["runAsNonRoot"] and container["securityContext"]["readOnlyRootFilesystem"]
    [user] = re.findall(r"^USER (\d+)$", (TYPESCRIPT / "Dockerfile").read_text(), re.MULTILINE)
    assert pod["securityContext"]["runAsUser"] == int(user)
    [port] = container["ports"]
    probe = container["livenessProbe"]["httpGet"]
    assert (probe["path"], probe["port"], port["name"]) == ("/healthz", port["name"], "operations")
    listens = re.findall(r"CHECKSUMS_LISTEN=0\.0\.0\.0:(\d+)", (TYPESCRIPT / "Dockerfile").read_text())
    assert listens == [str(port["containerPort"])]
    # It sets what the service reads, and nothing else.
    settings = {variable["name"]: variable["value"] for variable in container["env"]}
    assert all(isinstance(value, str) for value in settings.values()), settings
    read = set(re.findall(r"^\| (`[A-Z_`, ]+`)", (TYPESCRIPT / "README.md").read_text(), re.MULTILINE))
    assert set(settings) <= set(re.findall(r"[A-Z_]+", " ".join(read))), read
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    assert mounts == {volume["name"] for volume in pod["volumes"]} and all(mount["readOnly"] for mount in container["volumeMounts"])
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
