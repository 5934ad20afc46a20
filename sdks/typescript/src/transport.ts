/** One request and its answer: the key, the limit, the breaker, the repetitions, and what a failure is. */

import { addressOf } from "./address.js";
import { NoAnswerError, WindlassError, isUnauthorized } from "./errors.js";
import { VERSION } from "./generated/version.js";
import { type KeySource, PresentKey } from "./key.js";
import { type Logger, standardError } from "./logger.js";
import { type Metrics, uncounted } from "./metrics.js";
import { presentTrace } from "./opentelemetry.js";
import { again, refusal } from "./refusal.js";
import { type Backoff, DEFAULT_BACKOFF } from "./resilience/backoff.js";
import { type Admission, Breaker, type BreakerSettings, DEFAULT_BREAKER } from "./resilience/breaker.js";
import { type Guarded, type Safety, guarded, repeat } from "./resilience/repeat.js";
import { Linked } from "./time.js";
import type { TraceContext } from "./trace.js";
import { unfailing } from "./unfailing.js";

/** Settings of a client. */
export interface ClientOptions {
  /** Where the server is; a path in it is used as prefix. Default the variable `WINDLASS_SERVER`, or else `http://127.0.0.1:7070`. */
  server?: string;
  /** The key that is sent with every call; default that of `WINDLASS_KEY`, or of the file that `WINDLASS_KEY_FILE` names. */
  key?: KeySource;
  /** The longest that one try may take, default 30; a dequeue's wait is added to it. */
  timeoutSeconds?: number;
  /** How safe calls are repeated. */
  backoff?: Partial<Backoff>;
  /** When calls are held back because the server does not answer. */
  breaker?: Partial<BreakerSettings>;
  /** Where numbers go; default nowhere. */
  metrics?: Metrics;
  /** Where the SDK says what it notices; default lines of JSON on standard error. */
  logger?: Logger;
  /** What makes requests; default that of the runtime. */
  fetch?: typeof fetch;
}

/** How one call differs from others. */
export interface CallOptions {
  safety?: Safety;
  admission?: Admission;
  timeoutMs?: number;
  backoff?: Backoff;
  signal?: AbortSignal | undefined;
  trace?: TraceContext | undefined;
  /** Made once, whatever becomes of it. */
  once?: boolean;
  /** Given the server's clock as it answered. */
  onDate?: (date: Date) => void;
}

/** That nothing was sent, as Node says it. */
const UNSENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);
/** Posts that have no further effect when they are made again: a lease token makes them count once, or they change nothing. */
const COUNTS_ONCE = /^\/v1\/(tasks\/([^/]+\/)?(heartbeat|progress|complete|fail|release)|templates\/[^/]+\/preview)$/;

/** What calls go through; shared by a client and all that is made from it. */
export class Transport {
  /** The address, without a slash at its end. */
  readonly server: string;
  readonly timeoutMs: number;
  readonly backoff: Backoff;
  readonly breaker: Breaker;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly #key: PresentKey;
  readonly #fetch: typeof fetch;

  constructor(options: ClientOptions) {
    this.server = addressOf(options.server ?? (process.env["WINDLASS_SERVER"] || "http://127.0.0.1:7070"), options.fetch !== undefined);
    this.timeoutMs = (options.timeoutSeconds ?? 30) * 1000;
    this.backoff = { ...DEFAULT_BACKOFF, ...options.backoff };
    this.metrics = unfailing(options.metrics ?? uncounted, ["count", "set", "add", "observe"]);
    this.logger = unfailing(options.logger ?? standardError, ["debug", "info", "warn", "error"]);
    this.#key = PresentKey.read(options.key);
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.breaker = new Breaker(new URL(this.server).origin, { ...DEFAULT_BREAKER, ...options.breaker }, this.metrics, this.logger);
  }

