/** Handlers of every type, and the slots that types share or have of their own. */

import type { StandardSchema } from "../schema.js";
import { shaped } from "../schema.js";
import type { Context } from "./context.js";
import { type Ending, RELEASED, ending, failed, success } from "./failure.js";
import { inSpan } from "./span.js";

/** What runs a task: gets its payload, and returns its result. It throws a `Failure`, a `Release`, or anything. */
export type HandlerOf<Payload, Result> = (payload: Payload, context: Context) => Result | Promise<Result>;

/** A handler without its types. */
export type Handler = (context: Context) => Promise<Ending>;

/** Slots, and the types whose tasks may take them. */
export interface Pool {
  types: string[];
  size: number;
}

/** A handler that gets and returns what its schemas say. */
export function handlerOf<Payload, Result>(
  payload: StandardSchema<unknown, Payload> | undefined,
  result: StandardSchema<unknown, Result> | undefined,
  run: HandlerOf<Payload, Result>,
): Handler {
  return async (context) => {
    try {
      const taken = await shaped(payload, context.task.payload, "the payload");
      const returned = await inSpan(context.task, () => run(taken, context));
      return success(await shaped(result, returned, "the result"));
    } catch (thrown) {
      // An aborted call of a worker that stops is no failure of the task.
      const stopped = context.cancelledBy === "stopping" && isAbort(thrown, context.signal);
      return stopped ? RELEASED : safely(thrown);
    }
  };
}

function isAbort(thrown: unknown, signal: AbortSignal): boolean {
  return thrown === signal.reason || (thrown instanceof Error && thrown.name === "AbortError");
}

/** What was thrown may be anything, and even to look at it may throw. */
function safely(thrown: unknown): Ending {
  try {
    return ending(thrown);
  } catch {
    return failed("system_error", "the handler threw what cannot be shown");
  }
}

/** A pool for each type that has slots of its own, and one of `shared` slots for the rest. */
export function poolsOf(types: Iterable<string>, own: ReadonlyMap<string, number>, shared: number): Pool[] {
  const all = [...types];
  const rest = all.filter((type) => !own.has(type));
  const pools = all.filter((type) => own.has(type)).map((type) => ({ types: [type], size: own.get(type) ?? 1 }));
  return rest.length === 0 ? pools : [...pools, { types: rest, size: shared }];
}
