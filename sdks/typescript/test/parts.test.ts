/** Parts of the SDK by themselves, with a clock of the test's own where they have one: what takes long, or what a busy machine blurs. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Delays } from "../node_modules/windlass-sdk/dist/esm/resilience/backoff.js";
import { Acceptance } from "../node_modules/windlass-sdk/dist/esm/worker/acceptance.js";
import { beatOf } from "../node_modules/windlass-sdk/dist/esm/worker/heart.js";

describe("parts", () => {
  test("b08 a key that was taken may be refused for 5 minutes, and one that never was not at all", () => {
    let now = 0;
    const acceptance = new Acceptance(() => now);
    assert.equal(acceptance.refused(), false);
    acceptance.taken();
    for (const [at, goesOn] of [[1_000, true], [300_999, true], [301_000, false]] as const) {
      now = at;
      assert.equal(acceptance.refused(), goesOn, `at ${at}`);
    }
    acceptance.taken();
    assert.equal(acceptance.refused(), true);
  });

  test("b09 a beat is a third of the lease by the server's clock", () => {
    const date = new Date("2001-01-01T00:00:00Z");
    const task = { lease_expires_at: "2001-01-01T00:01:00Z" };
    assert.equal(beatOf(undefined, task, date), 20_000);
    assert.equal(beatOf(9, task, date), 3_000);
    assert.equal(beatOf(undefined, task, undefined), 333);
    assert.equal(beatOf(0.1, task, date), 50);
  });

  test("b33 delays are doubled up to the longest, each with up to its own length at random", () => {
    for (const [random, most] of [[0, 2_500], [1, 5_000]] as const) {
      const delays = new Delays(0.1, 2.5, (delay) => delay * (1 + random));
      const first = [100, 200, 400, 800, 1_600].map((delay) => delay * (1 + random));
      assert.deepEqual(Array.from({ length: 7 }, () => delays.next()), [...first, most, most]);
    }
    const delays = new Delays(0.1, 0.1);
    const drawn = Array.from({ length: 100 }, () => delays.next());
    assert.ok(drawn.every((delay) => delay >= 100 && delay <= 200), drawn.join());
  });
});
