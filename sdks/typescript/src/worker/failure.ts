/** How a handler ends without a result. */

import { isNativeError } from "node:util/types";

import { reason } from "../errors.js";
import { ShapeError } from "../schema.js";
import type { Schemas } from "../types.js";

/** The server's limits, in bytes. */
const MESSAGE_BYTES = 4096;
const DETAIL_BYTES = 64 * 1024;
/** A traceback that is longer is cut. */
const TRACEBACK_BYTES = 32 * 1024;
/** They are known by these whichever copy of the package made them: one of each module system may be loaded. */
const FAILURE = Symbol.for("windlass-sdk.failure");
const RELEASE = Symbol.for("windlass-sdk.release");

/** What a failure may say beside its category and message. */
export interface FailureOptions {
  /** There is another attempt after this many seconds, whatever the category, within the policy's attempts. */
  retryAfterSeconds?: number;
  /** There is no further attempt. */
  neverRetry?: boolean;
  /** For programs, up to 64 KiB as JSON; what is larger, or has no JSON form, is left out. */
  detail?: unknown;
  cause?: unknown;
}

/** Thrown by a handler: the attempt failed; the job's policy decides by the category, `[a-z0-9_.]{1,64}`, whether there is another. */
export class Failure extends Error {
  override name = "Failure";
  readonly category: string;
  readonly retryAfterSeconds: number | undefined;
  readonly neverRetry: boolean;
  readonly detail: unknown;

  constructor(category: string, message: string, { retryAfterSeconds, neverRetry = false, detail, cause }: FailureOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.category = category;
    this.retryAfterSeconds = retryAfterSeconds;
    this.neverRetry = neverRetry;
    this.detail = detail;
    Object.defineProperty(this, FAILURE, { value: true });
  }
}

/** Thrown by a handler: the task goes back without counting the attempt; nobody may take it before the delay. */
export class Release extends Error {
  override name = "Release";
  readonly delaySeconds: number | undefined;

  constructor({ delaySeconds }: { delaySeconds?: number } = {}) {
    super("the task was released");
    this.delaySeconds = delaySeconds;
    Object.defineProperty(this, RELEASE, { value: true });
  }
}

/** How an attempt ended, as it is reported. */
export type Ending =
  | { kind: "succeeded"; result: unknown }
  | { kind: "failed"; error: Schemas["ReportedError"]; retry: Schemas["RetryDirective"] }
  | { kind: "released"; delaySeconds: number | undefined };

/** Without a delay of its own. */
export const RELEASED: Ending = { kind: "released", delaySeconds: undefined };

/** What a handler returned, as it is in JSON: whoever holds the value may change it before it is sent. */
export function success(result: unknown): Ending {
  try {
    return { kind: "succeeded", result: JSON.parse(JSON.stringify(result) ?? "null") };
  } catch (error) {
    return failed("data_error", `cannot write the result: ${reason(error)}`);
  }
}

/** Whether a handler threw a {@link Release}. */
export function isRelease(thrown: unknown): boolean {
  return is<Release>(thrown, RELEASE);
}

/** What a handler threw. */
export function ending(thrown: unknown): Ending {
  if (is<Release>(thrown, RELEASE)) return { kind: "released", delaySeconds: thrown.delaySeconds };
  if (is<Failure>(thrown, FAILURE)) {
    const { retryAfterSeconds, neverRetry } = thrown;
    const retry = neverRetry ? "never" : retryAfterSeconds === undefined ? "auto" : { after_seconds: retryAfterSeconds };
    return failed(thrown.category, reason(thrown), thrown.detail, retry);
  }
  if (thrown instanceof ShapeError) return failed("data_error", thrown.message, { errors: thrown.faults });
  return failed("system_error", reason(thrown), isNativeError(thrown) ? { traceback: cut(traceback(thrown), TRACEBACK_BYTES) } : undefined);
}

/** A failure as it is reported: its message without NUL and cut to the limit, its detail if there is room for it. */
export function failed(category: string, message: string, detail?: unknown, retry: Schemas["RetryDirective"] = "auto"): Ending {
  const error: Schemas["ReportedError"] = { category, message: cut(message, MESSAGE_BYTES) };
  const json = jsonOf(detail);
  if (json !== undefined && Buffer.byteLength(json) <= DETAIL_BYTES) error.detail = JSON.parse(json) as never;
  return { kind: "failed", error, retry };
}

/** A text as the server takes it, no longer than `bytes`, cut between characters. */
export function cut(text: string, bytes: number): string {
  const clean = wellFormed(text).replaceAll("\0", "\u{fffd}");
  if (Buffer.byteLength(clean) <= bytes) return clean;
  const whole = Buffer.from(clean);
  let end = bytes;
  while (((whole[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return whole.toString("utf8", 0, end);
}

/** Without halves of characters, which are no Unicode. */
export function wellFormed(text: string): string {
  return (text as string & { toWellFormed?: () => string }).toWellFormed?.() ?? text;
}

/** JSON of a value; undefined without one. */
export function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function is<T>(thrown: unknown, brand: symbol): thrown is T {
  return typeof thrown === "object" && thrown !== null && brand in thrown;
}

function traceback(error: Error): string {
  const own = error.stack ?? error.message;
  return isNativeError(error.cause) ? `${own}\ncaused by: ${traceback(error.cause)}` : own;
}
