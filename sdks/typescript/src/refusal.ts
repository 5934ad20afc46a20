/** What an answer means that is no success. */

import { DeniedError, ProblemError, UnexpectedAnswerError, type WindlassError } from "./errors.js";
import type { Problem, Schemas } from "./types.js";

/** How much of a foreign body an error holds. */
const EXCERPT = 200;
/** The closed list of the contract; the compiler holds it to the server's document. */
const CODES: Record<Schemas["Code"], true> = {
  malformed_request: true,
  unauthorized: true,
  forbidden: true,
  pipeline_not_found: true,
  job_not_found: true,
  task_not_found: true,
  queue_not_found: true,
  key_not_found: true,
  schedule_not_found: true,
  template_not_found: true,
  webhook_not_found: true,
  delivery_not_found: true,
  route_not_found: true,
  method_not_allowed: true,
  lease_lost: true,
  illegal_transition: true,
  job_sealed: true,
  pipeline_sealed: true,
  not_terminal: true,
  in_use: true,
  payload_too_large: true,
  unsupported_media_type: true,
  validation_failed: true,
  dependency_cycle: true,
  unknown_dependency: true,
  duplicate_key: true,
  render_failed: true,
  idempotency_key_reused: true,
  rate_limited: true,
  internal_error: true,
  database_unavailable: true,
  overloaded: true,
  shutting_down: true,
};

/** A refusal keeps the answer, for those who call `client.api`. */
const answers = new WeakMap<object, () => Response>();

/** The error that an answer stands for, by its text. */
export function refusal(response: Response, text: string, keyOrigin: string | undefined): WindlassError {
  const error = refused(response, text, keyOrigin);
  if (response.status >= 400) answers.set(error, () => again(response, text));
  return error;
}

/** The answer behind a refusal, if there was one. */
export function answerOf(error: unknown): Response | undefined {
  return typeof error === "object" && error !== null ? answers.get(error)?.() : undefined;
}

/** An answer once more, its body read. */
export function again(response: Response, text: string): Response {
  const { status, statusText, headers } = response;
  const made = new Response([204, 205, 304].includes(status) ? null : text, { status, statusText });
  for (const [name, value] of headers) if (!["content-encoding", "content-length"].includes(name)) made.headers.append(name, value);
  return made;
}

function refused(response: Response, text: string, keyOrigin: string | undefined): WindlassError {
  const asked = response.headers.get("retry-after") ?? "";
  const retryAfter = /^\d+$/.test(asked) ? Number(asked) : undefined;
  const requestId = response.headers.get("x-request-id") ?? undefined;
  const problem = problemIn(text, response.status);
  if (problem === undefined) return new UnexpectedAnswerError(response.status, text.slice(0, EXCERPT), retryAfter);
  if (problem.code === "unauthorized" || problem.code === "forbidden") return new DeniedError(problem, requestId, keyOrigin);
  return new ProblemError(problem, requestId, retryAfter);
}

/** A problem of Windlass's own: gateways write some of their own in the same form. */
function problemIn(text: string, answered: number): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const { code, status, detail } = (value ?? {}) as Partial<Problem>;
    const ours = typeof code === "string" && Object.hasOwn(CODES, code) && status === answered && typeof detail === "string";
    return ours ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}
