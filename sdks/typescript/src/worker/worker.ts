/**
 * The worker: types → handlers, and everything around them.
 *
 * One loop for each pool of slots asks for as many tasks as slots are free; each task runs in a slot of its own, reports its progress and ends in one
 * report, while one heartbeat extends the leases of all, and one call a second sends what handlers have logged.
 *
 * What it deliberately does not do: it does not judge by this machine's clock whether a lease still holds. While the server cannot be reached,
 * handlers go on: the lease token decides when the report arrives.
 *
 * How it fails: what passes by itself is waited out; `run` ends with an error only when asking again would not help (a type or a key that the
 * server refuses). A worker that is killed costs a lease's time, no more.
 */

import { setMaxListeners } from "node:events";

import { Client, transportOf } from "../client.js";
import { SettingError } from "../errors.js";
import type { JobType } from "../job.js";
import type { StandardSchema } from "../schema.js";
import { Linked, now, sleep } from "../time.js";
import type { ClientOptions } from "../transport.js";
import { Acceptance } from "./acceptance.js";
import { type Handler, type HandlerOf, handlerOf, poolsOf } from "./handlers.js";
import { Heart } from "./heart.js";
import { defaultWorkerId } from "./identity.js";
import { takeTasks } from "./intake.js";
import { Journal } from "./journal.js";
import type { Settings, Shared } from "./shared.js";

/** Settings of a worker; those of its client are among them. */
export interface WorkerOptions extends ClientOptions {
  /** The client to call with, instead of one of its own: then what is a setting of a client is not given here. */
  client?: Client;
  /** How many tasks run at once, at least 1, default 1; those of types with a concurrency of their own are not counted. */
  concurrency?: number;
  /** What the worker calls itself, 1 to 200 characters; default host name, process id and a random part. */
  workerId?: string;
  /** How long one dequeue waits for a task, 1 to 60, default 20. */
  waitSeconds?: number;
  /** How long a lease lasts without a heartbeat, 1 to 86,400; default what each job says. Heartbeats are sent at a third of it. */
  leaseSeconds?: number;
  /** The shortest time between two progress reports of a task, default 1. */
  progressIntervalSeconds?: number;
  /** How long a stopping worker waits for handlers before it cancels them, default 30. */
  stopWaitSeconds?: number;
  /** How long a cancelled handler may go on before it is left behind, default 5. */
  cancelGraceSeconds?: number;
}

/** Settings that a client has already. */
const CLIENT_SETTINGS = ["server", "key", "timeoutSeconds", "backoff", "breaker", "metrics", "logger", "fetch"] as const satisfies readonly (keyof ClientOptions)[];
/** A signal that comes again within this, in milliseconds, is the same: under npm Ctrl-C arrives twice. */
const SAME_SIGNAL = 1_000;

/** How a type is worked on. */
export interface JobSettings<Payload, Result> {
  /** Slots for this type alone: as many of its tasks run at once, whatever other types do. */
  concurrency?: number;
  /** The shape of the payload; what has another is a `data_error`, and the handler is not run. */
  payload?: StandardSchema<unknown, Payload>;
  /** The shape of the result. */
  result?: StandardSchema<unknown, Result>;
}

/** What ends {@link Worker.run}. */
export interface RunOptions {
  /** Stops the worker when it is aborted. */
  signal?: AbortSignal;
  /** Whether SIGTERM and SIGINT (Ctrl-C) stop it, default true; another one, a second or more later, ends the wait for handlers. */
  handleSignals?: boolean;
}

/** For tests: the handlers of a worker, by type. */
let handlersOf: (worker: Worker) => ReadonlyMap<string, Handler>;
export { handlersOf };

/** Takes tasks of the types that it has handlers for, and runs them. */
export class Worker {
  /** The client that it calls with. */
  readonly client: Client;
  readonly #settings: Settings;
  readonly #workerId: string;
  readonly #handlers = new Map<string, Handler>();
  readonly #ownSlots = new Map<string, number>();
  readonly #stopping = new AbortController();
  readonly #halted = new AbortController();
  #ran = false;

  constructor(options: WorkerOptions = {}) {
    const unheard = options.client && CLIENT_SETTINGS.find((name) => options[name] !== undefined);
    if (unheard) throw new SettingError(`${unheard} is a setting of the client that the worker was given: give it to \`new Client\``);
    this.client = options.client ?? new Client(options);
    this.#workerId = options.workerId ?? defaultWorkerId();
    this.#settings = {
      concurrency: slots(options.concurrency ?? 1),
      waitSeconds: Math.min(Math.max(options.waitSeconds ?? 20, 1), 60),
      leaseSeconds: options.leaseSeconds,
      progressIntervalSeconds: options.progressIntervalSeconds ?? 1,
      stopWaitSeconds: options.stopWaitSeconds ?? 30,
      cancelGraceSeconds: options.cancelGraceSeconds ?? 5,
    };
    setMaxListeners(0, this.#stopping.signal, this.#halted.signal);
  }

