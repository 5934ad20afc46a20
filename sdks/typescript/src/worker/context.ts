/** What a handler knows and may say beside its result. */

import type { Client } from "../client.js";
import type { JobType } from "../job.js";
import type { StandardSchema } from "../schema.js";
import type { LeasedTask, NewOutcome, NewTask, Schemas } from "../types.js";
import type { TaskLog } from "./task-log.js";

/** Bytes that a checkpoint may have. */
const CHECKPOINT_BYTES = 64 * 1024;

/**
 * Why a handler should stop: its lease has ended, by its time, its timeout, or because the task is gone (`lease_lost`); somebody cancelled the task, its
 * job or its pipeline (`cancelled`); or the worker stops, and waits no longer (`stopping`): a result is still reported.
 */
export type Cancellation = "lease_lost" | "cancelled" | "stopping";

/** The reason of a handler's signal when it is aborted. */
export class Cancelled extends Error {
  override name = "AbortError";

  constructor(readonly by: Cancellation) {
    super({ lease_lost: "the lease is lost", cancelled: "the task was cancelled", stopping: "the worker stops" }[by]);
  }
}

/** What a handler last said of how far it is. */
export interface Said {
  progress?: Schemas["TaskProgress"];
  checkpoint?: string;
}

/** What goes with the report. */
export interface Extras {
  addTasks: Map<string, { tasks: NewTask[]; seal: boolean }>;
  metrics: Record<string, number>;
  outcomes: NewOutcome[];
}

/** What the worker hears of a handler, and has it read. */
export interface Heard {
  readonly said: Said;
  readonly extras: Extras;
  /** The handler said something that is sent beside it. */
  changed: () => void;
  /** The results of an earlier job. */
  results: <Result>(job: string, schema?: StandardSchema<unknown, Result>) => AsyncGenerator<Result, void, undefined>;
}

/** A handler's view of its task. */
export class Context {
  /** The task as it was leased: its job, what the job's tasks share, its trace context. */
  readonly task: LeasedTask;
  /** The worker's client, for calls of the handler's own; they carry the trace of the task. */
  readonly client: Client;
  /** Aborted when going on is pointless. A handler that does not heed it is left behind 5 s later. Pass it to `fetch` and its like. */
  readonly signal: AbortSignal;
  /** Aborted as soon as the worker begins to stop: a long handler may save its work and release the task. */
  readonly stopping: AbortSignal;
  /** Writes into the task's log, for people. It neither waits nor fails. */
  readonly log: TaskLog;
  readonly #heard: Heard;
  readonly #began = performance.now();

  constructor(task: LeasedTask, client: Client, signal: AbortSignal, stopping: AbortSignal, log: TaskLog, heard: Heard) {
    this.task = task;
    this.client = client;
    this.signal = signal;
    this.stopping = stopping;
    this.log = log;
    this.#heard = heard;
  }

  /** The number of this attempt, from 1. */
  get attempt(): number {
    return this.task.attempt;
  }

  /** Whether a failure of this attempt ends the task. */
  get isLastAttempt(): boolean {
    return this.task.attempt >= this.task.max_attempts;
  }

  /** About how long it is until the job's `timeout_seconds` end this attempt; the server decides. Undefined without a timeout. */
  get secondsLeft(): number | undefined {
    const { timeout_seconds } = this.task;
    return timeout_seconds == null ? undefined : Math.max(0, timeout_seconds - (performance.now() - this.#began) / 1000);
  }

  /** Why {@link Context.signal} is aborted; undefined as long as it is not. */
  get cancelledBy(): Cancellation | undefined {
    return this.signal.reason instanceof Cancelled ? this.signal.reason.by : undefined;
  }

  /**
   * Reports how far the task is, in units of the handler's own. It never waits: reports are sent beside the handler, not more often than once a
   * second, the latest winning.
   */
  progress(current: number, total?: number, message?: string): void {
    this.#heard.said.progress = { current, total: total ?? null, message: message || null };
    this.#heard.changed();
  }

  /**
   * Leaves something for the next attempt of this task, up to 64 KiB as JSON, in place of what was left before. It never waits: it is sent as
   * progress is, and what is left then with the report. A success needs none, and drops it. Throws, and changes nothing, when it is
   * too large or has no JSON form.
   */
  checkpoint(value: unknown): void {
    const json = JSON.stringify(value) as string | undefined;
    if (json === undefined) throw new TypeError("a checkpoint has a JSON form");
    const bytes = Buffer.byteLength(json);
    if (bytes > CHECKPOINT_BYTES) throw new RangeError(`a checkpoint has at most ${CHECKPOINT_BYTES} bytes, this one has ${bytes}`);
    this.#heard.said.checkpoint = json;
    this.#heard.changed();
  }

  /** What an earlier attempt left by {@link Context.checkpoint}; null if none did. */
  get resumedFrom(): unknown {
    return this.task.checkpoint ?? null;
  }

  /** Stores a number with the attempt, up to 32 of them: `cpu_seconds`, `max_rss_bytes`, anything. */
  metric(name: string, value: number): void {
    this.#heard.extras.metrics[name] = value;
  }

  /**
   * Records what became of an item that the task handled; `disposition` is a word such as `succeeded`, `failed`, `skipped`, `absent` or
   * `not_applicable`. Outcomes go with the report, whether the task succeeds or fails; those of a task that is released are dropped.
   */
  outcome(subject: string, disposition: string, more: Omit<NewOutcome, "subject" | "disposition"> = {}): void {
    this.#heard.extras.outcomes.push({ ...more, subject, disposition });
  }

  /** Adds tasks to an unsealed job of the same pipeline, together with this task's completion or not at all; up to 10,000 in all. */
  addTasks(job: string, tasks: readonly NewTask[]): void {
    this.#addition(job).tasks.push(...tasks);
  }

  /** {@link Context.addTasks} to a job of a type, one for each payload. */
  add<Payload>(type: JobType<Payload, unknown>, job: string, payloads: readonly Payload[]): void {
    this.addTasks(job, payloads.map((payload) => type.task(payload)));
  }

  /** Seals a job of the same pipeline, after what is added to it, together with this task's completion. */
  seal(job: string): void {
    this.#addition(job).seal = true;
  }

  /** The results of the succeeded tasks of an earlier job of the same pipeline, in the order in which the tasks were added. */
  results<Result = unknown>(job: string, schema?: StandardSchema<unknown, Result>): AsyncGenerator<Result, void, undefined> {
    return this.#heard.results(job, schema);
  }

  #addition(job: string): { tasks: NewTask[]; seal: boolean } {
    const { addTasks } = this.#heard.extras;
    const found = addTasks.get(job) ?? { tasks: [], seal: false };
    addTasks.set(job, found);
    return found;
  }
}
