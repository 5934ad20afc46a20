"""The TypeScript SDK: its package is built, held to what packages must be, and installed from its file; then its own tests run.

Those of `sdks/typescript/test` are compiled against what was installed, strictly, and run by Node against fake servers, this one, and servers
that they kill themselves. The guides' right columns are run as they are written.
"""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from conftest import REPOSITORY, TOOLS, Server, environment, run
from test_readme import running

SDK = REPOSITORY / "sdks" / "typescript"
PACKAGE = TOOLS / "windlass-sdk.tgz"
BUILT_WITH = TOOLS / "windlass-sdk-build" / "node_modules"


@pytest.fixture
def installed(server: Server, tmp_path: Path) -> dict[str, str]:
    """A directory where the packed file is installed beside the tools of the tests, and what commands there run in."""
    env = {**environment(server), "WINDLASS_SERVER_DATABASE_URL": server.database_url, "WINDLASS_REPOSITORY": str(REPOSITORY)}
    env["PATH"] = f"{BUILT_WITH / '.bin'}:{env['PATH']}"
    (tmp_path / "package.json").write_text('{ "private": true, "type": "module" }')
    run(["npm", "install", "--prefer-offline", "--no-package-lock", "--no-audit", "--no-fund", PACKAGE], cwd=tmp_path, env=env)
    package = tmp_path / "node_modules" / "windlass-sdk"
    assert package.is_dir() and not package.is_symlink(), "it is installed from its file"
    for name in ["@types", "zod", "valibot", "prom-client", "typescript", "tdigest", "bintrees", "@opentelemetry"]:
        if not (tmp_path / "node_modules" / name).exists():
            (tmp_path / "node_modules" / name).symlink_to(BUILT_WITH / name)
    return env


def compile_tests(directory: Path, env: dict[str, str]) -> None:
    for name in ["tsconfig.json", "tsconfig.test.json"]:
        shutil.copy(SDK / name, directory)
    shutil.copytree(SDK / "test", directory / "test")
    run(["tsc", "--project", "tsconfig.test.json"], cwd=directory, env=env)


def test_it_does_what_every_worker_does(installed: dict[str, str], tmp_path: Path) -> None:
    compile_tests(tmp_path, installed)
    # Alone it takes some 20 s; beside seven others on two cores, much longer.
    said = run(["node", "--test", "--test-reporter=tap", "built/"], cwd=tmp_path, env=installed, seconds=900)
    assert "\n# fail 0\n" in said and "\n# skipped 0\n" in said, said
    table = REPOSITORY / "sdks" / "BEHAVIOUR.md"
    rows = table.read_text().splitlines() if table.exists() else []
    for number in [int(found[1]) for row in rows if (found := re.match(r"\| B(\d+) \|", row))]:
        assert f" - b{number:02} " in said, f"B{number} of the table has no test"


def test_its_package_is_what_packages_must_be(installed: dict[str, str], tmp_path: Path) -> None:
    run(["publint", "--strict", PACKAGE], cwd=tmp_path, env=installed)
    run(["attw", PACKAGE], cwd=tmp_path, env=installed)
    version = tomllib.loads((REPOSITORY / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    package = json.loads((tmp_path / "node_modules" / "windlass-sdk" / "package.json").read_text())
    assert package["version"] == version, "versions follow the server's"
    assert set(package["dependencies"]) == {"cockatiel", "openapi-fetch"}
    assert package["peerDependenciesMeta"] == {"@opentelemetry/api": {"optional": True}}
    # Also without it.
    (tmp_path / "node_modules" / "@opentelemetry").unlink()
    uses = "if (!(new Failure('a', 'b') instanceof Error)) throw 1; run(new Worker({ key: null }).job('a', (n) => n + 1), 'a', 1).then(({ result }) => { if (result !== 2) throw 1; });"
    imports = "import { Failure, Worker } from 'windlass-sdk'; import { run } from 'windlass-sdk/testing';"
    requires = "const { Failure, Worker } = require('windlass-sdk'); const { run } = require('windlass-sdk/testing');"
    run(["node", "--input-type=module", "-e", f"{imports} {uses}"], cwd=tmp_path, env=installed)
    run(["node", "--input-type=commonjs", "-e", f"{requires} {uses}"], cwd=tmp_path, env=installed)


def test_what_packs_it_removes_no_directory_of_somebody_elses(tmp_path: Path) -> None:
    theirs = tmp_path / "windlass-sdk-build" / "stamp"
    theirs.parent.mkdir()
    theirs.write_text("a letter\n")
    done = subprocess.run([SDK / "pack", tmp_path], capture_output=True, text=True, timeout=600)
    assert done.returncode == 73 and "was not made by this program" in done.stderr, done
    assert theirs.read_text() == "a letter\n" and [*tmp_path.iterdir()] == [theirs.parent]


@pytest.mark.parametrize("compiler", ["typescript", "typescript-5.4"])
def test_its_types_are_right_for_who_uses_it(installed: dict[str, str], tmp_path: Path, compiler: str) -> None:
    """The README's blocks, as ES modules and as CommonJS, by the oldest compiler that is promised and by the one that it is built with."""
    readme = (SDK / "README.md").read_text()
    blocks = [block.split("```")[0] for block in readme.split("```typescript\n")[1:]]
    for at, block in enumerate(blocks):
        (tmp_path / f"block{at}.mts").write_text(block)
    (tmp_path / "common.cts").write_text("import sdk = require('windlass-sdk');\nnew sdk.Worker().job('a', (payload: unknown) => payload);\n")
    order: list[str | Path] = ["node", BUILT_WITH / compiler / "bin" / "tsc", "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"]
    run([*order, "--types", "node", *sorted(path.name for path in tmp_path.glob("*.?ts"))], cwd=tmp_path, env=installed)


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("from-bullmq", ["succeeded { url: 'sea/1.jpg', width: 100 }", "succeeded 2 images", "next at 20", "0 to retry"]),
        ("from-jobnik-sdk", ["succeeded 100", "{ written: 'out/1.jpg' }", "cancelled"]),
    ],
)
def test_the_right_columns_of_the_guides_work_as_they_are(
    server: Server, installed: dict[str, str], tmp_path: Path, page: str, says: list[str]
) -> None:
    text = (REPOSITORY / "docs" / f"{page}.md").read_text()
    files: dict[str, str] = {}
    for block in re.findall(r"^```typescript\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if name := re.match(r"// (\w+\.mts)\n", block):
            files[name[1]] = files.get(name[1], "") + block
    assert {"worker.mts", "producer.mts"} <= set(files), files
    for name, program in files.items():
        (tmp_path / name).write_text(program)
    order: list[str | Path] = ["tsc", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node", "--skipLibCheck"]
    run([*order, "--rewriteRelativeImportExtensions", *sorted(files)], cwd=tmp_path, env=installed)
    with running(["node", "worker.mjs"], tmp_path, installed):
        said = run(["node", "producer.mjs"], cwd=tmp_path, env=installed)
    for line in says:
        assert line in said, said
