/**
 * Running a handler without a server: `windlass-sdk/testing`.
 *
 * {@link run} runs the handler of a type once, with a payload, and says what would have been reported.
 *
 * What it deliberately does not do: it is not the product. It knows no pipeline, no retries and no limits; `context.client` is the worker's, and asks its
 * server. What depends on those needs the service itself: `windlass serve`.
 */

import { randomUUID } from "node:crypto";

import { SettingError } from "./errors.js";
import { shaped } from "./schema.js";
import type { LeasedTask, LogLine, NewOutcome, NewTask, Schemas } from "./types.js";
import { Cancelled, Context, type Extras, type Heard, type Said } from "./worker/context.js";
import type { Ending } from "./worker/failure.js";
import { TaskLog } from "./worker/task-log.js";
import { type Worker, handlersOf } from "./worker/worker.js";

/** What surrounds the task that a handler is run on. */
export interface Around {
  /** The number of the attempt, default 1. */
  attempt?: number;
  /** Default 3. */
  maxAttempts?: number;
  /** What the job's tasks share. */
  jobPayload?: unknown;
  metadata?: Record<string, unknown>;
  /** What an earlier attempt left. */
  checkpoint?: unknown;
  /** The results of earlier jobs, by key. */
  results?: Record<string, readonly unknown[]>;
  timeoutSeconds?: number;
  /** After so many seconds somebody cancels the task. */
  cancelledAfterSeconds?: number;
  /** Whether the worker begins to stop. */
  stopping?: boolean;
}

/** What a handler did, and would have had reported; as JSON, as it would have been sent. */
export interface Ran {
  state: "succeeded" | "failed" | "released";
  /** The result; null unless it succeeded. */
  result: unknown;
  /** Of a failure. */
  error?: Schemas["ReportedError"];
  /** Of a failure: whether, or when, there is another attempt. */
  retry?: Schemas["RetryDirective"];
  /** Of a release. */
  delaySeconds?: number;
  /** The latest. */
  progress?: Schemas["TaskProgress"];
  /** The latest that it left. */
  checkpoint?: unknown;
  /** The lines, the oldest first. */
  log: LogLine[];
  /** The tasks that it adds, by the job's key. */
  added: Record<string, NewTask[]>;
  /** Keys of jobs that it seals. */
  sealed: string[];
  outcomes: NewOutcome[];
  metrics: Record<string, number>;
}

/** Runs the handler that the worker has for a type once, as the task of an attempt. */
export async function run(worker: Worker, type: string, payload?: unknown, around: Around = {}): Promise<Ran> {
  const handler = handlersOf(worker).get(type);
  if (handler === undefined) throw new SettingError(`the worker has no handler for the type ${type}`);
  const [cancel, stop, lines]: [AbortController, AbortController, LogLine[]] = [new AbortController(), new AbortController(), []];
  if (around.stopping === true) stop.abort();
  const said: Said = {};
  const extras: Extras = { addTasks: new Map(), metrics: {}, outcomes: [] };
  const heard: Heard = { said, extras, changed: () => undefined, results: given(around.results ?? {}) };
  const log = new TaskLog((line) => lines.push(line));
  const context = new Context(taskOf(type, payload, around), worker.client, cancel.signal, stop.signal, log, heard);
  const { cancelledAfterSeconds } = around;
  const timer = cancelledAfterSeconds === undefined ? undefined : setTimeout(() => cancel.abort(new Cancelled("cancelled")), cancelledAfterSeconds * 1000);
  try {
    return ranOf(await handler(context), said, extras, lines);
  } finally {
    clearTimeout(timer);
  }
}

function ranOf(ending: Ending, { progress, checkpoint }: Said, extras: Extras, log: LogLine[]): Ran {
  const told = {
    log,
    ...(progress === undefined ? {} : { progress }),
    ...(checkpoint === undefined ? {} : { checkpoint: JSON.parse(checkpoint) as unknown }),
  };
  const nothing = { result: null, added: {}, sealed: [], outcomes: [], metrics: {} };
  if (ending.kind === "released") {
    const delay = ending.delaySeconds === undefined ? {} : { delaySeconds: ending.delaySeconds };
    return { state: "released", ...nothing, ...delay, ...told };
  }
  const reported = { outcomes: asJson(extras.outcomes), metrics: extras.metrics };
  if (ending.kind === "failed") return { state: "failed", ...nothing, error: ending.error, retry: ending.retry, ...reported, ...told };
  const additions = [...extras.addTasks];
  const added = Object.fromEntries(additions.filter(([, { tasks }]) => tasks.length > 0).map(([job, { tasks }]) => [job, asJson(tasks)]));
  const sealed = additions.filter(([, { seal }]) => seal).map(([job]) => job);
  return { state: "succeeded", result: ending.result, added, sealed, ...reported, ...told };
}

function taskOf(type: string, payload: unknown, around: Around): LeasedTask {
  const left = 60_000;
  return {
    id: randomUUID(),
    type,
    job_id: randomUUID(),
    job_key: type,
    pipeline_id: randomUUID(),
    pipeline_name: "test",
    attempt: around.attempt ?? 1,
    max_attempts: around.maxAttempts ?? 3,
    payload: asJson(payload) as never,
    job_payload: asJson(around.jobPayload) as never,
    metadata: asJson(around.metadata ?? {}) as never,
    checkpoint: asJson(around.checkpoint) as never,
    lease_token: randomUUID(),
    lease_expires_at: new Date(Date.now() + left).toISOString(),
    timeout_seconds: around.timeoutSeconds ?? null,
    correlation_id: "test",
    traceparent: null,
    tracestate: null,
  };
}

/** Results as a handler reads those of earlier jobs. */
function given(results: Record<string, readonly unknown[]>): Heard["results"] {
  return async function* (job, schema) {
    for (const result of results[job] ?? []) yield await shaped(schema, asJson(result), `a result of ${job}`);
  };
}

/** A value as it comes out of JSON; null where there is none. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value) ?? "null") as T;
}
