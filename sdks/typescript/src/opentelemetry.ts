/**
 * Traces of OpenTelemetry, where the program has `@opentelemetry/api`: an optional peer, which is looked for once.
 *
 * What it deliberately does not do: it sets up nothing. Without a provider of the program's own, spans are not recorded, and calls carry the trace of their
 * task as they do without OpenTelemetry.
 */

import type { TraceContext } from "./trace.js";

/** What `@opentelemetry/api` has. */
export type OpenTelemetry = typeof import("@opentelemetry/api");

let looked: Promise<OpenTelemetry | undefined> | undefined;

/** The program's `@opentelemetry/api`; undefined without one. */
export function openTelemetry(): Promise<OpenTelemetry | undefined> {
  return (looked ??= import("@opentelemetry/api").catch(() => undefined));
}

/** The trace context of the present span; undefined outside of one. */
export async function presentTrace(): Promise<TraceContext | undefined> {
  const api = await openTelemetry();
  const span = api?.trace.getSpanContext(api.context.active());
  if (api === undefined || span === undefined || !api.isSpanContextValid(span)) return undefined;
  const flags = span.traceFlags.toString(16).padStart(2, "0");
  return { traceparent: `00-${span.traceId}-${span.spanId}-${flags}`, tracestate: span.traceState?.serialize() || null };
}
