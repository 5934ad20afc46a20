/** The client of producers and operators: where the server is, what can be asked of it, and how patiently. */

import { type Api, answered, apiOf, callsOf } from "./calls.js";
import { isTransient } from "./errors.js";
import { follow } from "./event-stream.js";
import type { BreakerState } from "./resilience/breaker.js";
import { type StandardSchema, shaped } from "./schema.js";
import { Linked, sleep } from "./time.js";
import type { TraceContext } from "./trace.js";
import { type ClientOptions, Transport } from "./transport.js";
import type * as wire from "./types.js";

/** Made again with the same key and body, a create answers its first answer: so it is repeated by itself, too. One key, one create. */
export interface Idempotent {
  /** 1 to 200 visible characters. */
  idempotencyKey?: string;
}

/** How to wait for an end. */
export interface WaitOptions {
  /** The longest wait; without one, as long as it takes. */
  timeoutSeconds?: number;
  signal?: AbortSignal;
}

/** Which events to follow, and from where. */
export interface EventOptions {
  pipelineId?: string;
  jobId?: string;
  taskId?: string;
  entity?: wire.Event["entity"];
  to?: string;
  type?: string;
  template?: string;
  schedule?: string;
  /** The id of the last event that is known; without one, from now on. */
  after?: string;
  signal?: AbortSignal;
}

/** The pauses between two looks at what is waited for, in milliseconds. */
const LOOKS = { first: 50, longest: 1000 };

const body = (value: unknown): never => value as never;
const once = ({ idempotencyKey }: Idempotent) => ({ header: idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey } });

/** For the worker: what the calls of a client go through. */
let transportOf: (client: Client) => Transport;
/** For the worker: calls of a client that differ from its others. */
let callsWith: (client: Client, options: Parameters<typeof callsOf>[1]) => Api;
export { callsWith, transportOf };

/** What a client has from the one that it was made from. */
interface Inherited {
  transport: Transport;
  trace: TraceContext;
}

/** A typed client. All that is made from one shares its connections and its breaker. */
export class Client {
  /** Every operation of the server, typed, in openapi-fetch's way: `await client.api.GET("/v1/queues")` answers `data` or `error`. */
  readonly api: Api;
  readonly #calls: Api;
  readonly #transport: Transport;
  readonly #trace: TraceContext | undefined;

