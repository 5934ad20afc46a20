"""Health and metrics, over HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, Counter

from checksums.operations import serving


def get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def test_health_and_metrics_are_served_until_the_end() -> None:
    registry = CollectorRegistry()
    Counter("things", "Things", registry=registry).inc()
    with serving("127.0.0.1", 0, registry, lambda: "closed") as port:
        assert get(port, "/healthz") == '{"breaker": "closed"}'
        assert "things_total 1.0" in get(port, "/metrics")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(port, "/other")
    with pytest.raises(urllib.error.URLError):
        get(port, "/healthz")
