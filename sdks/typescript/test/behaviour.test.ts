/**
 * What every worker SDK does: a test for each line of sdks/BEHAVIOUR.md. B40 and the outages are in outages.test.ts; lengths that would take long, or that a
 * busy machine blurs, are in parts.test.ts.
 */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inspect } from "node:util";

import * as promClient from "prom-client";
import * as v from "valibot";
import {
  Client,
  type Context,
  DeniedError,
  Failure,
  NoAnswerError,
  ProblemError,
  Release,
  UnexpectedAnswerError,
  Worker,
  defineJob,
  prometheus,
} from "windlass-sdk";
import * as z from "zod";

import { FakeServer, problem } from "./fake-server.js";
import { aType, all, apart, eventually, gate, real, repositoryFile, silent, withWorker } from "./harness.js";

const never = () => new Promise<never>(() => undefined);
/** A handler that goes on until its signal. */
const untilCancelled = (_: unknown, { signal }: Context) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

/** A client of a fake server, both gone at the end of the test. */
async function withClient(options: ConstructorParameters<typeof Client>[0] & object, run: (fake: FakeServer, client: Client) => Promise<void>): Promise<void> {
  const fake = await FakeServer.start();
  try {
    await run(fake, new Client({ server: fake.url, key: null, logger: silent, ...options }));
  } finally {
    await fake.stop();
  }
}

