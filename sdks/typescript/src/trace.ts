/** The trace that a call or a task belongs to, as the W3C writes it: what a call sends as `traceparent` and `tracestate`. */

import type { LeasedTask } from "./types.js";

export interface TraceContext {
  /** Version, trace id, parent id and flags, such as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`. */
  traceparent: string;
  /** The vendors' part. */
  tracestate?: string | null;
}

/** The context of a leased task, when its pipeline has one. */
export function traceOf({ traceparent, tracestate }: LeasedTask): TraceContext | undefined {
  return traceparent == null ? undefined : { traceparent, tracestate: tracestate ?? null };
}
