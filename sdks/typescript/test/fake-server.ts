/** A server for workers in the test's own process: it hands out what it is given, answers as it is told, and remembers every call. */

import { randomUUID } from "node:crypto";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { LeasedTask, Schemas } from "windlass-sdk";

/** A call that came. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the call says
  readonly body: any;
  /** When it came, in milliseconds. */
  readonly at: number;
}

/** What a call is answered; `cut` ends the connection without an answer, `hang` keeps it for ever. */
export type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | "cut" | "hang";

export class FakeServer {
  readonly calls: Call[] = [];
  /** Answers a call in place of the server; undefined leaves it to the server. */
  answer: (call: Call) => Answer | undefined | Promise<Answer | undefined> = () => undefined;
  /** How long leases last that nobody asked a length for. */
  leaseSeconds = 60;
  readonly #queue: LeasedTask[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #wake: (() => void)[] = [];

  static async start(port = 0): Promise<FakeServer> {
    const fake = new FakeServer();
    await new Promise<void>((resolve, reject) => fake.#server.once("error", reject).listen(port, "127.0.0.1", resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Puts a task into the queue. */
  add(type: string, payload: unknown, more: Partial<LeasedTask> = {}): LeasedTask {
    const ids = { id: randomUUID(), job_id: randomUUID(), pipeline_id: randomUUID(), lease_token: randomUUID() };
    const task: LeasedTask = {
      ...ids,
      type,
      payload: payload as never,
      job_key: type,
      pipeline_name: type,
      attempt: 1,
      max_attempts: 3,
      job_payload: null as never,
      metadata: {},
      checkpoint: null as never,
      lease_expires_at: "",
      timeout_seconds: null,
      correlation_id: "c",
      traceparent: null,
      tracestate: null,
      ...more,
    };
    this.#queue.push(task);
    for (const wake of this.#wake.splice(0)) wake();
    return task;
  }

  /** The calls to a path that ends so. */
  to(end: string): Call[] {
    return this.calls.filter(({ path }) => path.endsWith(end));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const { method = "", url: path = "", headers } = request;
    const call: Call = { method, path, headers, text, body: text === "" ? undefined : JSON.parse(text), at: performance.now() };
    this.calls.push(call);
    const answer = (await this.answer(call)) ?? (await this.#own(call, response));
    if (answer === "cut") response.destroy();
    else if (answer !== "hang" && !response.destroyed) {
      const { status, body, headers } = answer;
      const type = status >= 400 ? "application/problem+json" : "application/json";
      response.writeHead(status, { "content-type": type, ...headers }).end(body === undefined ? "" : JSON.stringify(body));
    }
  }

  async #own({ path, body }: Call, response: ServerResponse): Promise<Answer> {
    const lease = { lease_expires_at: new Date(Date.now() + this.leaseSeconds * 1000).toISOString() };
    if (path.endsWith("/dequeue")) return { status: 200, body: { tasks: await this.#dequeue(body as Schemas["Dequeue"], response) } };
    if (path === "/v1/tasks/heartbeat" || path === "/v1/tasks/log") {
      const items = (body as { tasks: { id: string; lines?: unknown[] }[] }).tasks;
      const results = items.map(({ id, lines }) => ({ id, ...(lines === undefined ? lease : { accepted: lines.length, dropped: 0 }) }));
      return { status: 200, body: { results } };
    }
    if (/\/(heartbeat|progress)$/.test(path)) return { status: 200, body: lease };
    if (path.endsWith("/outcomes")) return { status: 200, body: { accepted: 1 } };
    if (/\/(complete|fail|release)$/.test(path)) return { status: 200, body: { id: path.split("/")[3] } };
    return problem(404, "route_not_found");
  }

  async #dequeue({ types, max_tasks, wait_seconds, lease_seconds }: Schemas["Dequeue"], response: ServerResponse): Promise<LeasedTask[]> {
    const deadline = performance.now() + (wait_seconds ?? 0) * 1000;
    for (;;) {
      const fit = this.#queue.filter(({ type }) => types.includes(type)).slice(0, max_tasks ?? 1);
      const left = deadline - performance.now();
      if (fit.length > 0 || left <= 0 || response.destroyed) {
        if (response.destroyed) return [];
        for (const task of fit) this.#queue.splice(this.#queue.indexOf(task), 1);
        // By the whole second, as the answer's own `Date` will say.
        const second = Math.floor(Date.now() / 1000) * 1000;
        return fit.map((task) => ({ ...task, lease_expires_at: new Date(second + (lease_seconds ?? this.leaseSeconds) * 1000).toISOString() }));
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        const wake = (): void => (clearTimeout(timer), resolve());
        this.#wake.push(wake);
        response.once("close", wake);
      });
    }
  }
}

/** A refusal, as the contract has it. */
export function problem(status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Exclude<Answer, string> {
  return { status, body: { type: "about:blank", title: code, status, code, detail: "no", ...more }, headers };
}
