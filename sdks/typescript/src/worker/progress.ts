/** Reports how far a task is, and what it leaves for its next attempt, beside its handler: not too often, the latest winning. */

import { answered } from "../calls.js";
import { type Client, callsWith } from "../client.js";
import { askedToWait, reason } from "../errors.js";
import type { Logger } from "../logger.js";
import { Notice, now, sleep } from "../time.js";
import type { LeasedTask, Schemas } from "../types.js";
import type { Cancellation, Said } from "./context.js";
import { type Lease, lost } from "./heart.js";

/** What a handler says of its progress, on its way to the server. */
export class Progress {
  readonly said: Said = {};
  readonly changed = new Notice();
  readonly #client: Client;
  readonly #task: LeasedTask;
  readonly #logger: Logger;
  /** The last checkpoint that the server has. */
  #sent: string | undefined;

  constructor(client: Client, task: LeasedTask, logger: Logger) {
    this.#client = client;
    this.#task = task;
    this.#logger = logger;
  }

  /** Sends progress and checkpoints as they come, until the handler has `ended`; tells `lose` when the lease turns out to be lost. */
  async send(lease: Lease, interval: number, ended: AbortSignal, lose: (cause: Cancellation) => void): Promise<void> {
    for (;;) {
      await this.changed.next(Infinity, ended);
      if (ended.aborted) return;
      let nextAt = now() + interval;
      try {
        await this.#report(ended);
        lease.renewed();
      } catch (error) {
        const cause = lost(error);
        if (cause !== undefined) return lose(cause);
        nextAt = Math.max(nextAt, now() + askedToWait(error));
        this.#logger.debug("cannot report progress", { task_id: this.#task.id, error: reason(error) });
      }
      await sleep(nextAt - now(), ended);
    }
  }

  /** The checkpoint that goes with the report: one that the server does not have yet. */
  unsentCheckpoint(): { checkpoint?: never } {
    const { checkpoint } = this.said;
    return checkpoint === undefined || checkpoint === this.#sent ? {} : { checkpoint: JSON.parse(checkpoint) as never };
  }

  async #report(signal: AbortSignal): Promise<void> {
    // A report that fails is replaced by the next one.
    const calls = callsWith(this.#client, { once: true, signal });
    const params = { path: { id: this.#task.id } };
    const { progress, checkpoint } = this.said;
    const common = { lease_token: this.#task.lease_token, ...this.unsentCheckpoint() };
    if (progress === undefined) await answered(calls.POST("/v1/tasks/{id}/heartbeat", { params, body: common as Schemas["Heartbeat"] }));
    else await answered(calls.POST("/v1/tasks/{id}/progress", { params, body: { ...common, ...progress } as Schemas["ReportProgress"] }));
    this.#sent = checkpoint;
  }
}
