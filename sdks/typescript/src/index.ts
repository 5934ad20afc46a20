export { Client, type EventOptions, type Idempotent, type WaitOptions } from "./client.js";
export type { Api } from "./calls.js";
export {
  DeniedError,
  NoAnswerError,
  ProblemError,
  SettingError,
  UnavailableError,
  UnexpectedAnswerError,
  WindlassError,
} from "./errors.js";
export { type JobOptions, type JobType, defineJob } from "./job.js";
export type { KeySource } from "./key.js";
export type { Logger } from "./logger.js";
export { type Labels, type Metrics, type PrometheusClient, prometheus } from "./metrics.js";
export type { Backoff } from "./resilience/backoff.js";
export type { BreakerSettings, BreakerState } from "./resilience/breaker.js";
export { type Fault, ShapeError, type StandardSchema } from "./schema.js";
export type { TraceContext } from "./trace.js";
export type { ClientOptions } from "./transport.js";
export type * from "./types.js";
export { type Cancellation, Cancelled, type Context } from "./worker/context.js";
export { Failure, type FailureOptions, Release } from "./worker/failure.js";
export type { HandlerOf } from "./worker/handlers.js";
export type { TaskLog } from "./worker/task-log.js";
export { type JobSettings, type RunOptions, Worker, type WorkerOptions } from "./worker/worker.js";
