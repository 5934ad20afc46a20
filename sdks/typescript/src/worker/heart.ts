/**
 * Extending leases: one heartbeat for all that are due, in one call.
 *
 * Every lease is renewed at a third of its length. A round takes along what would be due soon, so that leases taken at different times end up in
 * one round. A round that fails is made up for sooner than the next would come.
 *
 * What it deliberately does not do: it does not ask the breaker (a lease cannot wait, and an answer to a heartbeat is how the breaker learns
 * early that the server is back), and it does not decide that a lease has ended: the server says so.
 *
 * How it fails: leases that cannot be renewed are left to the server, and handlers go on.
 */

import { answered } from "../calls.js";
import { type Client, callsWith } from "../client.js";
import { ProblemError, askedToWait, reason, saysLeaseLost } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import { Notice, now } from "../time.js";
import type { LeasedTask, Problem, Schemas } from "../types.js";
import type { Cancellation } from "./context.js";

/** How often to beat when the server does not say its time, in milliseconds; the shortest lease still holds. */
const CAUTIOUS_BEAT = 333;
/** Heartbeats more frequent than this help nobody. */
const SHORTEST_BEAT = 50;
/** The least and the most that one round may take. */
const CALL = { shortest: 1_000, longest: 10_000 };
/** The most leases in one call. */
const MOST_A_CALL = 1000;

interface Held {
  readonly id: string;
  readonly beat: number;
  due: number;
  readonly lost: (cause: Cancellation) => void;
}

/** A lease that is extended until it is let go. */
export interface Lease {
  /** Something else than a heartbeat renewed it. */
  renewed(): void;
  letGo(): void;
}

/** The leases that a worker holds, by token. */
export class Heart {
  readonly #held = new Map<string, Held>();
  readonly #came = new Notice();
  readonly #metrics: Metrics;
  readonly #logger: Logger;

  constructor(metrics: Metrics, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  /** Extends the lease of a task, every `beat` milliseconds; `lost` is told when it is lost. */
  hold(task: LeasedTask, beat: number, lost: (cause: Cancellation) => void): Lease {
    const token = task.lease_token;
    this.#held.set(token, { id: task.id, beat, due: now() + beat, lost });
    this.#came.notify();
    return { renewed: () => this.#next(token, (beat) => beat), letGo: () => this.#held.delete(token) };
  }

  /** Beats until `ended`. */
  async beat(client: Client, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const due = Math.min(...[...this.#held.values()].map((held) => held.due));
      const wait = due - now();
      if (wait > 0) await this.#came.next(wait, ended);
      else await this.#round(client, ended);
    }
  }

  async #round(client: Client, ended: AbortSignal): Promise<void> {
    const held = this.#due();
    const tasks: Schemas["HeartbeatItem"][] = held.map(([lease_token, { id }]) => ({ id, lease_token }));
    // A round that is late is replaced by the next one, so the client's own patience is of no use.
    const shortest = Math.min(...held.map(([, { beat }]) => beat));
    const timeoutMs = Math.min(Math.max(shortest, CALL.shortest), CALL.longest);
    const calls = callsWith(client, { admission: "always", once: true, safety: "safe", timeoutMs, signal: ended });
    try {
      const { results } = await answered(calls.POST("/v1/tasks/heartbeat", { body: { tasks } }));
      tasks.forEach(({ lease_token }, at) => this.#settle(lease_token, results[at]?.problem ?? undefined));
    } catch (error) {
      if (ended.aborted) return;
      this.#logger.warn("cannot renew leases", { leases: tasks.length, error: reason(error) });
      for (const { lease_token } of tasks) this.#missed(lease_token, askedToWait(error));
    }
  }

  /** What is due now or before half its beat has passed. */
  #due(): [string, Held][] {
    const at = now();
    return [...this.#held].filter(([, { due, beat }]) => due <= at + beat / 2).slice(0, MOST_A_CALL);
  }

  #settle(token: string, problem: Problem | undefined): void {
    const cause = problem && lostBy(problem);
    if (problem === undefined) this.#renewed(token);
    else if (cause === undefined) this.#missed(token, 0);
    else this.#lose(token, cause);
  }

  #renewed(token: string): void {
    this.#metrics.count("windlass_sdk_heartbeats_total", { outcome: "renewed" });
    this.#next(token, (beat) => beat);
  }

  /** It is made up for after a while, and not before the server wants to be asked again. */
  #missed(token: string, asked: number): void {
    this.#metrics.count("windlass_sdk_heartbeats_total", { outcome: "missed" });
    this.#next(token, (beat) => Math.max(beat / 4, SHORTEST_BEAT, asked));
  }

  #lose(token: string, cause: Cancellation): void {
    this.#metrics.count("windlass_sdk_heartbeats_total", { outcome: "lost" });
    const held = this.#held.get(token);
    this.#held.delete(token);
    held?.lost(cause);
  }

  #next(token: string, delay: (beat: number) => number): void {
    const held = this.#held.get(token);
    if (held !== undefined) held.due = now() + delay(held.beat);
  }
}

/** Why the lease is lost, if `error` says that it is. */
export function lost(error: unknown): Cancellation | undefined {
  return error instanceof ProblemError ? lostBy(error.problem) : undefined;
}

function lostBy(problem: Problem): Cancellation | undefined {
  if (!saysLeaseLost(problem)) return undefined;
  return problem.task_state === "cancelled" ? "cancelled" : "lease_lost";
}

/**
 * A third of the lease, in milliseconds: of the length that the worker asked for, or else of what the server's own clock says is left of it, since
 * this machine's clock may be wrong.
 */
export function beatOf(leaseSeconds: number | undefined, task: Pick<LeasedTask, "lease_expires_at">, date: Date | undefined): number {
  const left = leaseSeconds !== undefined ? leaseSeconds * 1000 : date === undefined ? -1 : Date.parse(task.lease_expires_at) - date.getTime();
  return left < 0 ? CAUTIOUS_BEAT : Math.max(left / 3, SHORTEST_BEAT);
}
