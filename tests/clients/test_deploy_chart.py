"""deploy/helm/windlass: rendered by Helm's own library, held to Kubernetes' schemas, run as far as it goes without a cluster."""

import json
import os
import re
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import pytest
import yaml
from cluster import free_port
from conftest import DIES_ALONG, PATIENCE_SECONDS, REPOSITORY, psql

CHART = REPOSITORY / "deploy/helm/windlass"
# The oldest that Chart.yaml takes, and the newest whose schemas the package has.
VERSIONS = ("1.25", "1.37")
LEAST: dict[str, Any] = {"database": {"secret": "database"}}
MOST: dict[str, Any] = {
    "image": {"repository": "registry.example/windlass", "digest": f"sha256:{'a' * 64}", "pullSecrets": ["registry"]},
    "database": {"secret": "database", "migrationSecret": "owner", "caConfigMap": "database-ca"},
    "webhookSecretKey": {"secret": "webhooks"},
    "settings": {
        "retention": "30d,failed=90d",
        "max_body_bytes": 33554432,
        "cors_origins": ["https://app.example"],
        "notify": True,
    },
    "tls": {"certManager": {"enabled": True, "issuer": {"name": "internal"}, "dnsNames": ["jobs.example"]}},
    "service": {"type": "LoadBalancer", "annotations": {"a": "b"}},
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "host": "jobs.example",
        "tlsSecret": "jobs",
        "annotations": {"a": "b"},
    },
    "autoscaling": {"enabled": True},
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "jobs", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
    "topologySpread": {"node": "hard"},
    "priorityClassName": "high",
    "podAnnotations": {"a": "b"},
    "podLabels": {"team": "jobs"},
    "serviceAccount": {"annotations": {"a": "b"}},
    "extraEnv": [{"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://collector:4318"}],
    "metrics": {
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "prometheusRule": {"enabled": True},
        "dashboard": {"enabled": True},
    },
    "networkPolicy": {
        "clients": [{"podSelector": {"matchLabels": {"calls": "windlass"}}}],
        "database": {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [5432, 5433]},
        "extraEgress": [{"ports": [{"port": 4318}]}],
    },
}
# Of these the package has no schemas; what each needs is looked at below.
OTHERS = {"ServiceMonitor", "PrometheusRule", "Certificate"}


