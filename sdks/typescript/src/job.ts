/** A type of job: its name, payload and result in one place, so that its producer and its worker cannot disagree. */

import type { StandardSchema } from "./schema.js";
import type { NewJob, NewTask } from "./types.js";

/** What stands beside the type and the payload of a job. */
export type JobOptions = Omit<NewJob, "key" | "type" | "payload" | "tasks" | "depends_on"> & {
  /** The keys of the jobs that it waits for, or edges with their `when`. */
  dependsOn?: NonNullable<NewJob["depends_on"]>;
};

/** What a type of job takes, and what it returns. */
export interface JobType<Payload = unknown, Result = unknown> {
  /** What workers ask for: `[A-Za-z0-9._-]{1,100}`. */
  readonly type: string;
  /** The shape of a task's payload. */
  readonly payload: StandardSchema<unknown, Payload> | undefined;
  /** The shape of what a task returns. */
  readonly result: StandardSchema<unknown, Result> | undefined;
  /** A job of this type with one task that works on `payload`. */
  job(key: string, payload: Payload, options?: JobOptions): NewJob;
  /** A job of this type with a task for each of `payloads`; with none and `sealed: "on_open"`, its tasks come from the jobs before it. */
  jobOf(key: string, payloads: readonly Payload[], options?: JobOptions): NewJob;
  /** A task for a job of this type. */
  task(payload: Payload, options?: Omit<NewTask, "payload">): NewTask;
}

/** A type of job; with schemas its payloads and results are looked at where they arrive. */
export function defineJob<Payload = unknown, Result = unknown>(
  type: string,
  shapes: { payload?: StandardSchema<unknown, Payload>; result?: StandardSchema<unknown, Result> } = {},
): JobType<Payload, Result> {
  const beside = ({ dependsOn, ...rest }: JobOptions = {}) => ({ ...rest, ...(dependsOn === undefined ? {} : { depends_on: dependsOn }) });
  const task = (payload: Payload, options?: Omit<NewTask, "payload">): NewTask => ({ payload: payload as NewTask["payload"], ...options });
  return {
    type,
    payload: shapes.payload,
    result: shapes.result,
    task,
    job: (key, payload, options) => ({ key, type, payload: payload as NewJob["payload"], ...beside(options) }),
    jobOf: (key, payloads, options) => ({ key, type, tasks: payloads.map((payload) => task(payload)), ...beside(options) }),
  };
}
