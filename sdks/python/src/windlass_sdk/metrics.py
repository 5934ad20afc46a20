"""What the SDK counts, in the registry that the program gives; without one, nothing.

The names are an interface, the same as those of the Rust SDK; the table in the README says what each means, and a test
holds the two together.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_BREAKER = {"closed": 0, "half_open": 1, "open": 2}
# Bounds of the histogram of tasks, in seconds.
BUCKETS: Sequence[float] = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 300.0, 3600.0)


class Metrics:
    """Counts; needs `windlass-sdk[metrics]` where a registry is given."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._registered: _Registered | None = None if registry is None else _registered(registry)

    def breaker_state(self, server: str, state: str) -> None:
        """The breaker of the client of the server is in this state."""
        if self._registered:
            self._registered.breaker_state.labels(server).set(_BREAKER[state])

    def breaker_change(self, server: str, state: str) -> None:
        """The breaker entered this state."""
        if self._registered:
            self.breaker_state(server, state)
            self._registered.breaker_changes.labels(server, state).inc()

    def retry(self, reason: str) -> None:
        """A call is made again."""
        if self._registered:
            self._registered.retries.labels(reason).inc()

    def empty_poll(self) -> None:
        """A dequeue gave nothing."""
        if self._registered:
            self._registered.empty_polls.inc()

    def heartbeat(self, outcome: str) -> None:
        """What became of one lease in a round of heartbeats: `renewed`, `lost` or `missed`."""
        if self._registered:
            self._registered.heartbeats.labels(outcome).inc()

    def active(self, task_type: str, change: int) -> None:
        """Handlers of a type begin or end."""
        if self._registered:
            self._registered.active.labels(task_type).inc(change)

    def ended(self, task_type: str, outcome: str, seconds: float) -> None:
        """A task ended, as the worker sees it."""
        if self._registered:
            self._registered.tasks.labels(task_type, outcome).inc()
            self._registered.task_seconds.labels(task_type, outcome).observe(seconds)


def _registered(registry: CollectorRegistry) -> _Registered:
    """The collectors of a registry, made once: a process may have several clients."""
    with _lock:
        known = _known.get(registry)
        if known is None:
            known = _known[registry] = _Registered(registry)
        return known


class _Registered:
    """The collectors of one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        from prometheus_client import Counter, Gauge, Histogram

        self.active = Gauge("windlass_sdk_active_tasks", "Handlers that run", ["type"], registry=registry)
        self.tasks = Counter("windlass_sdk_tasks", "Tasks that ended here", ["type", "outcome"], registry=registry)
        self.task_seconds = Histogram(
            "windlass_sdk_task_seconds",
            "From the lease to the answer to the report",
            ["type", "outcome"],
            registry=registry,
            buckets=BUCKETS,
        )
        self.empty_polls = Counter("windlass_sdk_empty_polls", "Dequeues that returned no task", registry=registry)
        self.heartbeats = Counter("windlass_sdk_heartbeats", "Leases in heartbeat calls", ["outcome"], registry=registry)
        self.retries = Counter("windlass_sdk_retries", "Repeated calls", ["reason"], registry=registry)
        self.breaker_state = Gauge(
            "windlass_sdk_breaker_state", "0 closed, 1 half-open, 2 open", ["server"], registry=registry
        )
        self.breaker_changes = Counter(
            "windlass_sdk_breaker_changes", "Changes of the breaker", ["server", "to"], registry=registry
        )


_lock = threading.Lock()
_known: WeakKeyDictionary[CollectorRegistry, _Registered] = WeakKeyDictionary()
