"""deploy/compose.yml, step by step as it stands: its scripts, its settings and its nginx, without an engine of containers.

What is done where an engine would do it, is in `stack.py`.
"""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import compose_spec
import pytest
import yaml
from cluster import cluster, clusters
from conftest import PATIENCE_SECONDS, REPOSITORY, run
from stack import COMPOSE, DEPLOY, SERVICES, Here, call, load, nginx, restart, volumes


def test_the_file_is_one_of_compose() -> None:
    # The reader knows every key there is, but takes the merge key for one.
    compose_spec.PyCompose.from_yaml(yaml.safe_dump(COMPOSE))
    for service in SERVICES.values():
        assert set(service.get("depends_on", [])) <= set(SERVICES)
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
        for source, _ in volumes(service):
            assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], source


def test_each_service_is_confined_and_reachable_from_this_machine_alone() -> None:
    for name, service in SERVICES.items():
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("cap_add", []) == (["CHOWN"] if name == "secrets" else []), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        said = json.dumps([service.get("environment", {}), service.get("command", [])])
        assert not re.search(r"(PASSWORD|KEY|URL)\": \"", said), f"{name} is told a secret, not a file"


def test_who_gets_which_secret() -> None:
    """Each volume of secrets is mounted where it is needed and nowhere else, for reading alone."""
    secrets = ["database-admin", "database-owner", "database-server", "bootstrap", "grafana-admin", "demo-key"]
    mounted = {
        secret: {name for name, service in SERVICES.items() if secret in dict(volumes(service))} - {"secrets"}
        for secret in secrets
    }
    assert mounted == {
        "database-admin": {"postgres"},
        "database-owner": {"postgres", "migrate"},
        "database-server": {"postgres", "server1", "server2"},
        "bootstrap": {"server1", "server2", "cli", "demo-key"},
        "grafana-admin": {"grafana"},
        "demo-key": {"demo-key", "demo"},
    }
    for name, service in SERVICES.items():
        for mount in service.get("volumes", []):
            if name not in ("secrets", "demo-key") and isinstance(mount, dict):
                assert mount["read_only"] is True, (name, mount)


def test_the_servers_role_may_what_the_guide_says() -> None:
    guide = (REPOSITORY / "docs/operations.md").read_text()
    [section] = re.findall(r"^## A role that only serves$.*?```sql\n(.*?)```", guide, re.MULTILINE | re.DOTALL)
    script = (DEPLOY / "compose/make-database").read_text()
    wanted = {" ".join(part.split()) for part in section.replace("jobs", "windlass").split(";")}
    # What is there already, and how a role is made, differ: the script runs before the first migration.
    wanted = {part for part in wanted if part and "ALL" not in part and not part.startswith("CREATE ROLE")}
    granted = {" ".join(part.split()) for part in re.split(r";|\\connect windlass", script)}
    assert wanted <= granted, wanted - granted


@pytest.fixture
def here() -> Iterator[Here]:
    """Everything that comes before the servers has been done."""
    with clusters() as home, cluster(home, "data") as database:
        prepared = Here(home, database)
        prepared.make_secrets()
        prepared.make_database()
        assert SERVICES["migrate"]["command"] == ["migrate"]
        prepared.windlass("migrate", "migrate")
        yield prepared


def test_it_starts_as_it_is_and_both_servers_restart_under_load(here: Here) -> None:
    secrets_are_made_once_and_are_theirs(here)
    with ExitStack() as running:
        servers = {}
        for name in ("server1", "server2"):
            servers[name] = here.start_server(name)
            running.callback(servers[name].kill)
        running.enter_context(nginx(here))
        the_demo_has_a_key_of_its_own(here)
        with load(here) as calls:
            restart(here, servers, calls)
        for name, server in servers.items():
            server.send_signal(signal.SIGTERM)
            assert server.wait(PATIENCE_SECONDS) == 0, here.log(name)
    assert set(calls) == {"201", "200"}, calls


def secrets_are_made_once_and_are_theirs(here: Here) -> None:
    """A second start changes none, and each is for its user alone."""
    owners = {
        "database-admin/password": "999",
        "database-owner/owner": "65532",
        "database-owner/password": "999",
        "database-server/server": "65532",
        "database-server/password": "999",
        "bootstrap/key": "65532",
        "grafana-admin/password": "472",
    }
    before = {file: (here.home / file).read_text() for file in owners}
    assert len(set(before.values())) == len(before) and all(len(text.strip()) >= 64 for text in before.values())
    for file, user in owners.items():
        assert (here.home / f"{file}.new.owner").read_text() == f"{user}:{user}\n"
        assert (here.home / file).stat().st_mode & 0o077 == 0, file
    here.make_secrets()
    assert before == {file: (here.home / file).read_text() for file in owners}


def the_demo_has_a_key_of_its_own(here: Here) -> None:
    """`demo-key` makes it by way of nginx, once; it is for the demo's types and for nothing else."""
    env = here.environment("demo-key")
    (here.home / "tools" / "windlass").symlink_to(os.environ["WINDLASS_BINARY"])
    env["PATH"] = f"{here.home / 'tools'}:{os.environ['PATH']}"
    file = Path(here.environment("demo")["WINDLASS_KEY_FILE"])
    for _ in range(2):
        run(["/bin/sh", DEPLOY / "compose/make-demo-key", file], cwd=here.home, env=env)
    assert [key["name"] for key in json.loads(here.windlass("cli", "key", "list", "--json"))] == ["demo"]
    key = file.read_text().strip()
    dequeue = {"worker_id": "demo"}
    types = sorted(
        re.findall(r'const TYPE: &\'static str = "(.*)"', (REPOSITORY / "crates/sdk/examples/inventory/jobs.rs").read_text())
    )
    assert call(here, "/v1/tasks/dequeue", {**dequeue, "types": types}, key) == 200
    assert call(here, "/v1/tasks/dequeue", {**dequeue, "types": ["other"]}, key) == 403
    assert call(here, "/v1/jobs", {"type": types[0]}, key) == 403
    assert call(here, "/v1/tasks/dequeue", {**dequeue, "types": types}, None) == 401
