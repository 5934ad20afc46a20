/** One try under the breaker, and repeating it. */

import { NoAnswerError, UnavailableError, askedToWait, changedNothing, isOutage, isTransient, isUnauthorized } from "../errors.js";
import type { Metrics } from "../metrics.js";
import { retried } from "../metrics.js";
import { Linked, now, sleep } from "../time.js";
import { type Backoff, Delays } from "./backoff.js";
import type { Admission, Breaker } from "./breaker.js";

/**
 * What a repetition would do: nothing further (`safe`: it reads, or a token or key makes it count once; `leased` is the same on leases that the
 * same key got, so that a 401 may pass, since keys rotate), or perhaps a second thing (`unsafe`).
 */
export type Safety = "safe" | "leased" | "unsafe";

/** A call, as what surrounds it sees it. */
export interface Guarded<T> {
  breaker: Breaker;
  metrics: Metrics;
  server: string;
  admission: Admission;
  safety: Safety;
  backoff: Backoff;
  signal: AbortSignal | undefined;
  attempt(signal: AbortSignal): Promise<T>;
}

/** Makes a call until it succeeds, fails for good, or its back-off is used up. */
export async function repeat<T>(call: Guarded<T>): Promise<T> {
  let left = call.backoff.totalDelaySeconds * 1000;
  const delays = new Delays(call.backoff.minDelaySeconds, call.backoff.maxDelaySeconds);
  let earlier: unknown;
  for (;;) {
    let error: unknown;
    try {
      return await guarded(call);
    } catch (failure) {
      error = failure;
    }
    call.signal?.throwIfAborted();
    const pause = pauseAfter(error, delays);
    if (!repeats(call.safety, error) || left <= 0 || Math.max(pause.asked, pause.delay) > left) {
      // That nothing was sent says less than what came before it.
      throw error instanceof UnavailableError ? (earlier ?? error) : error;
    }
    if (!(error instanceof UnavailableError)) {
      retried(call.metrics, error);
      earlier = error;
    }
    const began = now();
    await pauseOut(pause, call.breaker, call.signal);
    call.signal?.throwIfAborted();
    left -= now() - began;
  }
}

/**
 * Makes one try, and tells the breaker how it went.
 *
 * A safe try that still hangs when the server answers others again is given up: its connection has most likely died with what made the server
 * unreachable, and nobody would notice before the try's own limit.
 */
export async function guarded<T>(call: Guarded<T>): Promise<T> {
  const { breaker, safety, server, signal } = call;
  const pass = breaker.admit(call.admission);
  if (typeof pass === "number") throw new UnavailableError(server, pass / 1000);
  const linked = new Linked([signal]);
  let late = false;
  const recovered = (): void => {
    late = true;
    linked.abort();
  };
  const stop = safety === "unsafe" ? undefined : breaker.onRecovery(recovered);
  try {
    const answer = await call.attempt(linked.signal);
    pass.answered();
    return answer;
  } catch (error) {
    if (signal?.aborted) pass.returned();
    else if (late) {
      pass.returned();
      throw new NoAnswerError(server, false, new Error("given up, since the server answers others again"));
    } else if (isOutage(error)) pass.failed();
    else pass.answered();
    throw error;
  } finally {
    stop?.();
    linked.release();
  }
}

/** What to wait after a failure, in milliseconds. */
export interface Pause {
  /** What the server asked for; it is heeded whatever the breaker learns meanwhile. */
  asked: number;
  /** The next delay, or the time to the next probe; it ends when the breaker closes. */
  delay: number;
}

export function pauseAfter(error: unknown, delays: Delays): Pause {
  if (error instanceof UnavailableError) return { asked: 0, delay: error.retryAfterSeconds * 1000 };
  return { asked: askedToWait(error), delay: delays.next() };
}

export async function pauseOut({ asked, delay }: Pause, breaker: Breaker, signal?: AbortSignal): Promise<void> {
  if (asked > 0) await sleep(asked, signal);
  if (delay > asked) await breaker.wait(delay - asked, signal);
}

function repeats(safety: Safety, error: unknown): boolean {
  const passes = isTransient(error) || (safety === "leased" && isUnauthorized(error));
  return changedNothing(error) || (safety !== "unsafe" && passes);
}
