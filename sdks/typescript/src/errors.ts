/** What a call can end in, distinguished by what the caller does about it. */

import type { Problem, Schemas } from "./types.js";

/** The longest that a server's `Retry-After` is heeded, in milliseconds. */
const LONGEST_RETRY_AFTER = 60_000;

/** Everything that a call can fail with is one of these. */
export class WindlassError extends Error {
  override name = "WindlassError";
}

/** An address, a key or another setting cannot be used; correct what is named. No key is shown. */
export class SettingError extends WindlassError {
  override name = "SettingError";
}

/** The server refused; act on the `code`. */
export class ProblemError extends WindlassError {
  override name = "ProblemError";
  /** The refusal as it came. */
  readonly problem: Problem;
  /** Finds the request in the server's log. */
  readonly requestId: string | undefined;
  /** How long the server asks to wait before the next try. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, requestId?: string, retryAfterSeconds?: number, advice = "") {
    const faults = (problem.errors ?? []).map(({ pointer, detail }) => `; ${pointer}: ${detail}`).join("");
    const request = requestId === undefined ? "" : ` (request ${requestId})`;
    super(`${problem.code}${request}: ${problem.detail}${faults}${advice}`);
    this.problem = problem;
    this.requestId = requestId;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** What was refused, from a closed list. */
  get code(): Schemas["Code"] {
    return this.problem.code;
  }

  /** The HTTP status. */
  get status(): number {
    return this.problem.status;
  }
}

/** The server wants a key, or one that allows this (401 `unauthorized`, 403 `forbidden`); the message says what to do. */
export class DeniedError extends ProblemError {
  override name = "DeniedError";
  /** Where the key that was sent came from, such as `WINDLASS_KEY`; without one none was sent. */
  readonly keyOrigin: string | undefined;
  /** Of a dequeue, the types that the key does not allow. */
  readonly types: readonly string[];

  constructor(problem: Problem, requestId: string | undefined, keyOrigin: string | undefined, types: readonly string[] = []) {
    super(problem, requestId, undefined, advice(problem.code, keyOrigin, types));
    this.keyOrigin = keyOrigin;
    this.types = types;
  }

  /** The same, and which of the types that were asked for the refusal is about. */
  naming(asked: readonly string[]): DeniedError {
    const denied = (this.problem.errors ?? []).map(({ pointer }) => asked[Number(/^\/types\/(\d+)$/.exec(pointer)?.[1])]);
    const types = denied.filter((type) => type !== undefined);
    return new DeniedError(this.problem, this.requestId, this.keyOrigin, types);
  }
}

/** Something answered that does not speak like Windlass: a proxy, or another service. */
export class UnexpectedAnswerError extends WindlassError {
  override name = "UnexpectedAnswerError";

  constructor(
    /** The HTTP status. */
    readonly status: number,
    /** The beginning of the body. */
    readonly body: string,
    /** How long the answer asks to wait before the next try. */
    readonly retryAfterSeconds?: number,
  ) {
    super(`the server answered ${status}, which is not windlass's: ${body}`);
  }
}

/** No whole answer came: unreachable, cut off or too slow. What was asked may have happened. */
export class NoAnswerError extends WindlassError {
  override name = "NoAnswerError";

  constructor(
    /** Where the call went. */
    readonly url: string,
    /** Whether no connection came about, so that nothing can have happened. */
    readonly unsent: boolean,
    cause: unknown,
  ) {
    super(`the server at ${url} gave no answer: ${reason(cause)}`, { cause });
  }
}

/** The server has not answered lately, so nothing was sent: the client's breaker is open. */
export class UnavailableError extends WindlassError {
  override name = "UnavailableError";

  constructor(
    /** Where the call would have gone. */
    readonly url: string,
    /** How long it is to the next probe. */
    readonly retryAfterSeconds: number,
  ) {
    super(`the server at ${url} has not answered lately, the next try is in ${retryAfterSeconds.toFixed(1)} s`);
  }
}

/** Whether no valid key was sent (401). It may pass by itself only where the key was valid before, since keys rotate. */
export function isUnauthorized(error: unknown): boolean {
  return (error instanceof ProblemError || error instanceof UnexpectedAnswerError) && error.status === 401;
}

/** Whether the task is no longer the caller's: leased anew, ended, cancelled or deleted. */
export function isLeaseLost(error: unknown): boolean {
  return error instanceof ProblemError && saysLeaseLost(error.problem);
}

/** The same, of the part of an answer that is about one lease. */
export function saysLeaseLost({ code }: Problem): boolean {
  return code === "lease_lost" || code === "task_not_found";
}

/** Whether the same call may succeed later, without anybody changing it. */
export function isTransient(error: unknown): boolean {
  if (error instanceof NoAnswerError || error instanceof UnavailableError) return true;
  if (error instanceof DeniedError) return false;
  // A gateway before the server may answer in its own way, or in the same form as the server.
  return (error instanceof ProblemError || error instanceof UnexpectedAnswerError) && [429, 500, 502, 503, 504].includes(error.status);
}

/** Whether it is certain that the call changed nothing, so that even an unsafe one may be repeated. */
export function changedNothing(error: unknown): boolean {
  if (error instanceof NoAnswerError) return error.unsent;
  if (error instanceof UnavailableError) return true;
  // A database that goes away may have committed what it could no longer answer.
  return error instanceof ProblemError && ["rate_limited", "overloaded", "shutting_down"].includes(error.code);
}

/** Whether the server, or the way to it, is what failed, rather than this call. */
export function isOutage(error: unknown): boolean {
  if (error instanceof NoAnswerError) return true;
  return (error instanceof ProblemError || error instanceof UnexpectedAnswerError) && error.status >= 500;
}

/** Whether the server judged what was said, rather than the lease, the key or the moment. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ProblemError && !isLeaseLost(error) && !isTransient(error) && !isUnauthorized(error);
}

/** How long the server asks to wait, in milliseconds, up to a minute. */
export function askedToWait(error: unknown): number {
  if (!(error instanceof ProblemError || error instanceof UnexpectedAnswerError)) return 0;
  return Math.min((error.retryAfterSeconds ?? 0) * 1000, LONGEST_RETRY_AFTER);
}

/** What to do about a refusal of the key, behind what the server says. */
function advice(code: string, keyOrigin: string | undefined, types: readonly string[]): string {
  if (code === "unauthorized") {
    return keyOrigin === undefined
      ? "; no key was sent: set WINDLASS_KEY_FILE or WINDLASS_KEY to one that `windlass key create` made"
      : `; the key from ${keyOrigin} is not valid, or no longer: \`windlass key create\` or \`windlass key rotate\` makes one`;
  }
  // What a server in mode `open` refuses is not about a key; its own words name the setting.
  if (keyOrigin === undefined) return "";
  return types.length === 0
    ? `; the key from ${keyOrigin} does not allow this: use one that \`windlass key create\` made for it`
    : `; the key from ${keyOrigin} does not allow the types ${types.join(", ")}: use one for them, or ask for others`;
}

/** An error and its causes in one line. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.message || error.name;
  return error.cause === undefined ? text : `${text}: ${reason(error.cause)}`;
}
