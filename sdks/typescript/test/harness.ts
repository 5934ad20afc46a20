/** What the tests of behaviours share. */

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

import { Client, type Logger, Worker, type WorkerOptions } from "windlass-sdk";

import { type Call, FakeServer } from "./fake-server.js";

/** Longer than anything here takes on a busy machine. */
const PATIENCE = 600_000;

/** Says nothing. */
export const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Waits until something is so, and looks every so many milliseconds. */
export async function eventually<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>, every = 5): Promise<T> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    assert.ok(performance.now() < deadline, `it never came that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/** A promise, and who keeps it. */
export function gate(): { open: () => void; opened: Promise<void> } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

/** A worker on a fake server, stopped at the end of the test. */
export async function withWorker(
  options: WorkerOptions,
  register: (worker: Worker) => void,
  test: (fake: FakeServer, worker: Worker, ran: Promise<void>) => Promise<void>,
): Promise<void> {
  const fake = await FakeServer.start();
  const worker = new Worker({ server: fake.url, key: null, logger: silent, stopWaitSeconds: 0.2, cancelGraceSeconds: 0.2, ...options });
  register(worker);
  const ran = worker.run({ handleSignals: false });
  ran.catch(() => undefined);
  try {
    await test(fake, worker, ran);
  } finally {
    worker.stop();
    await ran.catch(() => undefined);
    await fake.stop();
  }
}

/** A client of the real server that the test was given. */
export function real(): Client {
  const server = process.env["WINDLASS_SERVER"] ?? assert.fail("WINDLASS_SERVER names a server");
  return new Client({ server, logger: silent });
}

/** A type that no other test works on. */
export function aType(): string {
  return `ts-${randomUUID().slice(0, 8)}`;
}

/**
 * Asserts how long it is, in milliseconds, from a call that was answered to the next that its answer leads to. It holds on a busy machine, where all is late;
 * what is `below` something has seconds of room.
 */
export function apart(first: Call | undefined, second: Call | undefined, least: number, below = Infinity): void {
  const length = (second?.at ?? NaN) - (first?.at ?? NaN);
  // Timers of Node are up to a millisecond early.
  assert.ok(length >= least - 2 && length < below, `${second?.path} came ${length.toFixed(0)} ms after ${first?.path}, not ${least} to ${below}`);
}

/** A file of the repository. */
export function repositoryFile(path: string): string {
  return readFileSync(`${process.env["WINDLASS_REPOSITORY"]}/${path}`, "utf8");
}

/** All items of an iteration. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
