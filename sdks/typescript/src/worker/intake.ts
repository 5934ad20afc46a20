/**
 * Asking for tasks: as many as slots are free, in one call, one call at a time for each pool of slots.
 *
 * How it fails: what passes by itself is waited out with growing delays, which end when the server answers anybody; so is a key that is refused though
 * it was good, for a while. The rest ends the worker. A dequeue that is given up at the stop may, in a race, leave leases that nobody holds: they end
 * like those of a killed worker.
 */

import { randomUUID } from "node:crypto";

import { answered } from "../calls.js";
import { callsWith, transportOf } from "../client.js";
import { DeniedError, UnavailableError, changedNothing, isTransient, isUnauthorized, reason } from "../errors.js";
import { retried } from "../metrics.js";
import { Delays } from "../resilience/backoff.js";
import { pauseAfter, pauseOut } from "../resilience/repeat.js";
import { Notice, now, sleep } from "../time.js";
import type { LeasedTask, Schemas } from "../types.js";
import type { Pool } from "./handlers.js";
import type { Shared } from "./shared.js";
import { work } from "./slot.js";

/** The most that one dequeue may ask for. */
const MOST_A_CALL = 100;
/** An empty answer that came sooner than this, in milliseconds, did not wait, so the next call does. */
const HASTE = 500;
/** How long to wait after dequeues that failed, or were answered empty at once: at first and at last, in seconds. */
const PAUSES = [0.2, 2.5] as const;

/** Leases, and the server's time as it gave them. */
interface Batch {
  tasks: LeasedTask[];
  date: Date | undefined;
}

/** One dequeue. The key makes a repeat after a lost answer answer the same leases, rather than leave them to expire. */
interface Ask {
  readonly key: string;
  readonly body: Schemas["Dequeue"];
  /** Whether the server may have granted leases for it. */
  maybeDone: boolean;
}

/** Takes tasks for the slots of a pool, until the worker stops, or the server refuses for good: then with its error. */
export async function takeTasks(pool: Pool, shared: Shared, running: Set<Promise<void>>): Promise<void> {
  let free = pool.size;
  const freed = new Notice();
  const pauses = new Delays(...PAUSES);
  const start = (task: LeasedTask, date: Date | undefined): void => {
    free -= 1;
    const working = work(shared, task, date)
      .catch((error: unknown) => shared.logger.error("a slot failed", { task_id: task.id, error: reason(error) }))
      .then(() => {
        running.delete(working);
        free += 1;
        freed.notify();
      });
    running.add(working);
  };
  while (!shared.stopping.aborted) {
    if (free === 0) {
      await freed.next(Infinity, shared.stopping);
      continue;
    }
    const began = now();
    const { tasks, date } = await dequeue(shared, pool, Math.min(free, MOST_A_CALL));
    for (const task of tasks) start(task, date);
    if (tasks.length > 0) pauses.reset();
    else await afterNothing(shared, now() - began, pauses);
  }
}

/** An empty answer; one that came at once is followed by a pause. */
async function afterNothing(shared: Shared, took: number, pauses: Delays): Promise<void> {
  if (shared.stopping.aborted) return;
  shared.metrics.count("windlass_sdk_empty_polls_total", {});
  if (took < HASTE) await sleep(pauses.next(), shared.stopping);
  else pauses.reset();
}

/** Leases up to `slots` tasks, however long the server is away; a key may be refused for a while, if it was good before. */
async function dequeue(shared: Shared, pool: Pool, slots: number): Promise<Batch> {
  const { acceptance, logger, metrics, stopping } = shared;
  const { breaker } = transportOf(shared.client);
  const pauses = new Delays(...PAUSES);
  let ask = newAsk(shared, pool, slots);
  while (!stopping.aborted) {
    try {
      const batch = await askOnce(shared, ask);
      acceptance.taken();
      return batch;
    } catch (error) {
      if (stopping.aborted) break;
      const passes = isTransient(error) || (isUnauthorized(error) && acceptance.refused());
      if (!passes) throw error instanceof DeniedError ? error.naming(pool.types) : error;
      if (!(error instanceof UnavailableError)) {
        retried(metrics, error);
        logger.warn("cannot take tasks, trying again", { error: reason(error) });
      }
      ask.maybeDone ||= !(changedNothing(error) || isUnauthorized(error));
      await pauseOut(pauseAfter(error, pauses), breaker, stopping);
    }
    if (!ask.maybeDone) ask = newAsk(shared, pool, slots);
  }
  return { tasks: [], date: undefined };
}

/** A new dequeue. One that probes does not wait for tasks: the sooner its answer, the sooner all goes on. */
function newAsk({ client, settings, workerId }: Shared, pool: Pool, slots: number): Ask {
  const body: Schemas["Dequeue"] = {
    types: pool.types,
    worker_id: workerId,
    max_tasks: slots,
    wait_seconds: client.breakerState === "closed" ? settings.waitSeconds : 0,
    lease_seconds: settings.leaseSeconds ?? null,
  };
  return { key: randomUUID(), body, maybeDone: false };
}

async function askOnce({ client, stopping }: Shared, { key, body }: Ask): Promise<Batch> {
  let date: Date | undefined;
  const timeoutMs = transportOf(client).timeoutMs + (body.wait_seconds ?? 0) * 1000;
  const calls = callsWith(client, { once: true, safety: "safe", timeoutMs, signal: stopping, onDate: (at) => (date = at) });
  const { tasks } = await answered(calls.POST("/v1/tasks/dequeue", { params: { header: { "idempotency-key": key } }, body }));
  return { tasks, date };
}
