/** The span that a handler runs in, where the program has OpenTelemetry: it continues the trace of its task. */

import type { Context } from "@opentelemetry/api";

import { reason } from "../errors.js";
import { VERSION } from "../generated/version.js";
import { type OpenTelemetry, openTelemetry } from "../opentelemetry.js";
import { type TraceContext, traceOf } from "../trace.js";
import type { LeasedTask } from "../types.js";
import { isRelease } from "./failure.js";

/** Runs the handler of a task in its span; what it throws is the span's error, unless it releases the task. */
export async function inSpan<T>(task: LeasedTask, run: () => T | Promise<T>): Promise<T> {
  const api = await openTelemetry();
  if (api === undefined) return run();
  const attributes = {
    "windlass.task_id": task.id,
    "windlass.type": task.type,
    "windlass.attempt": task.attempt,
    "windlass.pipeline_id": task.pipeline_id,
    "windlass.correlation_id": task.correlation_id,
  };
  const settings = { kind: api.SpanKind.CONSUMER, attributes };
  const tracer = api.trace.getTracer("windlass-sdk", VERSION);
  return tracer.startActiveSpan(`task ${task.type}`, settings, continuing(api, traceOf(task)), async (span) => {
    try {
      return await run();
    } catch (thrown) {
      if (!isRelease(thrown)) {
        const message = said(thrown);
        span.recordException(thrown instanceof Error ? thrown : message);
        span.setStatus({ code: api.SpanStatusCode.ERROR, message });
      }
      throw thrown;
    } finally {
      span.end();
    }
  });
}

/** The context of a trace; what is none begins a trace of its own. */
function continuing(api: OpenTelemetry, trace: TraceContext | undefined): Context {
  const [, traceId = "", spanId = "", flags = ""] = trace?.traceparent.split("-") ?? [];
  const traceFlags = Number.parseInt(flags, 16) || api.TraceFlags.NONE;
  const traceState = trace?.tracestate == null ? undefined : api.createTraceState(trace.tracestate);
  const parent = { traceId, spanId, traceFlags, isRemote: true, ...(traceState === undefined ? {} : { traceState }) };
  return api.isSpanContextValid(parent) ? api.trace.setSpanContext(api.ROOT_CONTEXT, parent) : api.ROOT_CONTEXT;
}

/** What was thrown may be anything, and even to look at it may throw. */
function said(thrown: unknown): string {
  try {
    return reason(thrown);
  } catch {
    return "what cannot be shown";
  }
}
