/** Waiting ever longer, without all clients doing so at once. */

import { ExponentialBackoff } from "cockatiel";

/** How a safe call is repeated while its failure is one that passes by itself; all in seconds. */
export interface Backoff {
  /**
   * The delay before the first repetition; each further one is twice as long. To each a random part of up to its own length is added.
   * Default 0.1.
   */
  minDelaySeconds: number;
  /** The longest delay, without its random part. Default 2.5. */
  maxDelaySeconds: number;
  /** All delays together; a call fails when the next one would exceed this. Default 15; 0 never repeats. */
  totalDelaySeconds: number;
}

/** How calls are repeated unless told otherwise. */
export const DEFAULT_BACKOFF: Backoff = { minDelaySeconds: 0.1, maxDelaySeconds: 2.5, totalDelaySeconds: 15 };
/** Repeats nothing. */
export const NEVER: Backoff = { minDelaySeconds: 0, maxDelaySeconds: 0, totalDelaySeconds: 0 };

interface Step {
  readonly duration: number;
  next(context: unknown): Step;
}

/** Delays one after the other, in milliseconds, each twice as long up to the longest, without an end. */
export class Delays {
  readonly #first: { next(context: unknown): Step };
  #last: Step | undefined;

  /** To each delay a random part of up to its own length is added, unless `spread` says otherwise. */
  constructor(minSeconds: number, maxSeconds: number, spread = (delay: number): number => delay * (1 + Math.random())) {
    this.#first = new ExponentialBackoff<number>({
      initialDelay: minSeconds * 1000,
      maxDelay: maxSeconds * 1000,
      generator: (attempts = 0, { initialDelay, maxDelay }) => [spread(Math.min(maxDelay, initialDelay * 2 ** attempts)), Math.min(attempts + 1, 60)],
    });
  }

  /** The next delay. */
  next(): number {
    this.#last = (this.#last ?? this.#first).next(undefined);
    return this.#last.duration;
  }

  /** Begins anew. */
  reset(): void {
    this.#last = undefined;
  }
}
