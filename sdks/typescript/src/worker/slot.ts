/** One task from its lease to its report. */

import { now, sleep } from "../time.js";
import { traceOf } from "../trace.js";
import type { LeasedTask } from "../types.js";
import { type Cancellation, Cancelled, Context, type Extras, type Heard } from "./context.js";
import { type Ending, RELEASED } from "./failure.js";
import { beatOf } from "./heart.js";
import type { Handler } from "./handlers.js";
import { Progress } from "./progress.js";
import { Reporter, type Word } from "./report.js";
import type { Shared } from "./shared.js";
import { TaskLog } from "./task-log.js";

/** Runs the handler of a task, extends its lease, and reports. */
export async function work(shared: Shared, task: LeasedTask, date: Date | undefined): Promise<void> {
  const began = now();
  const outcome = await new Slot(shared, task, beatOf(shared.settings.leaseSeconds, task, date)).work();
  const labels = { type: task.type, outcome };
  shared.metrics.count("windlass_sdk_tasks_total", labels);
  shared.metrics.observe("windlass_sdk_task_seconds", labels, (now() - began) / 1000);
}

class Slot {
  readonly #shared: Shared;
  readonly #task: LeasedTask;
  readonly #beat: number;
  readonly #extras: Extras = { addTasks: new Map(), metrics: {}, outcomes: [] };
  readonly #cancel = new AbortController();

  constructor(shared: Shared, task: LeasedTask, beat: number) {
    this.#shared = shared;
    this.#task = task;
    this.#beat = beat;
  }

  async work(): Promise<Word> {
    const { heart, journal, handlers, logger, ended } = this.#shared;
    const token = this.#task.lease_token;
    const trace = traceOf(this.#task);
    const client = trace === undefined ? this.#shared.client : this.#shared.client.traced(trace);
    journal.open(token, this.#task.id);
    let lose!: (cause: Cancellation) => void;
    const lost = new Promise<Cancellation>((resolve) => (lose = resolve));
    // The lease is renewed until the report is through.
    const lease = heart.hold(this.#task, this.#beat, lose);
    const progress = new Progress(client, this.#task, logger);
    const done = new AbortController();
    const sending = progress.send(lease, this.#shared.settings.progressIntervalSeconds * 1000, done.signal, lose);
    try {
      const handler = handlers.get(this.#task.type);
      const ending = handler === undefined ? this.#unasked() : await this.#run(handler, this.#context(client, progress), lost);
      done.abort();
      if (ending === "lost") {
        journal.forget(token);
        return "lease_lost";
      }
      // What is being sent of the progress must not come after the report, nor its checkpoint twice.
      await sending;
      const beside = { lines: await journal.close(token, this.#beat), extras: this.#extras, checkpoint: progress.unsentCheckpoint() };
      return await new Reporter(client, this.#task, this.#beat, logger, beside, ended).report(ending);
    } finally {
      done.abort();
      lease.letGo();
    }
  }

  #unasked(): Ending {
    this.#shared.logger.error("got a task of a type that was not asked for", { type: this.#task.type });
    return RELEASED;
  }

  #context(client: Shared["client"], progress: Progress): Context {
    const { journal, stopping } = this.#shared;
    const log = new TaskLog((line) => journal.write(this.#task.lease_token, line));
    const results: Heard["results"] = (job, schema) => client.results(this.#task.pipeline_id, job, schema);
    const heard = { said: progress.said, extras: this.#extras, changed: () => progress.changed.notify(), results };
    return new Context(this.#task, client, this.#cancel.signal, stopping, log, heard);
  }

  /** Runs the handler to its end, or to that of its lease, or of the worker. */
  async #run(handler: Handler, context: Context, lost: Promise<Cancellation>): Promise<Ending | "lost"> {
    const { metrics, halted, logger } = this.#shared;
    const active = { type: this.#task.type };
    metrics.add("windlass_sdk_active_tasks", active, 1);
    try {
      const running = handler(context);
      const stopped = signalled(halted);
      const first = await Promise.race([running, lost, stopped.happened]).finally(stopped.forget);
      if (typeof first === "object") return first;
      if (first !== "stopping") {
        logger.warn("lost the lease, cancelling the handler", { task_id: this.#task.id, cause: first });
        await this.#end(running, first);
        return "lost";
      }
      const end = await Promise.race([this.#end(running, first), lost.then((): "lost" => "lost")]);
      return end ?? RELEASED;
    } finally {
      metrics.add("windlass_sdk_active_tasks", active, -1);
    }
  }

  /** Asks the handler to stop; returns what it made of its grace; undefined when it was left behind: nothing can abort it. */
  async #end(running: Promise<Ending>, cause: Cancellation): Promise<Ending | undefined> {
    this.#cancel.abort(new Cancelled(cause));
    const over = new AbortController();
    const grace = sleep(this.#shared.settings.cancelGraceSeconds * 1000, over.signal).then(() => undefined);
    const ending = await Promise.race([running, grace]).finally(() => over.abort());
    if (ending === undefined) {
      this.#shared.logger.warn("a handler does not heed its signal, it is left behind", { task_id: this.#task.id, type: this.#task.type });
    }
    return ending;
  }
}

/** `stopping` when a signal is aborted, until it is forgotten: a worker's signal outlives its tasks. */
function signalled(signal: AbortSignal): { happened: Promise<"stopping">; forget: () => void } {
  let heard!: () => void;
  const happened = new Promise<"stopping">((resolve) => (heard = () => resolve("stopping")));
  if (signal.aborted) heard();
  signal.addEventListener("abort", heard, { once: true });
  return { happened, forget: () => signal.removeEventListener("abort", heard) };
}
