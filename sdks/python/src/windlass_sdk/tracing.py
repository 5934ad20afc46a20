"""Carrying a trace from the producer's request to the worker's last line.

The trace context is passed on as text, as the W3C writes it. Where `opentelemetry` is installed, a handler runs in a span
that continues the trace of its task, and calls made in a span carry the span's own context.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .models import LeasedTask

# The namespace alone may come from another package.
_installed = bool(importlib.util.find_spec("opentelemetry")) and bool(importlib.util.find_spec("opentelemetry.trace"))


@dataclass(frozen=True)
class TraceContext:
    """A W3C trace context."""

    traceparent: str
    tracestate: str | None = None

    @classmethod
    def of(cls, task: LeasedTask) -> TraceContext | None:
        """That of a leased task, if it has one."""
        return cls(task.traceparent, task.tracestate) if task.traceparent else None

    def headers(self) -> dict[str, str]:
        """As it is sent."""
        state = {"tracestate": self.tracestate} if self.tracestate else {}
        return {"traceparent": self.traceparent, **state}


def inject(headers: dict[str, str], context: TraceContext | None) -> None:
    """Adds the context of the present span, or else this one."""
    if _installed and _inject_present(headers):
        return
    if context is not None:
        headers.update(context.headers())


def _inject_present(headers: dict[str, str]) -> bool:
    from opentelemetry import propagate, trace

    if not trace.get_current_span().get_span_context().is_valid:
        return False
    propagate.inject(headers)
    return True


@contextlib.contextmanager
def span_of(task: LeasedTask, *, no_error: type[Exception]) -> Generator[None, None, None]:
    """The span that a handler runs in, where `opentelemetry` is installed.

    What the handler raises is the span's error, unless it is `no_error`.
    """
    if not _installed:
        yield
        return
    from opentelemetry import propagate, trace

    context = TraceContext.of(task)
    carrier: Mapping[str, str] = context.headers() if context else {}
    attributes: dict[str, Any] = {
        "windlass.task_id": str(task.id),
        "windlass.type": task.type,
        "windlass.attempt": task.attempt,
        "windlass.pipeline_id": str(task.pipeline_id),
        "windlass.correlation_id": task.correlation_id,
    }
    tracer = trace.get_tracer("windlass_sdk")
    parent = propagate.extract(carrier)
    raised: Exception | None = None
    with tracer.start_as_current_span(
        f"task {task.type}", context=parent, kind=trace.SpanKind.CONSUMER, attributes=attributes
    ):
        try:
            yield
        except no_error as error:
            raised = error
    if raised is not None:
        raise raised