def render(values: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """What the chart makes, by kind and name."""
    with helm_python.Chart.load(str(CHART)) as chart:
        files = chart.render(values, name="jobs", namespace="production")
    made = [
        part
        for name, text in files.items()
        if not name.endswith(".txt")
        for part in yaml.safe_load_all(text)
        if part is not None
    ]
    assert len({(part["kind"], part["metadata"]["name"]) for part in made}) == len(made)
    return {(part["kind"], part["metadata"]["name"]): part for part in made}


@pytest.mark.parametrize("values", [LEAST, MOST], ids=["least", "most"])
def test_what_it_makes_is_of_kubernetes_schemas(values: dict[str, Any]) -> None:
    for (kind, _), part in render(values).items():
        for version in VERSIONS:
            if kind not in OTHERS:
                kubernetes_validate.validate(part, version, strict=True)


def test_what_it_does_not_know_is_refused() -> None:
    for values, complaint in [
        ({}, "database.secret names the Secret"),
        ({**LEAST, "replica": 3}, "'replica' not allowed"),
        ({**LEAST, "terminationGracePeriodSeconds": 20}, "minimum"),
        ({**LEAST, "settings": {"listen": "0.0.0.0:80"}}, "settings.listen is set by the chart"),
        ({**LEAST, "tls": {"secret": "a", "certManager": {"enabled": True}}}, "one of them"),
    ]:
        with pytest.raises(helm_python.HelmError) as error:
            render(values)
        assert complaint in str(error.value), (values, error.value)


@pytest.mark.parametrize("values", [LEAST, MOST], ids=["least", "most"])
def test_no_pod_has_more_than_it_needs(values: dict[str, Any]) -> None:
    made = render(values)
    for pod in pods(made):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        [container] = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert all(mount["readOnly"] for mount in container["volumeMounts"])
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
        assert container["resources"]["limits"]["memory"]
        # No secret is a variable, or in anything but a Secret.
        assert not any(re.search(r"postgres://|PASSWORD", str(variable)) for variable in container["env"])


def test_what_belongs_together_finds_each_other() -> None:
    made = render(MOST)
    deployment = made["Deployment", "jobs-windlass"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    ports = {port["name"] for port in container["ports"]}
    selectors = [
        deployment["spec"]["selector"]["matchLabels"],
        made["PodDisruptionBudget", "jobs-windlass"]["spec"]["selector"]["matchLabels"],
        made["NetworkPolicy", "jobs-windlass"]["spec"]["podSelector"]["matchLabels"],
        *(made["Service", name]["spec"]["selector"] for name in ("jobs-windlass", "jobs-windlass-metrics")),
        *(
            part["labelSelector"]["matchLabels"]
            for part in deployment["spec"]["template"]["spec"]["topologySpreadConstraints"]
        ),
    ]
    assert all(selector.items() <= labels.items() for selector in selectors)
    # The migration's pod is none of the servers.
    job = made["Job", "jobs-windlass-migrate"]["spec"]["template"]["metadata"]["labels"]
    assert not any(selector.items() <= job.items() for selector in selectors)
    assert made["NetworkPolicy", "jobs-windlass-migrate"]["spec"]["podSelector"]["matchLabels"].items() <= job.items()
    for name in ("jobs-windlass", "jobs-windlass-metrics"):
        assert {port["targetPort"] for port in made["Service", name]["spec"]["ports"]} <= ports
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
    # The metrics' service is what the monitor asks for, and by the job's name the alerts ask.
    monitor = made["ServiceMonitor", "jobs-windlass"]["spec"]
    assert monitor["selector"]["matchLabels"].items() <= made["Service", "jobs-windlass-metrics"]["metadata"]["labels"].items()
    assert not monitor["selector"]["matchLabels"].items() <= made["Service", "jobs-windlass"]["metadata"]["labels"].items()
    [endpoint] = monitor["endpoints"]
    assert endpoint["port"] == made["Service", "jobs-windlass-metrics"]["spec"]["ports"][0]["name"]
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": "windlass"}]
    alerts = yaml.safe_load((REPOSITORY / "deploy/prometheus/alerts.yml").read_text())
    assert made["PrometheusRule", "jobs-windlass"]["spec"] == alerts
    dashboard = made["ConfigMap", "jobs-windlass-dashboard"]["data"]["windlass.json"]
    assert json.loads(dashboard) == json.loads((REPOSITORY / "deploy/grafana/windlass.json").read_text())
    certificate = made["Certificate", "jobs-windlass"]["spec"]
    tls = next(volume for volume in deployment["spec"]["template"]["spec"]["volumes"] if volume["name"] == "tls")
    assert certificate["secretName"] == tls["secret"]["secretName"]
    assert {"jobs-windlass.production.svc", "jobs.example"} <= set(certificate["dnsNames"])


def test_it_migrates_and_serves_as_the_pods_are_told(tmp_path: Path) -> None:
    """The job's and the servers' containers, with their volumes as directories and their ports on this machine."""
    made = render(MOST)
    with empty_database() as url:
        files = secrets(made, url, tmp_path)
        [migration] = made["Job", "jobs-windlass-migrate"]["spec"]["template"]["spec"]["containers"]
        run_container(migration, files, tmp_path, {}).check_returncode()
        [container] = made["Deployment", "jobs-windlass"]["spec"]["template"]["spec"]["containers"]
        ports = {"0.0.0.0:7070": f"127.0.0.1:{free_port()}", "0.0.0.0:9090": f"127.0.0.1:{free_port()}"}
        assert [port["containerPort"] for port in container["ports"]] == [7070, 9090]
        with serving(container, files, tmp_path, ports) as server:
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                wait_for(f"http://{ports['0.0.0.0:9090']}{container[probe]['httpGet']['path']}", server)
            # What a person is told to do: `kubectl exec … windlass key create`.
            said = run_container(
                {**container, "args": ["key", "create", "--name", "ops", "--scope", "admin"]}, files, tmp_path, ports
            )
            said.check_returncode()
            for key in (said.stdout.strip(), files["/run/windlass/bootstrap/key"]):
                assert status(f"https://{ports['0.0.0.0:7070']}/v1/keys", key) == 200
            assert status(f"https://{ports['0.0.0.0:7070']}/v1/keys", None) == 401


@contextmanager
def empty_database() -> Iterator[str]:
    """The URL of a database in which nothing is; gone afterwards."""
    name, admin = f"windlass_chart_{uuid.uuid4().hex}", os.environ["WINDLASS_TEST_DATABASE_URL"]
    psql(admin, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield re.sub(r"^([a-z]+://[^/]*/)[^?]*", rf"\g<1>{name}", admin)
    finally:
        psql(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def secrets(made: dict[tuple[str, str], dict[str, Any]], url: str, directory: Path) -> dict[str, str]:
    """What lies in the volumes: what the chart makes, and what has to be there before."""
    certificate, key = directory / "tls.crt", directory / "tls.key"
    names = [
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    order: list[str | Path] = [
        "openssl",
        "req",
        "-x509",
        *curve,
        "-nodes",
        "-days",
        "2",
        "-keyout",
        key,
        "-out",
        certificate,
        *names,
    ]
    subprocess.run(order, check=True, capture_output=True)
    return {
        "/run/windlass/database/url": url,
        "/run/windlass/bootstrap/key": b64decode(made["Secret", "jobs-windlass-bootstrap-key"]["data"]["key"]).decode(),
        "/run/windlass/settings/windlass.toml": made["ConfigMap", "jobs-windlass"]["data"]["windlass.toml"],
        "/run/windlass/webhooks/key": "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
        "/run/windlass/tls/tls.crt": certificate.read_text(),
        "/run/windlass/tls/tls.key": key.read_text(),
    }


def prepared(
    container: dict[str, Any], files: dict[str, str], directory: Path, ports: dict[str, str]
) -> tuple[list[str | Path], dict[str, str]]:
    """The container's command and variables, with its files below a directory. Each that it names is one that a volume has."""
    mounted = [mount["mountPath"] for mount in container["volumeMounts"]]
    for path, text in files.items():
        file = directory / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    env = {}
    for variable in container["env"]:
        value = variable["value"]
        if value.startswith("/"):
            assert value in files and str(Path(value).parent) in mounted, variable
            value = str(directory / value.lstrip("/"))
        env[variable["name"]] = ports.get(value, value)
    env.pop("OTEL_EXPORTER_OTLP_ENDPOINT", None)
    # Where it is not 0.0.0.0 that is listened on, this is the default of the mode.
    if "WINDLASS_LISTEN" in env:
        env["WINDLASS_AUTH"] = "keys"
    return [os.environ["WINDLASS_BINARY"], *container["args"]], env


def run_container(
    container: dict[str, Any], files: dict[str, str], directory: Path, ports: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    command, env = prepared(container, files, directory, ports)
    return subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, timeout=PATIENCE_SECONDS)


class serving:
    """A server as a container; ended as Kubernetes ends it."""

    def __init__(self, container: dict[str, Any], files: dict[str, str], directory: Path, ports: dict[str, str]) -> None:
        self.command, self.env = prepared(container, files, directory, ports)
        self.log = directory / "container.log"

    def __enter__(self) -> "serving":
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*DIES_ALONG, *self.command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env, cwd="/"
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(PATIENCE_SECONDS) == 0, self.log.read_text()
        finally:
            self.process.kill()


def wait_for(url: str, server: serving) -> None:
    """Waits for 200."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while status(url, None) != 200:
        assert server.process.poll() is None and time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.05)


def status(url: str, key: str | None) -> int | None:
    """The status of a call, if there is an answer."""
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=10, context=trusting) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return None


def pods(made: dict[tuple[str, str], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The specifications of all pods."""
    for (kind, _), part in made.items():
        if kind in ("Deployment", "Job"):
            yield part["spec"]["template"]["spec"]
