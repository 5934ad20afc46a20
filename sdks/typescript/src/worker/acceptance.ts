/**
 * Whether the server takes the worker's key, and how long a worker asks on whose key was good before: keys rotate, and the new one may come
 * after the old one has ended.
 */

import { now } from "../time.js";

/** How long a key is refused, after it was taken, until the worker ends; in milliseconds. */
const LONGEST_REFUSAL = 5 * 60_000;

export class Acceptance {
  readonly #clock: () => number;
  #state: "never taken" | "taken" | { refusedSince: number } = "never taken";

  constructor(clock: () => number = now) {
    this.#clock = clock;
  }

  /** The server answered a dequeue. */
  taken(): void {
    this.#state = "taken";
  }

  /** The server answered 401; whether another key may come. */
  refused(): boolean {
    if (this.#state === "taken") this.#state = { refusedSince: this.#clock() };
    return typeof this.#state === "object" && this.#clock() - this.#state.refusedSince < LONGEST_REFUSAL;
  }
}
