/**
 * The report that ends an attempt.
 *
 * It is repeated until the server answers, for as long as that can matter; the lease token makes it count once. A report that the server refuses for
 * good is logged, and never becomes its opposite: what was done is not reported as failed, it is left to the end of its lease. A failure that is
 * refused for what it says is reported with less to say.
 */

import { randomUUID } from "node:crypto";

import { type Api, answered } from "../calls.js";
import { type Client, callsWith } from "../client.js";
import { isLeaseLost, isRefusal, reason } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Backoff } from "../resilience/backoff.js";
import type { LeasedTask, LogLine, NewOutcome, Schemas } from "../types.js";
import type { Extras } from "./context.js";
import { type Ending, failed } from "./failure.js";

/** How long a report is repeated at least, in seconds; a database that restarts is back by then. */
const PATIENCE = 120;
/** The shortest and the longest delay between two repetitions, without their random part; in seconds. */
const DELAY = { shortest: 0.1, longest: 2.5 };
/** Outcomes that one call takes, and bytes of them: a body has 16 MiB at most. */
const MOST_OUTCOMES = { count: 10_000, bytes: 8 << 20 };

/** What became of an attempt, as metrics say it. */
export type Word = "succeeded" | "failed" | "released" | "lease_lost" | "unreported";

/** What there is to say beside how the attempt ended. */
export interface Beside {
  lines: LogLine[];
  extras: Extras;
  /** The checkpoint that the server does not have yet. */
  checkpoint: { checkpoint?: never };
}

/**
 * How what a lease that beats every `beat` milliseconds has to say at its end is repeated: faster than it runs out, since the sweeper of a server that comes
 * back must not be first.
 */
export function patienceOf(beat: number): Backoff {
  const maxDelaySeconds = Math.min(Math.max(beat / 1000, DELAY.shortest), DELAY.longest);
  return { minDelaySeconds: DELAY.shortest, maxDelaySeconds, totalDelaySeconds: Math.max(PATIENCE, (beat / 1000) * 3) };
}

/** Reports on one lease. */
export class Reporter {
  readonly #task: LeasedTask;
  readonly #logger: Logger;
  readonly #beside: Beside;
  readonly #calls: Api;
  readonly #params;

  /**
   * A reporter on a lease that beats every `beat` milliseconds. When the worker has `ended` it gives up.
   */
  constructor(client: Client, task: LeasedTask, beat: number, logger: Logger, beside: Beside, ended: AbortSignal) {
    this.#task = task;
    this.#logger = logger;
    this.#beside = beside;
    this.#params = { path: { id: task.id } };
    this.#calls = callsWith(client, { safety: "leased", backoff: patienceOf(beat), signal: ended });
  }

  /** Reports to the server how the attempt ended, and says what came of it. */
  async report(ending: Ending): Promise<Word> {
    try {
      if (ending.kind === "succeeded") await this.#complete(ending.result);
      else if (ending.kind === "failed") await this.#fail(ending.error, ending.retry);
      else await this.#release(ending.delaySeconds);
      return ending.kind;
    } catch (error) {
      const fields = { task_id: this.#task.id, type: this.#task.type, report: ending.kind, error: reason(error) };
      if (isLeaseLost(error)) {
        this.#logger.warn("the report came too late", fields);
        return "lease_lost";
      }
      this.#logger.error("cannot report, the lease will run out", fields);
      return "unreported";
    }
  }

  async #complete(result: unknown): Promise<void> {
    const { lines, extras } = this.#beside;
    const added = [...extras.addTasks].map(([job, { tasks, seal }]) => ({ job, tasks, seal }));
    const outcomes = await this.#recordAhead(extras.outcomes);
    const body: Schemas["Complete"] = {
      ...this.#token(),
      result: result as never,
      ...this.#metrics(),
      ...(added.length === 0 ? {} : { add_tasks: added }),
      ...(outcomes.length === 0 ? {} : { outcomes }),
      ...(lines.length === 0 ? {} : { lines }),
    };
    await answered(this.#calls.POST("/v1/tasks/{id}/complete", { params: this.#params, body }));
  }

  async #fail(error: Schemas["ReportedError"], retry: Schemas["RetryDirective"]): Promise<void> {
    const { lines, extras, checkpoint } = this.#beside;
    try {
      const outcomes = await this.#recordAhead(extras.outcomes);
      const beside = { ...(outcomes.length === 0 ? {} : { outcomes }), ...(lines.length === 0 ? {} : { lines }) };
      const body: Schemas["Fail"] = { ...this.#token(), error, retry, ...this.#metrics(), ...beside, ...checkpoint };
      await answered(this.#calls.POST("/v1/tasks/{id}/fail", { params: this.#params, body }));
    } catch (refusal) {
      if (!isRefusal(refusal)) throw refusal;
      await this.#failRefused(retry, refusal);
    }
  }

  /** The same failure would be refused again, so it is reported for being refused. */
  async #failRefused(retry: Schemas["RetryDirective"], refusal: unknown): Promise<void> {
    const ending = failed("validation_error", `the server refused the failure: ${reason(refusal)}`);
    if (ending.kind !== "failed") return;
    // A delay may be what was refused; that there is no further attempt must stay.
    const body: Schemas["Fail"] = { ...this.#token(), error: ending.error, ...(retry === "never" ? { retry } : {}) };
    await answered(this.#calls.POST("/v1/tasks/{id}/fail", { params: this.#params, body }));
  }

  async #release(delaySeconds: number | undefined): Promise<void> {
    const { lines, checkpoint } = this.#beside;
    const beside = { ...(lines.length === 0 ? {} : { lines }), ...checkpoint };
    const delay = delaySeconds === undefined ? {} : { delay_seconds: delaySeconds };
    try {
      const body: Schemas["Release"] = { ...this.#token(), ...delay, ...beside };
      await answered(this.#calls.POST("/v1/tasks/{id}/release", { params: this.#params, body }));
    } catch (refusal) {
      if (!isRefusal(refusal)) throw refusal;
      // With less to say.
      await answered(this.#calls.POST("/v1/tasks/{id}/release", { params: this.#params, body: this.#token() }));
    }
  }

  /** Records outcomes that are more than a report takes; returns those that go with it. */
  async #recordAhead(outcomes: NewOutcome[]): Promise<NewOutcome[]> {
    const pieces = piecesOf(outcomes);
    const last = pieces.pop() ?? [];
    for (const outcomes of pieces) {
      // A key for each piece: it counts once, however often it is repeated.
      const params = { ...this.#params, header: { "idempotency-key": randomUUID() } };
      await answered(this.#calls.POST("/v1/tasks/{id}/outcomes", { params, body: { ...this.#token(), outcomes } }));
    }
    return last;
  }

  #token(): { lease_token: string } {
    return { lease_token: this.#task.lease_token };
  }

  #metrics(): { metrics?: Record<string, number> } {
    const { metrics } = this.#beside.extras;
    return Object.keys(metrics).length === 0 ? {} : { metrics };
  }
}

function piecesOf(outcomes: NewOutcome[]): NewOutcome[][] {
  const pieces: NewOutcome[][] = [];
  let [piece, bytes]: [NewOutcome[], number] = [[], 0];
  for (const outcome of outcomes) {
    const size = Buffer.byteLength(JSON.stringify(outcome)) + 1;
    if (piece.length === MOST_OUTCOMES.count || bytes + size > MOST_OUTCOMES.bytes) {
      pieces.push(piece);
      [piece, bytes] = [[], 0];
    }
    piece.push(outcome);
    bytes += size;
  }
  return [...pieces, piece];
}