  /** What makes a request, for openapi-fetch; what is refused is thrown. */
  fetcher(options: CallOptions): (request: Request) => Promise<Response> {
    return async (request) => {
      const body = await request.text();
      const safety = options.safety ?? safetyOf(request, this.server);
      const call: Guarded<Response> = {
        breaker: this.breaker,
        metrics: this.metrics,
        server: this.server,
        admission: options.admission ?? "asked",
        safety,
        backoff: options.backoff ?? this.backoff,
        signal: options.signal,
        attempt: (signal) => this.#withKey((key) => this.#exchange(request, body, key, signal, options)),
      };
      return options.once ? guarded(call) : repeat(call);
    };
  }

  /** Makes a request once, and returns the answer as it begins, to be read for as long as it lasts. */
  open(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    return this.#withKey(async (key) => {
      const linked = new Linked([signal]);
      const timer = setTimeout(() => linked.abort(true), this.timeoutMs);
      try {
        const request: RequestInit = { headers: { ...headers, ...this.#headers(key) }, redirect: "manual", signal: linked.signal };
        const response = await this.#fetch(url, request);
        if (response.ok) return response;
        throw refusal(response, await response.text(), this.#key.origin);
      } catch (error) {
        // The link stays until then: it ends an answer that lasts.
        linked.release();
        throw this.#failure(error, signal, linked.late);
      } finally {
        clearTimeout(timer);
      }
    });
  }

  /** Makes one try, and one more where the file of the key that was refused holds another by now: a 401 changes nothing. */
  async #withKey<T>(attempt: (key: string | undefined) => Promise<T>): Promise<T> {
    const key = this.#key.header();
    try {
      return await attempt(key);
    } catch (error) {
      if (!isUnauthorized(error) || !(await this.#key.isRenewed(key, this.logger))) throw error;
      return attempt(this.#key.header());
    }
  }

  async #exchange(request: Request, body: string, key: string | undefined, signal: AbortSignal, options: CallOptions): Promise<Response> {
    const linked = new Linked([signal], options.timeoutMs ?? this.timeoutMs);
    const headers = new Headers(request.headers);
    const trace = (await presentTrace()) ?? options.trace;
    for (const [name, value] of Object.entries(this.#headers(key, trace))) headers.set(name, value);
    const init: RequestInit = { method: request.method, headers, redirect: "manual", signal: linked.signal };
    if (body !== "") init.body = body;
    try {
      const response = await this.#fetch(request.url, init);
      const text = await response.text();
      if (!response.ok) throw refusal(response, text, this.#key.origin);
      const date = Date.parse(response.headers.get("date") ?? "");
      if (!Number.isNaN(date)) options.onDate?.(new Date(date));
      return again(response, text);
    } catch (error) {
      throw this.#failure(error, signal, linked.late);
    } finally {
      linked.release();
    }
  }

  #headers(key: string | undefined, trace?: TraceContext): Record<string, string> {
    return {
      "user-agent": `windlass-sdk-typescript/${VERSION}`,
      ...(key === undefined ? {} : { authorization: key }),
      ...(trace === undefined ? {} : { traceparent: trace.traceparent }),
      ...(trace?.tracestate == null ? {} : { tracestate: trace.tracestate }),
    };
  }

  #failure(error: unknown, signal: AbortSignal, late: boolean): unknown {
    if (error instanceof WindlassError || signal.aborted) return error;
    const cause = late ? new Error("the limit of the call is over") : error;
    return new NoAnswerError(this.server, isUnsent(error), cause);
  }
}

/** `server` may have a path of its own, before that of the contract. */
function safetyOf(request: Request, server: string): Safety {
  if (["GET", "HEAD", "PUT"].includes(request.method) || request.headers.has("idempotency-key")) return "safe";
  return request.method === "POST" && COUNTS_ONCE.test(request.url.slice(server.length)) ? "safe" : "unsafe";
}

/** Whether no connection came about. */
function isUnsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const all = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  if (all.length > 0) return all.every(isUnsent);
  return UNSENT.has((error as NodeJS.ErrnoException).code ?? "") || isUnsent(error.cause);
}
