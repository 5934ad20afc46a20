"""What of deploy/ can be checked as it is: the image's steps, the unit, the Debian package, the guide of its alerts."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import tomlkit
import yaml
from conftest import REPOSITORY, psql
from dockerfile_parse import DockerfileParser

DEPLOY = REPOSITORY / "deploy"
OPERATIONS = (REPOSITORY / "docs/operations.md").read_text()


def test_the_image_is_made_of_what_there_is_and_runs_as_nobody(tmp_path: Path) -> None:
    # The parser writes beside what it reads, if it is asked to.
    file = tmp_path / "Dockerfile"
    shutil.copy(DEPLOY / "Dockerfile", file)
    steps = DockerfileParser(str(file)).structure
    stages: list[str] = []
    for step in steps:
        words = step["value"].split()
        if step["instruction"] == "FROM":
            image, name = words[0], words[2] if len(words) > 1 else "last"
            assert image in [*stages, "scratch"] or re.fullmatch(
                r"[a-z]+:[\w.]*-?slim-bookworm|debian:bookworm-slim", image
            ), image
            stages.append(name)
        if step["instruction"] == "COPY":
            sources = [word for word in words[:-1] if not word.startswith("--")]
            origin = [word.removeprefix("--from=") for word in words if word.startswith("--from=")]
            assert all(stage in stages for stage in origin), step
            assert origin or all((REPOSITORY / source).exists() for source in sources), step
    assert not {"ADD", "VOLUME", "HEALTHCHECK"} & {step["instruction"] for step in steps}
    last = steps[max(at for at, step in enumerate(steps) if step["instruction"] == "FROM") :]
    said = {step["instruction"]: step["value"] for step in last}
    assert said["FROM"] == "scratch" and said["USER"] == "65532:65532"
    assert said["ENTRYPOINT"] == '["/usr/local/bin/windlass"]' and said["CMD"] == '["serve"]'
    # It is built by the Rust that the workspace asks for.
    version = re.search(r'^rust-version = "(.*)"$', (REPOSITORY / "Cargo.toml").read_text(), re.MULTILINE)
    assert version and steps[next(at for at, step in enumerate(steps) if step["instruction"] == "FROM")]["value"].startswith(
        f"rust:{version[1]}-"
    )


def test_the_images_files_are_enough_to_run_a_program(tmp_path: Path) -> None:
    """The step that collects them, with another program that is linked with the C library."""
    program = Path("/bin/ls")
    subprocess.run([DEPLOY / "docker/collect", tmp_path / "image", program], check=True)
    image = tmp_path / "image"
    [loader] = image.glob("lib*/ld-linux*")
    libraries = ":".join(str(path) for path in {file.parent for file in image.glob("lib/**/*.so*")})
    order: list[str | Path] = [loader, "--library-path", libraries, image / "usr/local/bin/ls", "--version"]
    assert "ls" in subprocess.run(order, check=True, capture_output=True, text=True).stdout
    for file in ["etc/passwd", "etc/group", "etc/nsswitch.conf", "etc/os-release", "etc/ssl/certs/ca-certificates.crt"]:
        assert (image / file).stat().st_size > 0, file
    assert {file.name for file in (image / "var/lib/dpkg/status.d").iterdir()} == {
        "libc6",
        "libgcc-s1",
        "ca-certificates",
    }


def test_the_unit_may_do_little() -> None:
    order: list[str | Path] = [
        "systemd-analyze",
        "security",
        "--offline=true",
        "--no-pager",
        DEPLOY / "windlass.service",
    ]
    said = subprocess.run(order, check=True, capture_output=True, text=True).stdout
    level = re.search(r"Overall exposure level for windlass.service: ([\d.]+)", said)
    assert level and float(level[1]) <= 2.0, said


def test_the_debian_package_is_made_of_what_there_is() -> None:
    manifest: Any = tomlkit.parse((REPOSITORY / "crates/cli/Cargo.toml").read_text()).unwrap()
    package = manifest["package"]["metadata"]["deb"]
    here = REPOSITORY / "crates/cli"
    placed = {}
    for source, target, mode in package["assets"]:
        assert source == "target/release/windlass" or (here / source).is_file(), source
        placed[f"/{target}"] = (source, mode)
    assert (here / package["license-file"][0]).is_file()
    assert set(package["conf-files"]) <= set(placed)
    assert {path for path in placed if path.startswith("/etc/")} == set(package["conf-files"])
    unit = (DEPLOY / "windlass.service").read_text()
    # What the unit names is where the package puts it.
    assert placed[f"/{re.findall(r'^ExecStart=/(.*) serve$', unit, re.MULTILINE)[0]}"] == (
        "target/release/windlass",
        "755",
    )
    assert re.findall(r"^Environment=WINDLASS_CONFIG=(.*)$", unit, re.MULTILINE)[0] in placed
    [user] = re.findall(r"^User=(.*)$", unit, re.MULTILINE)
    assert re.search(rf"^u {user} ", (DEPLOY / "windlass.sysusers").read_text(), re.MULTILINE)
    scripts = here / package["maintainer-scripts"]
    assert {script.name for script in scripts.iterdir()} == {"postinst", "prerm", "postrm"}
    for script in scripts.iterdir():
        subprocess.run(["sh", "-n", script], check=True)


def test_each_setting_in_the_configuration_is_one(tmp_path: Path) -> None:
    text = (DEPLOY / "windlass.toml").read_text()
    known = set(
        re.findall(r"^\| `--[\w-]+` \| `\w+` \| `(\w+)` ", (REPOSITORY / "docs/settings.md").read_text(), re.MULTILINE)
    )
    uncommented = re.sub(r"^#(\w+ = )", r"\1", text, flags=re.MULTILINE)
    settings = tomlkit.parse(uncommented).unwrap()
    assert len(settings) > 8 and set(settings) <= known
    # As it is shipped, the server takes it: what it complains of is the database, where nobody listens.
    file = tmp_path / "windlass.toml"
    file.write_text(text)
    order: list[str | Path] = [
        os.environ["WINDLASS_BINARY"],
        "serve",
        "--config",
        file,
        "--database-url",
        "postgres://127.0.0.1:1/none",
    ]
    refused = subprocess.run(order, capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert refused.returncode == 1 and "windlass: cannot connect to the database" in refused.stderr, refused.stderr


def test_each_alert_has_its_section_and_each_section_its_alert() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"][0]["rules"]
    [section] = re.findall(r"^## Alerts$(.*?)^## ", OPERATIONS, re.MULTILINE | re.DOTALL)
    explained = dict(re.findall(r"^### (\w+)$(.*?)(?=^### |\Z)", section, re.MULTILINE | re.DOTALL))
    assert list(explained) == [rule["alert"] for rule in rules]
    for alert, text in explained.items():
        assert "**See**:" in text and "**Do**:" in text, alert


def test_the_commands_of_the_guide_are_commands() -> None:
    """Each `windlass VERB …` in the alerts and in the last section has a help text, and its flags are in it."""
    section = OPERATIONS[OPERATIONS.index("\n## Alerts\n") :]
    commands = {match for match in re.findall(r"`windlass ([^`]+)`", section.replace("\n", " "))}
    assert len(commands) > 20
    for command in commands:
        words = command.split()
        verbs = [word for word in words[:2] if re.fullmatch(r"[a-z-]+", word) and not word.startswith("--")]
        said = subprocess.run([os.environ["WINDLASS_BINARY"], *verbs, "--help"], capture_output=True, text=True)
        assert said.returncode == 0, (command, said.stderr)
        assert f"Usage: windlass {' '.join(verbs)} " in f"{said.stdout} ", command
        for flag in (word for word in words if word.startswith("--")):
            assert re.search(rf"^\s+(-\w, )?{flag}\b", said.stdout, re.MULTILINE), (command, flag)


def test_the_statements_of_the_guide_are_statements() -> None:
    said = re.findall(r"`(SELECT [^`]+)`", OPERATIONS[OPERATIONS.index("\n## Alerts\n") :].replace("\n", " "))
    assert len(said) > 6
    for statement in said:
        psql(os.environ["WINDLASS_TEST_DATABASE_URL"], statement)


def test_the_metrics_of_the_guide_are_metrics() -> None:
    metrics = set(re.findall(r"^\| `(\w+)` \|", (REPOSITORY / "docs/metrics.md").read_text(), re.MULTILINE))
    asked = set(re.findall(r"\bwindlass_\w+", re.sub(r"```.*?```", "", OPERATIONS, flags=re.DOTALL)))
    # Roles of the database, as the guide calls them.
    asked -= {"windlass_server", "windlass_owner"}
    assert len(asked) > 5
    assert {re.sub(r"_(sum|count|bucket)$", "", name) for name in asked} <= metrics


def test_the_guides_nginx_is_the_one_that_is_tested() -> None:
    [block] = re.findall(r"^### Behind nginx$.*?```nginx\n(.*?)```", OPERATIONS, re.MULTILINE | re.DOTALL)
    file = (DEPLOY / "nginx/nginx.conf").read_text()
    tested = {" ".join(line.split()) for line in file.splitlines()}
    for line in block.splitlines():
        said = " ".join(line.split())
        assert said in tested or re.fullmatch(r"server 10\.0\.0\.\d:7070 max_fails=0;", said), line


def test_the_page_names_each_file() -> None:
    page = (DEPLOY / "README.md").read_text()
    listed = subprocess.run(["git", "ls-files", "deploy"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    for name in {path.split("/")[1] for path in listed.split()} - {"README.md"}:
        assert f"`{name}" in page, name