  /** A client of a server: its address, or its settings, of which each has a default. The second argument is the SDK's own: {@link Client.traced}. */
  constructor(options: ClientOptions | string = {}, inherited?: Inherited) {
    this.#transport = inherited?.transport ?? new Transport(typeof options === "string" ? { server: options } : options);
    this.#trace = inherited?.trace;
    this.api = apiOf(this.#transport, { trace: this.#trace });
    this.#calls = callsOf(this.#transport, { trace: this.#trace });
  }

  /** The same client, whose calls carry this trace context: what they create belongs to that trace. */
  traced(trace: TraceContext): Client {
    return new Client({}, { transport: this.#transport, trace });
  }

  /** Whether calls are sent at present. */
  get breakerState(): BreakerState {
    return this.#transport.breaker.state;
  }

  /** Creates a pipeline with its jobs, edges and tasks. */
  createPipeline(pipeline: wire.NewPipeline, options: Idempotent = {}): Promise<wire.Pipeline> {
    return answered(this.#calls.POST("/v1/pipelines", { params: once(options), body: pipeline }));
  }

  getPipeline(id: string): Promise<wire.Pipeline> {
    return answered(this.#calls.GET("/v1/pipelines/{id}", at(id)));
  }

  /** All pipelines that fit, the newest first. */
  pipelines(query: wire.QueryOf<"list_pipelines"> = {}): AsyncGenerator<wire.Pipeline, void, undefined> {
    return pages(query, (query) => answered(this.#calls.GET("/v1/pipelines", { params: { query } })));
  }

  /** Cancels a pipeline at once; with `cleanUp` its clean-up jobs are spared. */
  cancelPipeline(id: string, { cleanUp, reason }: { cleanUp?: boolean; reason?: string } = {}): Promise<wire.Pipeline> {
    return answered(this.#calls.POST("/v1/pipelines/{id}/cancel", { ...at(id), body: { clean_up: cleanUp ?? false, reason: reason ?? null } }));
  }

  /** Runs again what did not succeed of an ended pipeline, or all of it. */
  retryPipeline(id: string, options: { scope?: "failed" | "all"; reason?: string } = {}): Promise<wire.Pipeline> {
    return answered(this.#calls.POST("/v1/pipelines/{id}/retry", { ...at(id), body: options }));
  }

  /** Creates a job by itself; it gets a pipeline of one. */
  createJob(job: wire.NewStandaloneJob, options: Idempotent = {}): Promise<wire.Job> {
    return answered(this.#calls.POST("/v1/jobs", { params: once(options), body: job }));
  }

  /** Creates up to 1,000 such jobs, each judged by itself; the results are in their order. */
  async createJobs(jobs: wire.NewStandaloneJob[], options: Idempotent = {}): Promise<wire.Schemas["CreateJobResult"][]> {
    return (await answered(this.#calls.POST("/v1/jobs/batch", { params: once(options), body: { jobs } }))).results;
  }

  getJob(id: string): Promise<wire.Job> {
    return answered(this.#calls.GET("/v1/jobs/{id}", at(id)));
  }

  /** Adds up to 10,000 tasks to a job that is not sealed; their ids are in their order. */
  async addTasks(jobId: string, tasks: wire.NewTask[], options: Idempotent = {}): Promise<string[]> {
    const params = { ...once(options), path: { id: jobId } };
    return (await answered(this.#calls.POST("/v1/jobs/{id}/tasks", { params, body: { tasks } }))).ids;
  }

  /** No more tasks will be added to the job. */
  sealJob(id: string): Promise<wire.Job> {
    return answered(this.#calls.POST("/v1/jobs/{id}/seal", at(id)));
  }

  getTask(id: string): Promise<wire.Task> {
    return answered(this.#calls.GET("/v1/tasks/{id}", at(id)));
  }

  /** All tasks that fit, the newest first. */
  tasks(query: wire.QueryOf<"list_tasks"> = {}): AsyncGenerator<wire.Task, void, undefined> {
    return pages(query, (query) => answered(this.#calls.GET("/v1/tasks", { params: { query } })));
  }

  /** All attempts of a task, the oldest first. */
  attempts(taskId: string): AsyncGenerator<wire.Attempt, void, undefined> {
    return pages({}, (query) => answered(this.#calls.GET("/v1/tasks/{id}/attempts", { params: { query, path: { id: taskId } } })));
  }

  /** The lines of a task's log, the oldest first, up to its present end. */
  taskLog(taskId: string, query: { attempt?: number; level?: wire.LogLevel } = {}): AsyncGenerator<wire.LoggedLine, void, undefined> {
    return pages(query, (query) => answered(this.#calls.GET("/v1/tasks/{id}/log", { params: { query, path: { id: taskId } } })));
  }

  /** The results of the succeeded tasks of a pipeline's job, in the order in which the tasks were added. */
  async *results<Result = unknown>(pipelineId: string, key: string, schema?: StandardSchema<unknown, Result>): AsyncGenerator<Result, void, undefined> {
    const path = { id: pipelineId, key };
    const page = (query: { cursor?: string }) => answered(this.#calls.GET("/v1/pipelines/{id}/jobs/{key}/results", { params: { path, query } }));
    for await (const { task_id, result } of pages({}, page)) yield await shaped(schema, result, `the result of task ${task_id}`);
  }

  /** What became of single items, the newest first; at least one of subject, pipeline, job or task is asked for. */
  outcomes(query: wire.QueryOf<"list_outcomes">): AsyncGenerator<wire.ItemOutcome, void, undefined> {
    return pages(query, (query) => answered(this.#calls.GET("/v1/outcomes", { params: { query } })));
  }

  /** Keeps a template as the next version of its name, unless nothing differs from the newest. */
  putTemplate(name: string, template: wire.PutTemplate): Promise<wire.Template> {
    return answered(this.#calls.PUT("/v1/templates/{name}", { params: { path: { name } }, body: template }));
  }

  /** Creates a pipeline from a template. */
  runTemplate(name: string, run: wire.RunTemplate = {}, options: Idempotent = {}): Promise<wire.Pipeline> {
    const params = { ...once(options), path: { name } };
    return answered(this.#calls.POST("/v1/templates/{name}/pipelines", { params, body: body(run) }));
  }

  /** Makes a schedule, or changes it. */
  putSchedule(name: string, schedule: wire.PutSchedule): Promise<wire.Schedule> {
    return answered(this.#calls.PUT("/v1/schedules/{name}", { params: { path: { name } }, body: schedule }));
  }

  /** Makes a pipeline of a schedule now. */
  triggerSchedule(name: string, options: Idempotent = {}): Promise<wire.Pipeline> {
    return answered(this.#calls.POST("/v1/schedules/{name}/trigger", { params: { ...once(options), path: { name } } }));
  }

  /**
   * Waits until a pipeline has ended, and returns it. Throws a `TimeoutError` when it takes longer than it may. Within that time a server that is
   * away is waited for; without one, no longer than by any other call.
   */
  wait(pipelineId: string, options: WaitOptions = {}): Promise<wire.Pipeline> {
    return this.#ended((calls) => answered(calls.GET("/v1/pipelines/{id}", at(pipelineId))), options);
  }

  /** Waits until a job has ended, and returns it, as {@link Client.wait} does. */
  waitForJob(jobId: string, options: WaitOptions = {}): Promise<wire.Job> {
    return this.#ended((calls) => answered(calls.GET("/v1/jobs/{id}", at(jobId))), options);
  }

  /**
   * Events as they happen, until the signal is aborted. A stream that is cut off goes on behind the last event that was read: behind
   * `after`, none is missed and none comes twice. Without `after`, what happens before the first one may be missed by a cut.
   */
  async *events({ after, signal, ...filter }: EventOptions = {}): AsyncGenerator<wire.Event, void, undefined> {
    const url = new URL(`${this.#transport.server}/v1/events/stream`);
    const names = { pipelineId: "pipeline_id", jobId: "job_id", taskId: "task_id" } as Record<string, string>;
    for (const [name, value] of Object.entries(filter)) if (value !== undefined) url.searchParams.set(names[name] ?? name, value);
    for await (const { event, data } of follow(this.#transport, url.href, after, signal ?? new AbortController().signal)) {
      if (event === "message") yield JSON.parse(data) as wire.Event;
    }
  }

  async #ended<T extends { ended_at?: string | null }>(look: (calls: Api) => Promise<T>, { timeoutSeconds, signal }: WaitOptions): Promise<T> {
    const end = new Linked([signal], timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000);
    const calls = callsOf(this.#transport, { trace: this.#trace, signal: end.signal });
    try {
      for (let pause = LOOKS.first; ; pause = Math.min(pause * 2, LOOKS.longest)) {
        try {
          const found = await look(calls);
          if (found.ended_at != null) return found;
        } catch (error) {
          // Without a limit, nothing else would ever say that the server is gone.
          if (!end.signal.aborted && !(timeoutSeconds !== undefined && isTransient(error))) throw error;
        }
        await sleep(pause, end.signal);
        if (end.late) throw new DOMException(`it has not ended within ${timeoutSeconds} s`, "TimeoutError");
        end.signal.throwIfAborted();
      }
    } finally {
      end.release();
    }
  }

  static {
    transportOf = (client) => client.#transport;
    callsWith = (client, options) => callsOf(client.#transport, { trace: client.#trace, ...options });
  }
}

const at = (id: string) => ({ params: { path: { id } } });

async function* pages<Query extends object, Item>(
  query: Query,
  page: (query: Query & { cursor?: string; limit?: number }) => Promise<{ items: Item[]; next_cursor?: string | null }>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | undefined;
  for (;;) {
    const { items, next_cursor } = await page({ limit: 500, ...query, ...(cursor === undefined ? {} : { cursor }) });
    yield* items;
    // Where more may come later, the cursor is never null: it stays where it is at the end.
    if (next_cursor == null || (next_cursor === cursor && items.length === 0)) return;
    cursor = next_cursor;
  }
}