describe("behaviour", { concurrency: 8 }, () => {
  test("b01 free slots are asked for in one call", () => {
    const { open, opened } = gate();
    let begun = 0;
    return withWorker({ concurrency: 3 }, (worker) => worker.job("a", () => (begun++, opened)), async (fake) => {
      const asked = () => fake.to("/dequeue").map(({ body }) => body);
      await eventually("it asks", () => asked().length === 1);
      assert.deepEqual([asked()[0].max_tasks, asked()[0].wait_seconds, asked()[0].types], [3, 20, ["a"]]);
      fake.add("a", 1);
      await eventually("it asks for the rest", () => asked().length === 2);
      assert.equal(asked()[1].max_tasks, 2);
      for (const n of [2, 3]) fake.add("a", n);
      await eventually("all slots are taken", () => begun === 3);
      assert.equal(asked().length, 2);
      open();
      await eventually("it asks again", () => asked().length === 3);
      assert.ok(asked()[2].max_tasks >= 1 && asked()[2].max_tasks <= 3);
    });
  });

  test("b01 at most 100 are asked for, and none without a free slot", async () => {
    await withWorker({ concurrency: 250 }, (worker) => worker.job("a", never), async (fake) => {
      await eventually("it asks", () => fake.to("/dequeue").length === 1);
      assert.equal(fake.to("/dequeue")[0]?.body.max_tasks, 100);
    });
    await withWorker({ leaseSeconds: 0.3 }, (worker) => worker.job("a", untilCancelled), async (fake) => {
      fake.add("a", 1);
      fake.add("a", 2);
      await eventually("it beats, and asks for nothing meanwhile", () => fake.to("/tasks/heartbeat").length >= 3);
      assert.equal(fake.to("/dequeue").length, 1);
    });
  });

  test("b02 a type with slots of its own is asked for apart", () =>
    withWorker({ concurrency: 2 }, (worker) => worker.job("a", never).job("b", never).job("c", never, { concurrency: 5 }), async (fake) => {
      await eventually("it asks for both", () => fake.to("/dequeue").length === 2);
      const asked = fake.to("/dequeue").map(({ body }) => [body.types, body.max_tasks]);
      assert.deepEqual(asked.sort(), [[["a", "b"], 2], [["c"], 5]]);
    }));

  test("b03 a dequeue whose answer was lost is repeated with its key", () => {
    let losses = 1;
    return withWorker({}, (worker) => worker.job("a", () => 1), async (fake) => {
      fake.answer = ({ path }) => (path.endsWith("/dequeue") && losses-- > 0 ? "cut" : undefined);
      await eventually("it asks again", () => fake.to("/dequeue").length >= 2);
      const [first, second] = fake.to("/dequeue");
      assert.ok(first?.headers["idempotency-key"]);
      assert.deepEqual([second?.headers["idempotency-key"], second?.text], [first.headers["idempotency-key"], first.text]);
      fake.add("a", 1);
      await eventually("it asks for more", () => fake.to("/dequeue").length >= 3);
      assert.notEqual(fake.to("/dequeue")[2]?.headers["idempotency-key"], first.headers["idempotency-key"]);
    });
  });

  test("b03 a dequeue while the breaker is not closed does not wait", () =>
    withWorker({ breaker: { failures: 1, minPauseSeconds: 0.05 } }, (worker) => worker.job("a", () => 1), async (fake) => {
      let refusals = 1;
      fake.answer = ({ path }) => (path.endsWith("/dequeue") && refusals-- > 0 ? problem(503, "overloaded") : undefined);
      await eventually("it asks again", () => fake.to("/dequeue").length >= 3);
      const [first, second, third] = fake.to("/dequeue").map(({ body, headers }) => [body.wait_seconds, headers["idempotency-key"]]);
      assert.deepEqual([first?.[0], second?.[0], third?.[0]], [20, 0, 20]);
      // That one surely did nothing, so this is another.
      assert.notEqual(first?.[1], second?.[1]);
    }));

  test("b04 empty answers that come at once slow the worker down", () =>
    withWorker({}, (worker) => worker.job("a", () => 1), async (fake) => {
      fake.answer = ({ path }) => (path.endsWith("/dequeue") ? { status: 200, body: { tasks: [] } } : undefined);
      // An answer that a busy machine brings after 500 ms counts as one that waited, and begins the pauses anew.
      await eventually("its pauses have doubled twice", () => {
        const asked = fake.to("/dequeue").map((call) => call.at);
        const pauses = asked.slice(1).map((at, n) => at - (asked[n] ?? NaN));
        return pauses.some((pause, n) => pause >= 200 - 2 && (pauses[n + 1] ?? 0) >= 400 - 2 && (pauses[n + 2] ?? 0) >= 800 - 2);
      });
    }));

  test("b05 a server that is away is waited for", async () => {
    const fake = await FakeServer.start();
    const { url } = fake;
    await fake.stop();
    const worker = new Worker({ server: url, key: null, logger: silent }).job("a", () => 1);
    const ran = worker.run({ handleSignals: false });
    await eventually("the breaker opens", () => worker.client.breakerState !== "closed");
    const back = await FakeServer.start(Number(new URL(url).port));
    back.add("a", 1);
    await eventually("it works", () => back.to("/complete").length === 1);
    worker.stop();
    await ran;
    await back.stop();
  });

  for (const status of [400, 403, 404, 422]) {
    test(`b06 a dequeue that is refused with ${status} ends the worker with an error`, () =>
      withWorker({}, (worker) => worker.job("a", () => 1), async (fake, _, ran) => {
        fake.answer = ({ path }) => (path.endsWith("/dequeue") ? problem(status, status === 403 ? "forbidden" : "validation_failed") : undefined);
        await assert.rejects(ran, ProblemError);
        assert.equal(fake.to("/dequeue").length, 1);
      }));
  }

  test("b06 a task under way is reported before the worker ends", () => {
    const { open, opened } = gate();
    return withWorker({ concurrency: 2, stopWaitSeconds: 20 }, (worker) => worker.job("a", () => opened), async (fake, _, ran) => {
      let dequeues = 0;
      fake.answer = ({ path }) => (path.endsWith("/dequeue") && ++dequeues > 1 ? problem(422, "validation_failed") : undefined);
      fake.add("a", 1);
      await eventually("it is refused", () => dequeues === 2);
      open();
      await assert.rejects(ran, /validation_failed/);
      assert.equal(fake.to("/complete").length, 1);
    });
  });

  test("b07 a worker without a valid key ends at once and says what to do", async () => {
    for (const [key, says] of [[null, /no key was sent: set WINDLASS_KEY_FILE or WINDLASS_KEY/], ["wl_x", /the key from the program is not valid/]] as const) {
      await withWorker({ key }, (worker) => worker.job("a", () => 1), async (fake, _, ran) => {
        fake.answer = () => problem(401, "unauthorized");
        await assert.rejects(ran, (error) => error instanceof DeniedError && says.test(error.message));
      });
    }
    await withWorker({ key: "wl_x" }, (worker) => worker.job("a", () => 1).job("b", () => 1), async (fake, _, ran) => {
      fake.answer = () => problem(403, "forbidden", { errors: [{ pointer: "/types/1", detail: "no" }] });
      await assert.rejects(ran, (error) => error instanceof DeniedError && error.types[0] === "b" && /does not allow the types b/.test(error.message));
    });
  });

  test("b08 a worker whose key is rotated goes on with the new one", async () => {
    const directory = mkdtempSync(join(tmpdir(), "windlass-"));
    const file = join(directory, "key");
    writeFileSync(file, "wl_old\n");
    let valid = "wl_old";
    try {
      await withWorker({ key: { file } }, (worker) => worker.job("a", (payload) => payload), async (fake) => {
        fake.answer = ({ headers }) => (headers.authorization === `Bearer ${valid}` ? undefined : problem(401, "unauthorized"));
        fake.add("a", 1);
        await eventually("it works, and waits", () => fake.to("/complete").length === 1 && fake.to("/dequeue").length === 2);
        valid = "wl_new";
        fake.add("a", 2);
        // The dequeue that waits brings it, and its report is refused and repeated until the file holds the new one.
        await eventually("it is refused", () => fake.to("/complete").length >= 3);
        writeFileSync(file, "wl_new\n");
        await eventually("it is told with the new key", () => fake.to("/complete").at(-1)?.headers.authorization === "Bearer wl_new");
        fake.add("a", 3);
        await eventually("it goes on", () => fake.to("/complete").filter(({ headers }) => headers.authorization === "Bearer wl_new").length === 2);
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("b09 heartbeats come at a third of the lease that was asked for", () =>
    withWorker({ leaseSeconds: 9 }, (worker) => worker.job("a", untilCancelled), async (fake) => {
      fake.add("a", 1);
      await eventually("it beats", () => fake.to("/tasks/heartbeat").length >= 2);
      const [first, second] = fake.to("/tasks/heartbeat");
      for (const [before, beat] of [[fake.to("/dequeue")[0], first], [first, second]] as const) apart(before, beat, 3_000, 9_000);
    }));

  test("b09 without a word about it the lease is what is left of it by the server's clock", () =>
    withWorker({}, (worker) => worker.job("a", untilCancelled), async (fake) => {
      // Far from this machine's time, which must not matter.
      const leased = { ...fake.add("unasked", 1), type: "a", lease_expires_at: "2001-01-01T00:00:09.000000Z" };
      const headers = { date: "Mon, 01 Jan 2001 00:00:00 GMT" };
      let given = 0;
      fake.answer = ({ path }) => (path.endsWith("/dequeue") && given++ === 0 ? { status: 200, body: { tasks: [leased] }, headers } : undefined);
      await eventually("it beats", () => fake.to("/tasks/heartbeat").length === 1);
      apart(fake.to("/dequeue")[0], fake.to("/tasks/heartbeat")[0], 3_000, 9_000);
    }));

  test("b10 one heartbeat renews all leases", () =>
    withWorker({ concurrency: 5, leaseSeconds: 0.9 }, (worker) => worker.job("a", untilCancelled), async (fake) => {
      for (let n = 0; n < 5; n += 1) fake.add("a", n);
      await eventually("it beats", () => fake.to("/tasks/heartbeat").length >= 2);
      assert.equal(fake.to("/tasks/heartbeat").at(-1)?.body.tasks.length, 5);
    }));

  test("b11 a missed heartbeat is made up for sooner, though the breaker is open", () =>
    withWorker({ leaseSeconds: 24, breaker: { failures: 1, minPauseSeconds: 60, maxPauseSeconds: 60 } }, (worker) => worker.job("a", untilCancelled), async (fake, worker) => {
      fake.add("a", 1);
      const states: string[] = [];
      fake.answer = ({ path }) => {
        if (path !== "/v1/tasks/heartbeat") return undefined;
        states.push(worker.client.breakerState);
        return states.length === 1 ? { status: 500 } : undefined;
      };
      await eventually("it is made up for", () => states.length >= 2);
      assert.deepEqual(states.slice(0, 2), ["closed", "open"]);
      // A quarter of the beat, which is 8 s.
      apart(fake.to("/tasks/heartbeat")[0], fake.to("/tasks/heartbeat")[1], 2_000, 8_000);
      await eventually("its answer closes the breaker", () => worker.client.breakerState === "closed");
    }));

  test("b12 a lost lease cancels the handler and nothing more is reported", async () => {
    for (const [refusal, cause] of [
      [{ code: "lease_lost", task_state: "queued", status: 409 }, "lease_lost"],
      [{ code: "lease_lost", task_state: "cancelled", status: 409 }, "cancelled"],
      [{ code: "task_not_found", status: 404 }, "lease_lost"],
    ] as const) {
      const causes: unknown[] = [];
      const handler = async (_: unknown, context: Context) => {
        await untilCancelled(_, context);
        causes.push(context.cancelledBy, context.signal.aborted);
      };
      await withWorker({ leaseSeconds: 0.3 }, (worker) => worker.job("a", handler), async (fake) => {
        fake.answer = ({ path, body }) =>
          path === "/v1/tasks/heartbeat" ? { status: 200, body: { results: [{ id: body.tasks[0].id, problem: { ...refusal, type: "", title: "", detail: "" } }] } } : undefined;
        fake.add("a", 1);
        await eventually("it is cancelled", () => causes.length > 0);
        assert.deepEqual(causes, [cause, true]);
        await eventually("it asks for the next", () => fake.to("/dequeue").length === 2);
        assert.deepEqual([...fake.to("/complete"), ...fake.to("/fail"), ...fake.to("/release")], []);
      });
    }
  });

  test("b13 a handler that ignores its cancellation is left behind", () =>
    // What nobody asked for is 5 s.
    withWorker({ leaseSeconds: 0.3, cancelGraceSeconds: undefined as never }, (worker) => worker.job("a", never), async (fake) => {
      fake.answer = ({ path, body }) => (path === "/v1/tasks/heartbeat" ? { status: 200, body: { results: [{ id: body.tasks[0].id, problem: problem(409, "lease_lost").body }] } } : undefined);
      fake.add("a", 1);
      const lost = await eventually("it is lost", () => fake.to("/tasks/heartbeat")[0]);
      const next = await eventually("its slot is free", () => fake.to("/dequeue")[1]);
      apart(lost, next, 5_000, 15_000);
    }));

  test("b14 progress never waits and the latest wins", () => {
    const { open, opened } = gate();
    const handler = async (_: unknown, context: Context) => {
      for (let n = 1; n <= 1000; n += 1) context.progress(n, 1000, `at ${n}`);
      await opened;
    };
    return withWorker({ progressIntervalSeconds: 0.3, leaseSeconds: 1.2 }, (worker) => worker.job("a", handler), async (fake) => {
      fake.add("a", 1);
      const first = await eventually("it is told", () => fake.to("/progress")[0]);
      assert.deepEqual([first.body.current, first.body.total, first.body.message], [1000, 1000, "at 1000"]);
      await eventually("the interval is over", () => fake.to("/tasks/heartbeat").length >= 2);
      assert.equal(fake.to("/progress").length, 1);
      open();
    });
  });

  test("b14 progress is sent at most once in its interval, and a lost lease is learnt from it", () => {
    const handler = async (_: unknown, context: Context) => {
      for (let n = 0; !context.signal.aborted; n += 1) {
        context.progress(n);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    return withWorker({ progressIntervalSeconds: 1 }, (worker) => worker.job("a", handler), async (fake) => {
      fake.answer = ({ path }) => (path.endsWith("/progress") && fake.to("/progress").length > 3 ? problem(409, "lease_lost") : undefined);
      fake.add("a", 1);
      await eventually("the slot is free", () => fake.to("/dequeue").length === 2);
      const told = fake.to("/progress");
      assert.equal(told.length, 4);
      // An interval begins before its call arrives, so a late one shortens it.
      apart(told[0], told[3], 1_000);
    });
  });

  test("b15 a value completes the task with what it led to", () => {
    const tile = defineJob<{ x: number }, string>("tile");
    const handler = (payload: unknown, context: Context) => {
      context.metric("cpu_seconds", 0.5);
      context.addTasks("tiles", [{ payload: { x: 1 } as never }]);
      context.add(tile, "tiles", [{ x: 2 }]);
      context.seal("tiles");
      return { bytes: (payload as { url: string }).url.length };
    };
    return withWorker({}, (worker) => worker.job("a", handler), async (fake) => {
      const task = fake.add("a", { url: "sea" });
      const { path, body } = await eventually("it is done", () => fake.to("/complete")[0]);
      assert.equal(path, `/v1/tasks/${task.id}/complete`);
      assert.deepEqual(body, {
        lease_token: task.lease_token,
        result: { bytes: 3 },
        metrics: { cpu_seconds: 0.5 },
        add_tasks: [{ job: "tiles", tasks: [{ payload: { x: 1 } }, { payload: { x: 2 } }], seal: true }],
      });
    });
  });

  test("b16 an error of any kind is a system_error", async () => {
    const cases: [unknown, RegExp][] = [
      [new Error("cannot read the tile", { cause: new Error("disk gone") }), /^cannot read the tile: disk gone$/],
      [new TypeError("x is \0 undefined"), /^x is \ufffd undefined$/],
      ["a text", /^a text$/],
      [undefined, /^undefined$/],
      [new Error("ü".repeat(4096)), /^ü{2048}$/],
      [{ toString: () => assert.fail("no text") }, /^the handler threw what cannot be shown$/],
    ];
    await withWorker({ concurrency: 9 }, (worker) => worker.job("a", (n) => { throw cases[n as number]?.[0]; }), async (fake) => {
      for (const [n, [thrown, says]] of cases.entries()) {
        const { id } = fake.add("a", n);
        const { body } = await eventually("it has failed", () => fake.to(`${id}/fail`)[0]);
        assert.deepEqual([body.error.category, body.retry], ["system_error", "auto"]);
        assert.match(body.error.message, says);
        if (thrown instanceof Error) assert.match(body.error.detail.traceback, /behaviour\.test/);
        if (n === 0) assert.match(body.error.detail.traceback, /caused by: Error: disk gone/);
      }
    });
  });

  test("b17 a payload of another shape is a data_error", async () => {
    let runs = 0;
    const shapes = { z: z.object({ url: z.string() }), v: v.object({ url: v.string() }) };
    const register = (worker: Worker) =>
      worker
        .job("z", ({ url }) => (runs++, url), { payload: shapes.z })
        .job(defineJob("v", { payload: shapes.v, result: v.number() }), ({ url }) => (runs++, url as unknown as number))
        .job("cycle", () => {
          const cycle: { self?: unknown } = {};
          return (cycle.self = cycle);
        })
        .job("big", () => 1n);
    await withWorker({ concurrency: 4 }, register, async (fake) => {
      for (const type of ["z", "v"]) {
        const { id } = fake.add(type, { url: 7 });
        const { body } = await eventually("it has failed", () => fake.to(`${id}/fail`)[0]);
        assert.deepEqual([body.error.category, body.error.detail.errors[0].pointer], ["data_error", "/url"]);
        assert.match(body.error.message, /^the payload is of another shape: \/url: /);
      }
      assert.equal(runs, 0);
      for (const [type, says] of [["v", /the result is of another shape/], ["cycle", /cannot write the result/], ["big", /cannot write the result/]] as const) {
        const { id } = fake.add(type, { url: "sea" });
        const { body } = await eventually("it has failed", () => fake.to(`${id}/fail`)[0]);
        assert.equal(body.error.category, "data_error");
        assert.match(body.error.message, says);
      }
      const { id } = fake.add("z", { url: "sea" });
      assert.equal((await eventually("it is done", () => fake.to(`${id}/complete`)[0])).body.result, "sea");
    });
  });

  test("b18 a failure may direct its retry", async () => {
    const thrown = [
      new Failure("network_error", "reset", { retryAfterSeconds: 30, detail: { host: "a" } }),
      new Failure("data_error", "no", { neverRetry: true, detail: "x".repeat(70_000) }),
      new Failure("unknown", "why", { cause: new Error("because") }),
    ];
    await withWorker({}, (worker) => worker.job("a", (n) => { throw thrown[n as number]; }), async (fake) => {
      thrown.forEach((_, n) => fake.add("a", n));
      await eventually("all have failed", () => fake.to("/fail").length === 3);
      const said = fake.to("/fail").map(({ body }) => [body.error, body.retry]);
      assert.deepEqual(said, [
        [{ category: "network_error", message: "reset", detail: { host: "a" } }, { after_seconds: 30 }],
        [{ category: "data_error", message: "no" }, "never"],
        [{ category: "unknown", message: "why: because" }, "auto"],
      ]);
    });
  });

  test("b19 a task may be released", () =>
    withWorker({}, (worker) => worker.job("a", (n) => { throw new Release(n === 1 ? { delaySeconds: 60 } : {}); }), async (fake) => {
      fake.add("a", 1);
      fake.add("a", 2);
      await eventually("both are released", () => fake.to("/release").length === 2);
      assert.deepEqual(fake.to("/release").map(({ body }) => body.delay_seconds), [60, undefined]);
    }));

  test("b20 a handler that takes long holds up nobody, and its lease is extended", () => {
    const { open, opened } = gate();
    return withWorker({ concurrency: 2, leaseSeconds: 0.6 }, (worker) => worker.job("slow", () => opened).job("quick", () => 1), async (fake) => {
      const slow = fake.add("slow", 1);
      await eventually("its lease is extended twice", () => fake.to("/tasks/heartbeat").length >= 2);
      for (let n = 0; n < 10; n += 1) fake.add("quick", n);
      await eventually("others are done", () => fake.to("/complete").length === 10);
      open();
      await eventually("it is done", () => fake.to(`${slow.id}/complete`).length === 1);
    });
  });

  test("b21 what a handler logs is in the task's log and its last words go with the report", () => {
    const { open, opened } = gate();
    const handler = async (n: unknown, { log }: Context) => {
      log.info(`first of ${n}`, { n });
      await opened;
      log.warn("last");
    };
    let arrived = false;
    const watched: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      const text = await answer.text();
      arrived ||= String(input).endsWith("/tasks/log");
      return new Response(text, answer);
    };
    return withWorker({ concurrency: 2, fetch: watched }, (worker) => worker.job("a", handler), async (fake) => {
      fake.add("a", 1);
      fake.add("a", 2);
      const sent = await eventually("lines are sent", () => fake.to("/tasks/log")[0]);
      assert.ok(sent.headers["idempotency-key"]);
      const lines = sent.body.tasks.flatMap((task: { lines: { level: string; message: string; fields: unknown }[] }) => task.lines);
      assert.deepEqual(lines.map(({ level, message, fields }: never) => [level, message, fields]), [
        ["info", "first of 1", { n: 1 }],
        ["info", "first of 2", { n: 2 }],
      ]);
      await eventually("they have arrived", () => arrived);
      open();
      await eventually("both are done", () => fake.to("/complete").length === 2);
      for (const { body } of fake.to("/complete")) assert.deepEqual(body.lines.map(({ level, message }: never) => [level, message]), [["warn", "last"]]);
      assert.equal(fake.to("/tasks/log").length, 1);
    });
  });

  test("b21 a task that ends while lines are sent keeps the rest for its report", () => {
    const { open, opened } = gate();
    let [seen, over] = [() => false, false];
    const handler = async (_: unknown, { log }: Context) => {
      log.info("first");
      await eventually("it is sent", () => seen());
      log.info("last");
      over = true;
    };
    return withWorker({}, (worker) => worker.job("a", handler), async (fake) => {
      seen = () => fake.to("/tasks/log").length > 0;
      fake.answer = ({ path }) => (path === "/v1/tasks/log" ? opened.then(() => undefined) : undefined);
      fake.add("a", 1);
      await eventually("the handler has ended", () => over);
      open();
      const { body } = await eventually("it is done", () => fake.to("/complete")[0]);
      assert.equal(body.lines?.at(-1).message, "last");
      assert.equal(fake.to("/tasks/log").length, 1);
    });
  });

  test("b21 fields for which there is no room are left out, and lines that were lost with an answer are sent again", () => {
    const { open, opened } = gate();
    const handler = async (_: unknown, { log }: Context) => {
      log.error("much", { much: "x".repeat(5000) });
      await opened;
    };
    return withWorker({}, (worker) => worker.job("a", handler), async (fake) => {
      fake.answer = ({ path }) => (path === "/v1/tasks/log" && fake.to("/tasks/log").length === 1 ? "cut" : undefined);
      fake.add("a", 1);
      await eventually("they are sent again", () => fake.to("/tasks/log").length === 2);
      const [first, second] = fake.to("/tasks/log");
      assert.deepEqual([second?.text, second?.headers["idempotency-key"]], [first?.text, first?.headers["idempotency-key"]]);
      const [line] = first?.body.tasks[0].lines;
      assert.deepEqual([line.message, line.fields], ["much (fields left out: more than 4 KiB)", undefined]);
      open();
    });
  });

  test("b22 more lines than a report takes are all there in order", () =>
    withWorker({}, (worker) => worker.job("a", (_, { log }) => { for (let n = 0; n < 2500; n += 1) log.info(String(n)); }), async (fake) => {
      fake.add("a", 1);
      const done = await eventually("it is done", () => fake.to("/complete")[0]);
      const early = fake.to("/tasks/log").map(({ body }) => body.tasks[0].lines);
      assert.deepEqual([...early.map((lines) => lines.length), done.body.lines.length], [1000, 500, 1000]);
      assert.deepEqual([...early.flat(), ...done.body.lines].map(({ message }) => message), Array.from({ length: 2500 }, (_, n) => String(n)));
    }));

  test("b22 lines that are sent before a report are repeated as it is, and counted once", () =>
    withWorker({}, (worker) => worker.job("a", (_, { log }) => { for (let n = 0; n < 2500; n += 1) log.info(String(n)); }), async (fake) => {
      const ways = ["cut", problem(503, "database_unavailable"), problem(401, "unauthorized"), undefined, { status: 500 }] as const;
      fake.answer = ({ path }) => (path === "/v1/tasks/log" ? ways[fake.to("/tasks/log").length - 1] : undefined);
      fake.add("a", 1);
      const done = await eventually("it is done", () => fake.to("/complete")[0]);
      const early = fake.to("/tasks/log");
      const [first, second] = [early[0], early[4]];
      assert.deepEqual(early.map(({ text }) => text), [first, first, first, first, second, second].map((call) => call?.text));
      const keys = early.map(({ headers }) => headers["idempotency-key"]);
      assert.deepEqual([new Set(keys.slice(0, 4)).size, new Set(keys.slice(4)).size, new Set(keys).size], [1, 1, 2]);
      const lines = [first, second].flatMap((call) => call?.body.tasks[0].lines).concat(done.body.lines);
      assert.deepEqual(lines.map(({ message }) => message), Array.from({ length: 2500 }, (_, n) => String(n)));
    }));

  test("b23 what waits is bounded and what was dropped is told", () =>
    withWorker({}, (worker) => worker.job("a", (_, { log }) => { for (let n = 0; n < 10; n += 1) log.info("x".repeat(1 << 20)); }), async (fake) => {
      fake.add("a", 1);
      const { body } = await eventually("it is done", () => fake.to("/complete")[0]);
      assert.equal(body.lines.length, 4);
      assert.deepEqual([body.lines[3].level, body.lines[3].message], ["warn", "7 lines were dropped by the worker, which could not send them in time"]);
    }));

  test("b24 the next attempt gets the checkpoint of the one before", () => {
    const seen: unknown[] = [];
    const handler = async (_: unknown, context: Context) => {
      seen.push(context.resumedFrom);
      if (context.attempt === 1) {
        context.checkpoint({ row: 1 });
        await eventually("it is sent", () => sent());
        context.checkpoint({ row: 2 });
        throw new Failure("network_error", "gone");
      }
      context.checkpoint({ row: 3 });
    };
    let sent = () => false;
    // What it leaves last waits for its report.
    return withWorker({ progressIntervalSeconds: 60 }, (worker) => worker.job("a", handler), async (fake) => {
      sent = () => fake.to("/heartbeat").some(({ path, body }) => path !== "/v1/tasks/heartbeat" && body.checkpoint.row === 1);
      const { id } = fake.add("a", 1);
      const { body } = await eventually("it has failed", () => fake.to(`${id}/fail`)[0]);
      assert.deepEqual(body.checkpoint, { row: 2 });
      fake.add("a", 1, { id, attempt: 2, checkpoint: { row: 2 } as never });
      const done = await eventually("it is done", () => fake.to(`${id}/complete`)[0]);
      assert.deepEqual([seen, done.body.checkpoint], [[null, { row: 2 }], undefined]);
    });
  });

  test("b24 a checkpoint goes with progress and with a release, and only once", () => {
    let told = () => 0;
    const handler = async (_: unknown, context: Context) => {
      context.checkpoint(["a"]);
      context.progress(1);
      await eventually("it is told", () => told() === 1);
      // The next is sent once the first was answered.
      context.progress(2);
      await eventually("it is told again", () => told() === 2);
      throw new Release();
    };
    return withWorker({ progressIntervalSeconds: 0.01 }, (worker) => worker.job("a", handler), async (fake) => {
      told = () => fake.to("/progress").length;
      fake.add("a", 1);
      const { body } = await eventually("it is released", () => fake.to("/release")[0]);
      const [first, second] = fake.to("/progress").map(({ body }) => body.checkpoint);
      assert.deepEqual([first, second, body.checkpoint], [["a"], undefined, undefined]);
    });
  });

  test("b25 a checkpoint that is too large is refused at once", () => {
    const handler = (_: unknown, context: Context) => {
      context.checkpoint("x".repeat(64 * 1024 - 2));
      assert.throws(() => context.checkpoint("x".repeat(64 * 1024 - 1)), /a checkpoint has at most 65536 bytes, this one has 65537/);
      assert.throws(() => context.checkpoint(undefined), TypeError);
      throw new Failure("unknown", "");
    };
    return withWorker({}, (worker) => worker.job("a", handler), async (fake) => {
      fake.add("a", 1);
      const { body } = await eventually("it has failed", () => fake.to("/fail")[0]);
      assert.deepEqual([body.error.category, body.checkpoint?.length ?? fake.to("/heartbeat").length * 65534], ["unknown", 65534]);
    });
  });

  test("b26 outcomes go with the report", () => {
    const handler = (n: unknown, context: Context) => {
      context.outcome("rs1", "succeeded");
      context.outcome("rs2", "failed", { kind: "vep", reason: "no transcript", version: "1", detail: { n } as never });
      if (n === 2) throw new Failure("unknown", "");
      if (n === 3) throw new Release();
    };
    return withWorker({}, (worker) => worker.job("a", handler), async (fake) => {
      for (const n of [1, 2, 3]) fake.add("a", n);
      const released = await eventually("it is released", () => fake.to("/release")[0]);
      for (const [n, verb] of [[1, "complete"], [2, "fail"]] as const) {
        assert.deepEqual(fake.to(`/${verb}`)[0]?.body.outcomes, [
          { subject: "rs1", disposition: "succeeded" },
          { subject: "rs2", disposition: "failed", kind: "vep", reason: "no transcript", version: "1", detail: { n } },
        ]);
      }
      assert.equal(released.body.outcomes, undefined);
    });
  });

  test("b27 more outcomes than a report takes are sent before it in their order", () =>
    withWorker({}, (worker) => worker.job("a", (_, context) => { for (let n = 0; n < 20_001; n += 1) context.outcome(String(n), "succeeded"); }), async (fake) => {
      fake.answer = ({ path }) => (path.endsWith("/outcomes") && fake.to("/outcomes").length === 1 ? "cut" : undefined);
      fake.add("a", 1);
      const done = await eventually("it is done", () => fake.to("/complete")[0]);
      const [lost, first, second] = fake.to("/outcomes");
      assert.equal(lost?.headers["idempotency-key"], first?.headers["idempotency-key"]);
      assert.notEqual(first?.headers["idempotency-key"], second?.headers["idempotency-key"]);
      const subjects = [...first?.body.outcomes, ...second?.body.outcomes, ...done.body.outcomes].map(({ subject }) => subject);
      assert.deepEqual(subjects, Array.from({ length: 20_001 }, (_, n) => String(n)));
    }));

  test("b28 a handler reads the results of an earlier job", async () => {
    const [client, counting, sum] = [real(), aType(), aType()];
    const worker = new Worker({ client })
      .job(counting, (n) => n)
      .job(sum, async (_, context) => {
        const numbers: number[] = [];
        for await (const n of context.results("numbers", z.number())) numbers.push(n);
        return numbers;
      });
    const ran = worker.run({ handleSignals: false });
    const tasks = Array.from({ length: 7 }, (_, n) => ({ payload: n as never }));
    const pipeline = await client.createPipeline({ name: "sum", jobs: [{ key: "numbers", type: counting, tasks }, { key: "sum", type: sum, depends_on: ["numbers"] }] });
    assert.equal((await client.wait(pipeline.id, { timeoutSeconds: 240 })).state, "succeeded");
    const [result] = await all(client.results(pipeline.id, "sum"));
    assert.deepEqual(result, [0, 1, 2, 3, 4, 5, 6]);
    worker.stop();
    await ran;
  });

  test("b29 what a handler calls carries the trace of its task", () =>
    withWorker({}, (worker) => worker.job("a", (_, { client }) => client.createJob({ type: "b" }).catch(() => undefined)), async (fake) => {
      const trace = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: "a=b" };
      fake.add("a", 1, trace);
      const { headers } = await eventually("it calls", () => fake.to("/v1/jobs")[0]);
      assert.deepEqual([headers["traceparent"], headers["tracestate"]], [trace.traceparent, trace.tracestate]);
    }));

  test("b30 a report is repeated until the server is back", () =>
    withWorker({ leaseSeconds: 3 }, (worker) => worker.job("a", () => ({ done: true })), async (fake) => {
      const ways = [{ status: 500 }, "cut", problem(503, "database_unavailable"), problem(401, "unauthorized")] as const;
      fake.answer = ({ path }) => (path.endsWith("/complete") ? ways[fake.to("/complete").length - 1] : undefined);
      const { id } = fake.add("a", 1);
      await eventually("it is taken", () => fake.to("/complete").length === 5);
      const reports = fake.to("/complete");
      assert.ok(reports.every(({ path, text }) => path.includes(id) && text === reports[0]?.text));
      [100, 200, 400, 800].forEach((pause, n) => apart(reports[n], reports[n + 1], pause));
      await eventually("the lease is extended meanwhile", () => fake.to("/tasks/heartbeat").length >= 1);
    }));

  test("b31 a refused completion never becomes a failure", () => {
    const errors: string[] = [];
    const logger = { ...silent, error: (message: string) => void errors.push(message) };
    return withWorker({ logger }, (worker) => worker.job("a", () => 1), async (fake) => {
      fake.answer = ({ path }) => (path.endsWith("/complete") ? problem(422, "validation_failed") : undefined);
      fake.add("a", 1);
      await eventually("it asks for the next", () => fake.to("/dequeue").length === 2);
      assert.deepEqual([fake.to("/complete").length, fake.to("/fail"), errors], [1, [], ["cannot report, the lease will run out"]]);
    });
  });

  test("b32 a refused failure is reported as a failure that says why", () =>
    withWorker({}, (worker) => worker.job("a", (n) => { throw new Failure("Not A Category", "m", n === 1 ? { neverRetry: true } : { retryAfterSeconds: 1e9 }); }), async (fake) => {
      fake.answer = ({ path, body }) =>
        path.endsWith("/fail") && body.error.category !== "validation_error"
          ? problem(422, "validation_failed", { errors: [{ pointer: "/error/category", detail: "has other characters" }] })
          : undefined;
      fake.add("a", 1);
      fake.add("a", 2);
      await eventually("both are told", () => fake.to("/fail").length === 4);
      const told = fake.to("/fail").map(({ body }) => body).filter(({ error }) => error.category === "validation_error");
      assert.deepEqual(told.map(({ retry }) => retry), ["never", undefined]);
      assert.match(told[0].error.message, /the server refused the failure: validation_failed.*\/error\/category: has other characters/);
    }));

  test("b33 a read is repeated until the server is well", () =>
    withClient({}, async (fake, client) => {
      const ways = [{ status: 500 }, "cut", { status: 504 }, problem(429, "rate_limited")] as const;
      fake.answer = () => ways[fake.calls.length - 1] ?? { status: 200, body: { id: "j", ended_at: null } };
      assert.equal((await client.getJob("j")).id, "j");
      [100, 200, 400, 800].forEach((pause, n) => apart(fake.calls[n], fake.calls[n + 1], pause));
      assert.equal(fake.calls.length, 5);
      fake.answer = () => problem(404, "job_not_found");
      await assert.rejects(client.getJob("j"), /job_not_found/);
      assert.equal(fake.calls.length, 6);
    }));

  test("b33 repetitions have an end", () =>
    withClient({ backoff: { totalDelaySeconds: 0.35 } }, async (fake, client) => {
      fake.answer = () => ({ status: 500, body: "no" });
      await assert.rejects(client.getJob("j"), UnexpectedAnswerError);
      assert.ok(fake.calls.length === 2 || fake.calls.length === 3, String(fake.calls.length));
    }));

  test("b33 what a gateway says in the form of a problem is waited out like its other words", async () => {
    const ways = [problem(502, "bad_gateway"), problem(504, "gateway_timeout"), { ...problem(400, "validation_failed"), status: 503 }];
    await withClient({}, async (fake, client) => {
      fake.answer = () => ways[fake.calls.length - 1] ?? { status: 200, body: { id: "j" } };
      assert.equal((await client.getJob("j")).id, "j");
      fake.answer = () => problem(418, "constructor");
      await assert.rejects(client.getJob("j"), (error) => error instanceof UnexpectedAnswerError && error.status === 418);
    });
    await withWorker({}, (worker) => worker.job("a", () => 1), async (fake) => {
      fake.answer = ({ path }) => (/(dequeue|complete)$/.test(path) ? ways[fake.to(path).length - 1] : undefined);
      fake.add("a", 1);
      await eventually("it is reported", () => fake.to("/complete").length === 4);
    });
  });

  test("b33 below a path of the server's, too, what counts once is repeated, and a create is not", () =>
    withClient({}, async (fake) => {
      const client = new Client({ server: `${fake.url}/below/`, key: null, logger: silent });
      fake.answer = () => (fake.calls.length === 1 ? { status: 500 } : { status: 200, body: { id: "t" } });
      const { data } = await client.api.POST("/v1/tasks/{id}/release", { params: { path: { id: "t" } }, body: { lease_token: "l" } });
      assert.equal(data?.id, "t");
      fake.calls.length = 0;
      await assert.rejects(client.createJob({ type: "a" }), UnexpectedAnswerError);
      assert.deepEqual(fake.calls.map(({ path }) => path), ["/below/v1/jobs"]);
    }));

  test("b34 a create of unknown outcome is not repeated without a key", () =>
    withClient({}, async (fake, client) => {
      const job = { type: "a" };
      for (const way of ["cut", { status: 500 }, problem(503, "database_unavailable")] as const) {
        fake.calls.length = 0;
        fake.answer = () => (fake.calls.length === 1 ? way : { status: 201, body: { id: "j" } });
        await assert.rejects(client.createJob(job));
        assert.equal(fake.calls.length, 1);
        fake.calls.length = 0;
        assert.equal((await client.createJob(job, { idempotencyKey: "once" })).id, "j");
        assert.deepEqual(fake.calls.map(({ headers }) => headers["idempotency-key"]), ["once", "once"]);
      }
      for (const way of [problem(429, "rate_limited"), problem(503, "overloaded"), problem(503, "shutting_down")]) {
        fake.calls.length = 0;
        fake.answer = () => (fake.calls.length === 1 ? way : { status: 201, body: { id: "j" } });
        assert.equal((await client.createJob(job)).id, "j");
        assert.equal(fake.calls.length, 2);
      }
      const gone = await FakeServer.start();
      const away = new Client({ server: gone.url, key: null, logger: silent, backoff: { totalDelaySeconds: 0.3 }, breaker: { failures: 1000 } });
      await gone.stop();
      await assert.rejects(away.createJob(job), (error) => error instanceof NoAnswerError && error.unsent);
    }));

  test("b35 Retry-After is waited for", () =>
    withClient({ breaker: { failures: 1, minPauseSeconds: 0.05 } }, async (fake, client) => {
      fake.answer = ({ path }) =>
        path === "/v1/jobs/slow" && fake.to("/slow").length === 1 ? problem(503, "overloaded", {}, { "retry-after": "1" }) : { status: 200, body: { id: "j" } };
      const slow = client.getJob("slow");
      await eventually("it is refused", () => client.breakerState === "open");
      // The server answers others meanwhile.
      assert.equal((await client.getJob("quick")).id, "j");
      assert.equal(client.breakerState, "closed");
      assert.equal((await slow).id, "j");
      apart(fake.to("/slow")[0], fake.to("/slow")[1], 1_000);
    }));

  test("b35 a stream of events waits for Retry-After, too", () =>
    withClient({}, async (fake, client) => {
      const over = new AbortController();
      fake.answer = () => (fake.calls.length === 1 ? problem(429, "rate_limited", {}, { "retry-after": "2" }) : "hang");
      const following = all(client.events({ signal: over.signal }));
      await eventually("it asks again", () => fake.calls.length === 2);
      over.abort();
      assert.deepEqual(await following, []);
      apart(fake.calls[0], fake.calls[1], 2_000);
    }));

  test("b36 a run of failures opens the breaker and an answer in between does not count as one", () =>
    withClient({ backoff: { totalDelaySeconds: 0 }, breaker: { minPauseSeconds: 60, maxPauseSeconds: 60 } }, async (fake, client) => {
      const fail = async (times: number) => {
        fake.answer = () => ({ status: 500 });
        for (let n = 0; n < times; n += 1) await assert.rejects(client.getJob("j"));
      };
      await fail(4);
      // Even a refusal is an answer.
      fake.answer = () => problem(404, "job_not_found");
      await assert.rejects(client.getJob("j"));
      await fail(4);
      assert.equal(client.breakerState, "closed");
      await fail(1);
      assert.equal(client.breakerState, "open");
      const sent = fake.calls.length;
      await assert.rejects(client.getJob("j"), /has not answered lately/);
      assert.equal(fake.calls.length, sent);
    }));

  test("b37 the pause grows with each probe that fails and stays below its bound, and a probe that hangs is followed by the next", () =>
    withClient({ backoff: { totalDelaySeconds: 120 }, breaker: { failures: 1, minPauseSeconds: 0.25, maxPauseSeconds: 1 } }, async (fake, client) => {
      const ways = [{ status: 500 }, { status: 500 }, { status: 500 }, { status: 500 }, "hang"] as const;
      const states: string[] = [];
      fake.answer = () => {
        states.push(client.breakerState);
        return ways[states.length - 1] ?? { status: 200, body: { id: "j" } };
      };
      await assert.rejects(client.createJob({ type: "a" }));
      // Ten calls wait, and one of them probes.
      const waiting = await Promise.all(Array.from({ length: 10 }, () => client.getJob("j")));
      assert.equal(waiting.length, 10);
      // The fifth hangs, and the next is a probe, too.
      assert.deepEqual(states.slice(0, 6), ["closed", ...Array.from({ length: 5 }, () => "half_open")]);
      // Up to half of each is taken off. What follows one that hangs is counted from when it was sent, so nothing is said of that.
      [250, 500, 1_000, 1_000].forEach((pause, n) => apart(fake.calls[n], fake.calls[n + 1], pause / 2));
    }));

  test("b38 any answer closes the breaker and wakes who waits", () =>
    withWorker(
      { leaseSeconds: 1.5, breaker: { failures: 1, minPauseSeconds: 60, maxPauseSeconds: 60 }, backoff: { totalDelaySeconds: 100 } },
      (worker) => worker.job("a", untilCancelled),
      async (fake, worker) => {
        fake.add("a", 1);
        await eventually("it works", () => fake.to("/dequeue").length === 1 && worker.client.breakerState === "closed");
        fake.answer = ({ path }) => (path === "/v1/jobs/j" ? (fake.to("/j").length === 1 ? "cut" : { status: 200, body: { id: "j" } }) : undefined);
        const patient = worker.client.getJob("j");
        await eventually("it is open", () => worker.client.breakerState === "open");
        // The next probe is a minute away: a heartbeat closes it.
        assert.equal((await patient).id, "j");
        assert.equal(worker.client.breakerState, "closed");
      },
    ));

  test("b39 a call that hangs is made again as soon as the server answers others", () =>
    // Its own limit is not what gives it up.
    withClient({ timeoutSeconds: 600, breaker: { failures: 1, minPauseSeconds: 0.2 }, backoff: { totalDelaySeconds: 5 } }, async (fake, client) => {
      fake.answer = ({ path }) => {
        if (path === "/v1/jobs/hangs" && fake.to("/hangs").length === 1) return "hang";
        return path === "/v1/jobs/fails" && fake.to("/fails").length === 1 ? { status: 500 } : { status: 200, body: { id: "j" } };
      };
      const hangs = client.getJob("hangs");
      await eventually("it hangs", () => fake.to("/hangs").length === 1);
      assert.equal((await client.getJob("fails")).id, "j");
      assert.equal((await hangs).id, "j");
    }));

  test("b39 a call has a limit", () =>
    withClient({ timeoutSeconds: 0.3, backoff: { totalDelaySeconds: 0 } }, async (fake, client) => {
      fake.answer = () => "hang";
      await assert.rejects(client.getJob("j"), (error) => error instanceof NoAnswerError && !error.unsent && /the limit of the call is over/.test(error.message));
    }));

  test("b39 a wait has a limit of its own, and outlasts failures until then", () =>
    withClient({ backoff: { totalDelaySeconds: 0 } }, async (fake, client) => {
      fake.answer = () => (fake.calls.length === 1 ? { status: 503 } : "hang");
      const began = performance.now();
      await assert.rejects(client.waitForJob("j", { timeoutSeconds: 3 }), { name: "TimeoutError" });
      assert.ok(performance.now() - began < 20_000, "a call's own limit is 30 s");
      assert.equal(fake.calls.length, 2);
      fake.answer = () => problem(404, "job_not_found");
      await assert.rejects(client.waitForJob("j", { timeoutSeconds: 240 }), ProblemError);
      fake.answer = () => "hang";
      await assert.rejects(client.wait("p", { signal: AbortSignal.timeout(50) }), { name: "TimeoutError" });
    }));

  test("b41 a stopping worker releases what is left", async () => {
    const causes: unknown[] = [];
    const cooperative = async (_: unknown, context: Context) => {
      await untilCancelled(_, context);
      causes.push(context.cancelledBy, context.stopping.aborted);
      return "saved";
    };
    const fetches = (_: unknown, { signal }: Context) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    let begun = 0;
    const counted = <T>(handler: (payload: unknown, context: Context) => Promise<T>) => (payload: unknown, context: Context) => (begun++, handler(payload, context));
    const register = (worker: Worker) => worker.job("cooperative", counted(cooperative)).job("fetches", counted(fetches)).job("deaf", counted(never));
    await withWorker({ concurrency: 3 }, register, async (fake, worker, ran) => {
      const [saved, fetched, deaf] = ["cooperative", "fetches", "deaf"].map((type) => fake.add(type, 1));
      await eventually("all run", () => begun === 3);
      worker.stop();
      await ran;
      assert.deepEqual(causes, ["stopping", true]);
      assert.equal(fake.to(`${saved?.id}/complete`)[0]?.body.result, "saved");
      assert.deepEqual([fake.to(`${fetched?.id}/release`).length, fake.to(`${deaf?.id}/release`).length], [1, 1]);
      assert.equal(fake.to("/fail").length, 0);
    });
  });

  test("b49 the table in the readme is what a worker counts", async () => {
    const registry = new promClient.Registry();
    const { open, opened } = gate();
    await withWorker({ metrics: prometheus(promClient, registry), leaseSeconds: 0.3 }, (worker) => worker.job("a", () => opened), async (fake) => {
      let trouble = 1;
      fake.answer = ({ path }) => (path.endsWith("/dequeue") && trouble-- > 0 ? { status: 500 } : undefined);
      fake.add("a", 1);
      // The answer to the first is there before the second is sent.
      await eventually("its lease is renewed", () => fake.to("/tasks/heartbeat").length >= 2);
      open();
      await eventually("it is done", () => fake.to("/complete").length === 1);
    });
    const counted = (await registry.getMetricsAsJSON()).map(({ name, type }) => `${name} ${type}`);
    const rows = (page: string) => [...repositoryFile(page).matchAll(/^\| `(windlass_sdk_\w+)` \| (\w+) \| (?:\w+ )?\|([^|]*)\|/gm)];
    const ours = rows("sdks/typescript/README.md");
    assert.deepEqual(counted.sort(), ours.map(([, name, type]) => `${name} ${type}`).sort());
    const labels = (all: RegExpMatchArray[]) => all.map(([, name, type, labels]) => [name, type, labels?.trim()].join(" ")).sort();
    assert.deepEqual(labels(ours), labels(rows("crates/sdk/README.md")));
    const text = await registry.metrics();
    for (const line of ['windlass_sdk_tasks_total{type="a",outcome="succeeded"} 1', 'windlass_sdk_active_tasks{type="a"} 0', 'windlass_sdk_retries_total{reason="unexpected"} 1']) {
      assert.ok(text.includes(line), `${line} is not in ${text}`);
    }
    assert.match(text, /windlass_sdk_heartbeats_total\{outcome="renewed"\} [1-9]/);
    assert.match(text, /windlass_sdk_breaker_state\{server="http:\/\/127\.0\.0\.1:\d+"\} 0/);
  });

  test("b49 a logger and metrics that fail end nothing", async () => {
    const fails = (): never => assert.fail("no room");
    const rejects = () => Promise.reject(new Error("no room"));
    const options = { logger: { debug: fails, info: fails, warn: rejects, error: fails }, metrics: { count: fails, set: fails, add: fails, observe: fails } };
    await withWorker(options, (worker) => worker.job("a", (payload) => payload), async (fake, worker, ran) => {
      fake.answer = ({ path }) => (path.endsWith("/dequeue") && fake.to("/dequeue").length === 1 ? { status: 500 } : undefined);
      fake.add("a", 1);
      await eventually("it is done", () => fake.to("/complete").length === 1);
      worker.stop();
      await ran;
    });
    assert.throws(() => new Worker({ client: new Client(), logger: silent }), /^SettingError: logger is a setting of the client/);
  });

  test("b50 neither a printed form nor an error nor a log line shows the key", async () => {
    const secret = "wl_tell-nobody";
    const lines: unknown[] = [];
    const keep = (...line: unknown[]) => void lines.push(line);
    const logger = { debug: keep, info: keep, warn: keep, error: keep };
    await withWorker({ key: secret, logger }, (worker) => worker.job("a", (_, context) => { throw new Failure("unknown", inspect(context, { depth: 9, showHidden: true })); }), async (fake, worker, ran) => {
      fake.add("a", 1);
      const failed = await eventually("it has failed", () => fake.to("/fail")[0]);
      fake.answer = () => problem(401, "unauthorized");
      const errors = [await worker.client.getJob("j").catch((error: unknown) => error)];
      fake.answer = () => "cut";
      errors.push(await worker.client.createJob({ type: "a" }).catch((error: unknown) => error));
      const shown = [worker, worker.client, errors, lines, failed.body, ran].map((value) => inspect(value, { depth: 20, showHidden: true }) + JSON.stringify(value));
      assert.equal(failed.headers.authorization, `Bearer ${secret}`);
      assert.ok(!shown.join().includes("tell-nobody"));
    });
    for (const server of ["http://tell:nobody@127.0.0.1:7070", "http://tell:nobody@", "ftp://tell:nobody@host"]) {
      assert.throws(() => new Client(server), (error: Error) => error.name === "SettingError" && !/tell|nobody/.test(inspect(error)));
    }
    assert.throws(() => new Client("http://127.0.0.1:6000"), /^SettingError: fetch refuses the port of http:\/\/127\.0\.0\.1:6000/);
    const wrong = () => new Client({ key: "tell nobody" });
    assert.throws(wrong, (error: Error) => error.message === "the program is not one line of 1 to 512 visible ASCII characters");
  });
});
