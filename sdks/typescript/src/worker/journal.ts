/**
 * Lines of handlers on their way into the logs of their tasks.
 *
 * Handlers only put lines down here, which never waits and never fails. Once a second what has come since is sent, of all tasks in one call; what a
 * task has left goes with its report, so its last words are not lost.
 *
 * What it deliberately does not do: hold more than 4 MiB. While the server cannot be reached for long, lines are dropped, and the log says how many.
 * How it fails: a call whose answer was lost is made again with its key, which makes it count once. If its task ends meanwhile, or
 * the answer takes longer than 2 s then, those lines go with the report, and may be there twice. What is sent before a report is repeated as the report is.
 */

import { randomUUID } from "node:crypto";

import { answered } from "../calls.js";
import { type Client, callsWith } from "../client.js";
import { isTransient, isUnauthorized, reason } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Backoff } from "../resilience/backoff.js";
import { Linked, Notice, sleep } from "../time.js";
import type { LogLine, Schemas } from "../types.js";
import { patienceOf } from "./report.js";

/** How long lines are gathered before they are sent, in milliseconds. */
const INTERVAL = 1_000;
/** Bytes of lines that wait, of all tasks of a worker. */
const MOST_BYTES = 4 << 20;
/** What a line takes beside its texts. */
const LINE_BYTES = 64;
/** Lines of one task in one call, and with one report. */
const MOST_LINES = 1_000;
/** Lines of all tasks in one call, and tasks in one call. */
const A_CALL = { lines: 10_000, tasks: 1_000 };
/** The longest that one call may take, and that a report waits for a call under way; in milliseconds. */
const LONGEST = { call: 10_000, wait: 2_000 };

interface OfTask {
  readonly id: string;
  lines: LogLine[];
  /** Lines for which there was no room. */
  dropped: number;
}

/** A call, to be made again as it was. */
interface Unsent {
  readonly key: string;
  readonly items: Schemas["WriteLogItem"][];
}

/** The lines of a worker's tasks that were not sent yet. */
export class Journal {
  readonly #client: Client;
  readonly #logger: Logger;
  readonly #came = new Notice();
  /** By the token of the lease. */
  readonly #tasks = new Map<string, OfTask>();
  readonly #ended: AbortSignal;
  #bytes = 0;
  /** What may not have arrived, and the call that is under way. */
  #unsent: Unsent | undefined;
  #sending: Promise<void> | undefined;

  /** A journal that sends nothing more when the worker has `ended`. */
  constructor(client: Client, logger: Logger, ended: AbortSignal) {
    this.#client = client;
    this.#logger = logger;
    this.#ended = ended;
  }

  /** From now on lines of this lease are taken. */
  open(token: string, id: string): void {
    this.#tasks.set(token, { id, lines: [], dropped: 0 });
  }

