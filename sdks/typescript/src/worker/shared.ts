/** What all parts of one worker share. */

import type { Client } from "../client.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import type { Acceptance } from "./acceptance.js";
import type { Handler } from "./handlers.js";
import type { Heart } from "./heart.js";
import type { Journal } from "./journal.js";

export interface Settings {
  readonly concurrency: number;
  readonly waitSeconds: number;
  readonly leaseSeconds: number | undefined;
  readonly progressIntervalSeconds: number;
  readonly stopWaitSeconds: number;
  readonly cancelGraceSeconds: number;
}

export interface Shared {
  readonly client: Client;
  readonly workerId: string;
  readonly settings: Settings;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly heart: Heart;
  readonly journal: Journal;
  readonly acceptance: Acceptance;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** No more tasks are taken; handlers may go on. */
  readonly stopping: AbortSignal;
  /** The wait for handlers is over; what is left is released. */
  readonly halted: AbortSignal;
  /** The worker has ended: nothing goes on beside it. */
  readonly ended: AbortSignal;
}
