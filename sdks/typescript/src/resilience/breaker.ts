/**
 * A circuit breaker around the server: while it does not answer, only a probe now and then is sent.
 *
 * cockatiel's breaker counts the failures and holds the state. When a probe is due is decided here: by a clock that nobody sets, by a pause that
 * grows and differs between workers, and so that a probe that hangs is followed by the next. An answer closes the breaker,
 * whichever call got it, a heartbeat's as well, and wakes all that wait.
 *
 * How it fails: towards trying. A probe without an outcome is followed by the next at once; heartbeats are sent in every state.
 */

import { type CircuitBreakerPolicy, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";

import type { Metrics } from "../metrics.js";
import type { Logger } from "../logger.js";
import { Linked, now, sleep } from "../time.js";
import { Delays } from "./backoff.js";

/** When a breaker opens, and how often it probes. */
export interface BreakerSettings {
  /** Failures in a row, without an answer in between, that open it; default 5, at least 1. */
  failures: number;
  /** The time to the first probe; twice as long after each that fails. Up to half of it is taken off at random. Default 0.5. */
  minPauseSeconds: number;
  /** The longest time between two probes. Default 3, so that work goes on within 5 s of the server's return. */
  maxPauseSeconds: number;
}

export const DEFAULT_BREAKER: BreakerSettings = { failures: 5, minPauseSeconds: 0.5, maxPauseSeconds: 3 };

/** Whether calls are sent: all, none but a probe that is under way, or none until the next probe is due. */
export type BreakerState = "closed" | "half_open" | "open";

/** Which calls ask the breaker: heartbeats, which come at a pace of their own, do not. */
export type Admission = "asked" | "always";

const FAILURE = new Error("no answer");

/** The right to make one try, which ends in an outcome or is returned unused. */
export interface Pass {
  /** The server answered, whatever it said. */
  answered(): void;
  /** The server did not answer, or that it cannot work at present. */
  failed(): void;
  /** The caller gave up. */
  returned(): void;
}

/** The breaker of one client and all that is made from it. */
export class Breaker {
  readonly #server: string;
  readonly #metrics: Metrics;
  readonly #policy: CircuitBreakerPolicy;
  readonly #recovered = new Set<() => void>();
  readonly #pauses: Delays;
  /** The present pause between two probes, without its random part. */
  #pause: number;
  #probeAt = 0;
  #probe: { succeed(): void; fail(): void } | undefined;

  constructor(server: string, settings: BreakerSettings, metrics: Metrics, logger: Logger) {
    this.#server = server;
    this.#metrics = metrics;
    this.#pauses = new Delays(settings.minPauseSeconds, settings.maxPauseSeconds, (pause) => pause);
    this.#pause = this.#pauses.next();
    // A probe is always due as far as the policy sees, which would look at the machine's clock.
    const breaker = new ConsecutiveBreaker(Math.max(settings.failures, 1));
    this.#policy = circuitBreaker(handleAll, { halfOpenAfter: -Infinity, breaker });
    this.#show();
    this.#policy.onStateChange(() => this.#changed(logger));
  }

  /** The present state. */
  get state(): BreakerState {
    const { state } = this.#policy;
    return state === CircuitState.Closed ? "closed" : state === CircuitState.HalfOpen ? "half_open" : "open";
  }

  /** Lets a call through, or says how many milliseconds it is to the next probe. */
  admit(admission: Admission): Pass | number {
    const probes = this.state !== "closed" && admission === "asked";
    if (probes) {
      const at = now();
      if (at < this.#probeAt) return this.#probeAt - at;
      this.#probeAt = at + jittered(this.#pause);
      this.#beginProbe();
    }
    return {
      answered: () => this.#answered(),
      failed: () => this.#failed(probes),
      returned: () => probes && this.#giveBack(),
    };
  }

  /** Waits; no longer than until the breaker closes, if it is not closed. */
  async wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (this.state === "closed") return sleep(milliseconds, signal);
    const early = new Linked([signal]);
    const stop = this.onRecovery(() => early.abort());
    await sleep(milliseconds, early.signal);
    stop();
    early.release();
  }

  /** Calls `heard` when the breaker closes after it was not closed: by then the server answers others. */
  onRecovery(heard: () => void): () => void {
    this.#recovered.add(heard);
    return () => this.#recovered.delete(heard);
  }

  #answered(): void {
    this.#pauses.reset();
    this.#pause = this.#pauses.next();
    if (this.state === "open") this.#beginProbe();
    if (this.#probe === undefined) this.#feed(() => undefined);
    else this.#probe.succeed();
  }

  #failed(probed: boolean): void {
    if (this.state === "closed") {
      // Should this be the one that opens it.
      this.#probeAt = now() + jittered(this.#pause);
      this.#feed(() => Promise.reject(FAILURE));
    } else if (probed && this.#probe !== undefined) {
      this.#pause = this.#pauses.next();
      this.#probeAt = now() + jittered(this.#pause);
      this.#probe.fail();
    }
    // A call that was sent before the breaker opened shows nothing new.
  }

  /** A probe ended without an outcome: the next may go at once. */
  #giveBack(): void {
    this.#probeAt = now();
    this.#probe?.fail();
  }

  /** One probe at a time, as the policy sees it. */
  #beginProbe(): void {
    if (this.#probe !== undefined) return;
    this.#feed(
      () =>
        new Promise<void>((succeed, fail) => {
          this.#probe = { succeed, fail: () => fail(FAILURE) };
        }),
    );
  }

  #feed(outcome: () => Promise<void> | undefined): void {
    this.#policy.execute(outcome).catch(() => undefined);
  }

  #changed(logger: Logger): void {
    const { state } = this;
    if (state !== "half_open") this.#probe = undefined;
    if (state === "open" && this.#shown === "closed") logger.warn("the server does not answer, probing it", { server: this.#server });
    if (state === "closed") logger.info("the server answers again", { server: this.#server });
    this.#show();
    this.#metrics.count("windlass_sdk_breaker_changes_total", { server: this.#server, to: state });
    if (state === "closed") for (const heard of [...this.#recovered]) heard();
  }

  #shown: BreakerState = "closed";

  #show(): void {
    this.#shown = this.state;
    this.#metrics.set("windlass_sdk_breaker_state", { server: this.#server }, { closed: 0, half_open: 1, open: 2 }[this.state]);
  }
}

/** Between a half and the whole of a pause. */
function jittered(pause: number): number {
  return pause * (1 - Math.random() / 2);
}