  /** Takes a line; one of a lease that is not open is nobody's. */
  write(token: string, line: LogLine): void {
    const task = this.#tasks.get(token);
    if (task === undefined) return;
    const bytes = size(line);
    if (this.#bytes + bytes > MOST_BYTES) task.dropped += 1;
    else {
      task.lines.push(line);
      this.#bytes += bytes;
    }
    this.#came.notify();
  }

  /** Sends what comes, once a second. */
  async send(): Promise<void> {
    const ended = this.#ended;
    while (!ended.aborted) {
      await this.#came.next(Infinity, ended);
      await sleep(INTERVAL, ended);
      while (!ended.aborted && (await this.#sendOnce()));
    }
  }

  /** The lines of a lease that beats every `beat` milliseconds, for its report, which takes 1,000; what there is beyond is sent before. None is taken any more. */
  async close(token: string, beat: number): Promise<LogLine[]> {
    // Before it waits, or else the next call would take them along while the report is under way.
    const task = this.#take(token);
    await this.#settled();
    const lines = ofLease(this.#unsent, token);
    if (task === undefined) return lines;
    lines.push(...told(task));
    const early = lines.splice(0, Math.max(0, lines.length - MOST_LINES));
    for (let at = 0; at < early.length; at += MOST_LINES) {
      const some = { key: randomUUID(), items: [{ id: task.id, lease_token: token, lines: early.slice(at, at + MOST_LINES) }] };
      // What comes after it would fare no better.
      if (!(await this.#send(some, patienceOf(beat)))) break;
    }
    return lines;
  }

  /** Forgets the lines of a lease that is lost: nobody would take them any more. */
  forget(token: string): void {
    this.#take(token);
  }

  /** Waits for the call under way, but not long. */
  async #settled(): Promise<void> {
    if (this.#sending === undefined) return;
    const over = new Linked([this.#ended]);
    await Promise.race([this.#sending, sleep(LONGEST.wait, over.signal)]);
    over.abort();
    over.release();
  }

  /** Sends one call; whether there is more, and it makes sense to go on. */
  async #sendOnce(): Promise<boolean> {
    this.#unsent ??= this.#gather();
    if (this.#unsent === undefined) return false;
    const call = this.#unsent;
    let arrived = false;
    this.#sending = this.#send(call).then((done) => {
      arrived = done;
      if (done) this.#unsent = undefined;
      this.#sending = undefined;
    });
    await this.#sending;
    // To be made again with what comes next, or after a while.
    if (!arrived) this.#came.notify();
    return arrived;
  }

  /** Takes as many lines as one call may have. */
  #gather(): Unsent | undefined {
    const items: Schemas["WriteLogItem"][] = [];
    let room = A_CALL.lines;
    for (const [lease_token, task] of this.#tasks) {
      if (items.length === A_CALL.tasks || room === 0) break;
      if (task.lines.length === 0) continue;
      const lines = task.lines.splice(0, Math.min(MOST_LINES, room));
      room -= lines.length;
      this.#bytes -= sizeOf(lines);
      items.push({ id: task.id, lease_token, lines });
    }
    return items.length === 0 ? undefined : { key: randomUUID(), items };
  }

  #take(token: string): OfTask | undefined {
    const task = this.#tasks.get(token);
    this.#tasks.delete(token);
    this.#bytes -= sizeOf(task?.lines ?? []);
    return task;
  }

  /** Makes a call, once unless it has patience; whether it is not to be made again: it arrived, or never would. */
  async #send({ key, items }: Unsent, patience?: Backoff): Promise<boolean> {
    const tries = patience === undefined ? { once: true } : { safety: "leased" as const, backoff: patience };
    const calls = callsWith(this.#client, { ...tries, timeoutMs: LONGEST.call, signal: this.#ended });
    try {
      await answered(calls.POST("/v1/tasks/log", { params: { header: { "idempotency-key": key } }, body: { tasks: items } }));
      return true;
    } catch (error) {
      const again = isTransient(error) || isUnauthorized(error);
      this.#logger.debug("cannot send lines of log", { error: reason(error), again });
      return !again;
    }
  }
}

/** The lines of a task, with one that says how many were dropped. */
function told({ lines, dropped }: OfTask): LogLine[] {
  const message = `${dropped} lines were dropped by the worker, which could not send them in time`;
  return dropped === 0 ? lines : [...lines, { message, level: "warn" }];
}

/** The lines of a lease in a call that may not have arrived. */
function ofLease(unsent: Unsent | undefined, token: string): LogLine[] {
  return (unsent?.items ?? []).filter(({ lease_token }) => lease_token === token).flatMap(({ lines }) => lines);
}

function sizeOf(lines: readonly LogLine[]): number {
  return lines.reduce((sum, line) => sum + size(line), 0);
}

function size({ message, fields }: LogLine): number {
  return LINE_BYTES + Buffer.byteLength(message) + (fields == null ? 0 : Buffer.byteLength(JSON.stringify(fields)));
}
