/** `windlass-sdk/testing`: handlers without a server. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type Context, Failure, Release, Worker, defineJob } from "windlass-sdk";
import { run } from "windlass-sdk/testing";
import * as z from "zod";

/** Nobody listens there. */
const nowhere = () => new Worker({ server: "http://127.0.0.1:65535", key: null });

describe("without a server", () => {
  test("a handler runs, and what it would have had reported is told", async () => {
    const mail = defineJob<{ to: string }>("mail");
    const worker = nowhere().job("report", async ({ title }, context) => {
      context.log.info("adding", { title });
      context.progress(1, 2);
      context.outcome(title, "succeeded");
      context.metric("cpu_seconds", 0.5);
      context.add(mail, "mail", [{ to: title }]);
      context.seal("mail");
      context.checkpoint({ row: 1 });
      let sum = 0;
      for await (const n of context.results("count", z.number())) sum += n;
      return { sum, at: new Date(0), none: undefined };
    }, { payload: z.object({ title: z.string() }) });
    const { log, ...ran } = await run(worker, "report", { title: "all" }, { results: { count: [1, 2] } });
    assert.deepEqual(ran, {
      state: "succeeded",
      result: { sum: 3, at: "1970-01-01T00:00:00.000Z" },
      progress: { current: 1, total: 2, message: null },
      checkpoint: { row: 1 },
      added: { mail: [{ payload: { to: "all" } }] },
      sealed: ["mail"],
      outcomes: [{ subject: "all", disposition: "succeeded" }],
      metrics: { cpu_seconds: 0.5 },
    });
    assert.deepEqual(log.map(({ level, message, fields }) => [level, message, fields]), [["info", "adding", { title: "all" }]]);
  });

  test("a failure and a release are told as they would be reported", async () => {
    const worker = nowhere()
      .job("fails", (_, context) => {
        context.outcome("a", "failed");
        context.addTasks("never", [{ payload: 1 as never }]);
        throw new Failure("network_error", "reset", { retryAfterSeconds: 30, detail: { host: "a" } });
      })
      .job("releases", (_, context) => {
        context.outcome("a", "failed");
        throw new Release({ delaySeconds: 60 });
      })
      .job("cycles", () => {
        const cycle: { self?: unknown } = {};
        return (cycle.self = cycle);
      })
      .job("shaped", (n) => n, { payload: z.number() });
    const failed = await run(worker, "fails");
    assert.deepEqual([failed.state, failed.error, failed.retry], ["failed", { category: "network_error", message: "reset", detail: { host: "a" } }, { after_seconds: 30 }]);
    assert.deepEqual([failed.result, failed.outcomes.length, failed.added], [null, 1, {}]);
    const released = await run(worker, "releases");
    assert.deepEqual([released.state, released.delaySeconds, released.outcomes, released.error], ["released", 60, [], undefined]);
    for (const [type, payload] of [["cycles", 1], ["shaped", "1"]] as const) {
      const ran = await run(worker, type, payload);
      assert.deepEqual([ran.state, ran.error?.category], ["failed", "data_error"]);
    }
    assert.equal((await run(worker, "shaped", 1)).result, 1);
  });

  test("a test says what surrounds the task", async () => {
    const shown = (payload: unknown, context: Context) => ({
      payload,
      attempt: [context.attempt, context.isLastAttempt],
      resumed: context.resumedFrom,
      task: [context.task.job_payload, context.task.metadata],
      left: (context.secondsLeft ?? 0) > 0,
      stopping: context.stopping.aborted,
    });
    const worker = nowhere().job("shown", shown);
    const nothing = { payload: null, attempt: [1, false], resumed: null, task: [null, {}], left: false, stopping: false };
    assert.deepEqual((await run(worker, "shown")).result, nothing);
    const around = { attempt: 2, maxAttempts: 2, jobPayload: { all: 1 }, metadata: { customer: "acme" }, checkpoint: [7], timeoutSeconds: 600, stopping: true };
    const everything = { payload: { at: "1970-01-01T00:00:00.000Z" }, attempt: [2, true], resumed: [7], task: [{ all: 1 }, { customer: "acme" }], left: true, stopping: true };
    assert.deepEqual((await run(worker, "shown", { at: new Date(0) }, around)).result, everything);
    await assert.rejects(run(worker, "other"), /^SettingError: the worker has no handler for the type other$/);
  });

  test("a handler learns that its task is cancelled", async () => {
    const worker = nowhere().job("waits", (_, context) => new Promise((resolve) => context.signal.addEventListener("abort", () => resolve(context.cancelledBy))));
    assert.equal((await run(worker, "waits", null, { cancelledAfterSeconds: 0.05 })).result, "cancelled");
  });
});
