/** Time as this process measures lengths; no clock of the machine is looked at. */

/** The longest delay that a timer of Node takes. */
const LONGEST = 2 ** 31 - 1;

/** Milliseconds since some moment, which never go back. */
export function now(): number {
  return performance.now();
}

/** Waits; ends early, without an error, when `signal` is aborted. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(Math.max(milliseconds, 0), LONGEST));
    signal?.addEventListener("abort", end, { once: true });
  });
}

/**
 * A signal that is aborted with the first of several, or when its time is over. It has to be released: the others may live far longer, and would
 * hold it (`AbortSignal.any` leaves something behind with each of them).
 */
export class Linked {
  readonly #controller = new AbortController();
  readonly #stops: (() => void)[] = [];
  /** Whether it was the time that ended it. */
  late = false;

  constructor(signals: readonly (AbortSignal | undefined)[], limit?: number) {
    for (const signal of signals) {
      if (signal === undefined) continue;
      const abort = (): void => this.#controller.abort(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true });
      this.#stops.push(() => signal.removeEventListener("abort", abort));
    }
    if (limit === undefined) return;
    const timer = setTimeout(() => this.abort(true), Math.min(limit, LONGEST));
    this.#stops.push(() => clearTimeout(timer));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(late = false): void {
    this.late ||= late && !this.signal.aborted;
    this.#controller.abort();
  }

  release(): void {
    for (const stop of this.#stops) stop();
  }
}

/** Something that others wait for, and that comes again and again. */
export class Notice {
  #wake: (() => void) | undefined;
  #came = false;

  /** Wakes the one that waits; if nobody does, the next one does not wait. */
  notify(): void {
    if (this.#wake === undefined) this.#came = true;
    else this.#wake();
  }

  /** Waits for the next notice, no longer than `milliseconds`, nor past the end of `signal`. One waits at a time. */
  async next(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#came) {
      const early = new Linked([signal]);
      this.#wake = () => early.abort();
      await sleep(milliseconds, early.signal);
      this.#wake = undefined;
      early.release();
    }
    this.#came = false;
  }
}