  /** Runs tasks of a type with a handler, which gets the payload and returns the result. */
  job<Payload = unknown, Result = unknown>(
    type: string | JobType<Payload, Result>,
    handler: HandlerOf<Payload, Result>,
    settings: JobSettings<Payload, Result> = {},
  ): this {
    const defined = typeof type === "string" ? { type, payload: undefined, result: undefined } : type;
    if (this.#handlers.has(defined.type)) throw new SettingError(`the type ${defined.type} has a handler already`);
    this.#handlers.set(defined.type, handlerOf(settings.payload ?? defined.payload, settings.result ?? defined.result, handler));
    if (settings.concurrency !== undefined) this.#ownSlots.set(defined.type, slots(settings.concurrency));
    return this;
  }

  /**
   * Works until the process is asked to end (SIGTERM or Ctrl-C), {@link Worker.stop} is called, or the signal is aborted: then takes no more tasks, waits for
   * those that run, and releases what is left. Fails when the server refuses to hand out tasks for a reason that does not pass by itself.
   */
  async run({ signal, handleSignals = true }: RunOptions = {}): Promise<void> {
    if (this.#ran) throw new SettingError("a worker runs once; make another one");
    if (this.#handlers.size === 0) throw new SettingError("the worker has no handlers: add some by `worker.job(type, handler)`");
    this.#ran = true;
    const stop = (): void => this.stop();
    let first: number | undefined;
    const asked = (): void => {
      first ??= now();
      this.stop();
      if (now() - first > SAME_SIGNAL) this.#halted.abort();
    };
    if (handleSignals) for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, asked);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    try {
      await this.#work();
    } finally {
      for (const name of ["SIGTERM", "SIGINT"] as const) process.off(name, asked);
      signal?.removeEventListener("abort", stop);
    }
  }

  /** Begins to stop; {@link Worker.run} returns when all is reported. */
  stop(): void {
    this.#stopping.abort();
  }

  static {
    handlersOf = (worker) => worker.#handlers;
  }

  async #work(): Promise<void> {
    const ended = new AbortController();
    setMaxListeners(0, ended.signal);
    const shared = this.#shared(ended.signal);
    const running = new Set<Promise<void>>();
    const beside = [shared.heart.beat(this.client, ended.signal), shared.journal.send()];
    const words = { worker_id: this.#workerId, types: [...this.#handlers.keys()] };
    shared.logger.info("worker started", words);
    const pools = poolsOf(this.#handlers.keys(), this.#ownSlots, this.#settings.concurrency);
    const taking = pools.map((pool) => takeTasks(pool, shared, running));
    try {
      // What ends one pool ends the worker.
      await Promise.all(taking);
    } finally {
      this.#stopping.abort();
      await Promise.allSettled(taking);
      await this.#drain(running, shared);
      ended.abort();
      await Promise.all(beside);
      shared.logger.info("worker stopped", { worker_id: this.#workerId });
    }
  }

  async #drain(running: Set<Promise<void>>, { halted, logger }: Shared): Promise<void> {
    if (await finished(running, this.#settings.stopWaitSeconds * 1000, halted)) return;
    this.#halted.abort();
    // A handler gets its grace, and then the release of its task needs time for a call.
    const limit = this.#settings.cancelGraceSeconds * 1000 + transportOf(this.client).timeoutMs;
    if (!(await finished(running, limit))) logger.warn("tasks were left to the end of their leases", { tasks: running.size });
  }

  #shared(ended: AbortSignal): Shared {
    const { metrics, logger } = transportOf(this.client);
    return {
      client: this.client,
      workerId: this.#workerId,
      settings: this.#settings,
      handlers: this.#handlers,
      heart: new Heart(metrics, logger),
      journal: new Journal(this.client, logger, ended),
      acceptance: new Acceptance(),
      metrics,
      logger,
      stopping: this.#stopping.signal,
      halted: this.#halted.signal,
      ended,
    };
  }
}

/** Whether all that runs ends within the limit. */
async function finished(running: Set<Promise<void>>, limit: number, signal?: AbortSignal): Promise<boolean> {
  const end = new Linked([signal], limit);
  const over = sleep(limit, end.signal);
  while (running.size > 0 && !end.signal.aborted) await Promise.race([Promise.all(running), over]);
  end.abort();
  end.release();
  return running.size === 0;
}

function slots(concurrency: number): number {
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new SettingError(`concurrency is a whole number from 1, not ${concurrency}`);
  return concurrency;
}
