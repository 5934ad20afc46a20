"""How the parts are put together: in one place, by hand, so that there is nothing to look up."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from windlass_sdk import Worker

from checksums import jobs, operations
from checksums.settings import Settings

log = logging.getLogger("checksums")


def worker_of(settings: Settings) -> Worker:
    """The worker, ready to run."""
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)

    @asynccontextmanager
    async def lifespan(worker: Worker) -> AsyncIterator[None]:
        """What is there from before the first task until after the last; a pool of connections would be opened here."""
        with operations.serving(settings.host, settings.port, registry, lambda: worker.breaker_state.value) as port:
            log.info("health and metrics on port %d", port)
            yield

    worker = Worker(concurrency=settings.concurrency, registry=registry, lifespan=lifespan)
    jobs.add_to(worker, settings.directory)
    return worker
