/**
 * A whole pipeline, through openapi-fetch and the types that openapi-typescript makes from the document.
 *
 * A producer and a worker in one: it creates two jobs, works both, with heartbeat, progress, a failure with another
 * attempt, a fan-out and a batch, and reads results, attempts and events. Any surprise is an assertion.
 */

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import process from "node:process";

import createClient from "openapi-fetch";

import type { components, paths } from "./windlass.d.ts";

type Schemas = components["schemas"];

const client = createClient<paths>({ baseUrl: process.argv[2] ?? assert.fail("usage: pipeline.ts SERVER") });

/** The body of an answer that is no problem. */
async function ok<T>(call: Promise<{ data?: T; error?: Schemas["Problem"] }>): Promise<T> {
  const { data, error } = await call;
  return data ?? assert.fail(JSON.stringify(error));
}

/** The next task of a type. */
async function lease(type: string): Promise<Schemas["LeasedTask"]> {
  const body = { types: [type], worker_id: "typescript", wait_seconds: 10, lease_seconds: 60 };
  const once = { params: { header: { "idempotency-key": randomUUID() } }, body };
  const { tasks } = await ok(client.POST("/v1/tasks/dequeue", once));
  assert.equal(tasks.length, 1);
  assert.deepEqual((await ok(client.POST("/v1/tasks/dequeue", once))).tasks, tasks);
  return tasks[0] ?? assert.fail();
}

const at = ({ id }: { id: string }) => ({ params: { path: { id } } });

/** Creates `list` and, streamed into, `resize`; and the same again, by its key. */
async function create(): Promise<Schemas["Pipeline"]> {
  const body: Schemas["NewPipeline"] = {
    name: "thumbnails",
    priority: "high",
    metadata: { album: "sea", sizes: [1, 2] },
    jobs: [
      { key: "list", type: "ts-list", payload: { album: "sea" } },
      {
        key: "resize",
        type: "ts-resize",
        depends_on: [{ job: "list", when: "succeeded" }],
        sealed: false,
        retry: { max_attempts: 2, initial_delay_seconds: 0 },
      },
    ],
  };
  const once = { params: { header: { "idempotency-key": "typescript-1" } }, body };
  const first = await client.POST("/v1/pipelines", once);
  const again = await client.POST("/v1/pipelines", once);
  const pipeline = first.data ?? assert.fail(JSON.stringify(first.error));
  assert.equal(first.response.status, 201);
  assert.equal(first.response.headers.get("location"), `/v1/pipelines/${pipeline.id}`);
  assert.equal(again.response.headers.get("idempotent-replayed"), "true");
  assert.equal(again.data?.id, pipeline.id);
  assert.equal(pipeline.state, "pending");
  assert.deepEqual(pipeline.metadata["sizes"], [1, 2]);
  assert.equal(pipeline.jobs?.[1]?.depends_on[0]?.when, "succeeded");
  return pipeline;
}

/** Heartbeat, progress, release, and a completion that adds two tasks to `resize`. */
async function workList(): Promise<void> {
  const back = await lease("ts-list");
  const released = client.POST("/v1/tasks/{id}/release", { ...at(back), body: { lease_token: back.lease_token } });
  assert.equal((await ok(released)).attempt, 0);

  const task = await lease("ts-list");
  const { lease_token } = task;
  assert.deepEqual([task.payload, task.attempt, task.timeout_seconds], [{ album: "sea" }, 1, null]);
  const beat = client.POST("/v1/tasks/{id}/heartbeat", { ...at(task), body: { lease_token, lease_seconds: 120 } });
  assert.ok((await ok(beat)).lease_expires_at > task.lease_expires_at);
  const progress = { lease_token, current: 1, total: 2, message: "reading" };
  await ok(client.POST("/v1/tasks/{id}/progress", { ...at(task), body: progress }));
  const tasks = [{ payload: { url: "sea/1.jpg" } }, { payload: { url: "sea/2.jpg" } }];
  const done = { lease_token, result: { images: 2 }, add_tasks: [{ job: "resize", tasks, seal: true }] };
  assert.equal((await ok(client.POST("/v1/tasks/{id}/complete", { ...at(task), body: done }))).state, "succeeded");
}

/** One fails and has another attempt; the rest ends in a batch. Returns the one that failed. */
async function workResize(): Promise<Schemas["LeasedTask"]> {
  const failed = await lease("ts-resize");
  const error = { category: "network_error", message: "connection reset", detail: { host: "a" } };
  const fail = { lease_token: failed.lease_token, error, retry: { after_seconds: 0 } };
  const after = await ok(client.POST("/v1/tasks/{id}/fail", { ...at(failed), body: fail }));
  assert.deepEqual([after.state, after.error?.category], ["queued", "network_error"]);
  const lost = await client.POST("/v1/tasks/{id}/fail", { ...at(failed), body: { lease_token: failed.id, error } });
  assert.deepEqual([lost.response.status, lost.error?.code, lost.error?.task_state], [409, "lease_lost", "queued"]);

  const held = [await lease("ts-resize"), await lease("ts-resize")];
  const items = held.map(({ id, lease_token }) => ({ id, lease_token }));
  const beats = await ok(client.POST("/v1/tasks/heartbeat", { body: { tasks: items } }));
  assert.ok(beats.results.every((result) => result.lease_expires_at !== undefined));
  const batch = { tasks: items.map((item) => ({ ...item, result: { bytes: 1000 }, metrics: { cpu_seconds: 0.5 } })) };
  const { results } = await ok(client.POST("/v1/tasks/complete", { body: batch }));
  assert.deepEqual(results.map(({ id, task }) => [id, task?.state]), held.map(({ id }) => [id, "succeeded"]));
  return failed;
}

/** The pipeline's events up to its end: they can be read once no older transaction is under way. */
async function audit(pipeline: Schemas["Pipeline"]): Promise<string[]> {
  const shown: string[] = [];
  const query: { pipeline_id: string; cursor?: string } = { pipeline_id: pipeline.id };
  const deadline = Date.now() + 60_000;
  while (!shown.includes("pipeline running succeeded")) {
    assert.ok(Date.now() < deadline, shown.join());
    const { items, next_cursor } = await ok(client.GET("/v1/events", { params: { query } }));
    shown.push(...items.map(({ entity, from, to }) => `${entity} ${from} ${to}`));
    query.cursor = next_cursor;
  }
  return shown;
}

/** What is to be read afterwards: states, results, attempts, events, lists, the queue. */
async function read(pipeline: Schemas["Pipeline"], failed: Schemas["LeasedTask"]): Promise<void> {
  const ended = await ok(client.GET("/v1/pipelines/{id}", at(pipeline)));
  assert.deepEqual([ended.state, ended.progress.percent], ["succeeded", 100]);
  const patch = { metadata: { album: null } };
  const patched = await ok(client.PATCH("/v1/pipelines/{id}", { ...at(pipeline), body: patch }));
  assert.deepEqual(patched.metadata, { sizes: [1, 2] });

  const path = { id: pipeline.id, key: "resize" };
  const results = (query: { limit?: number; cursor?: string }) =>
    ok(client.GET("/v1/pipelines/{id}/jobs/{key}/results", { params: { path, query } }));
  const page = await results({ limit: 1 });
  assert.deepEqual(page.items.map((item) => item.result), [{ bytes: 1000 }]);
  const rest = await results({ cursor: page.next_cursor ?? assert.fail() });
  assert.deepEqual([rest.items.length, rest.next_cursor], [1, null]);

  const attempts = await ok(client.GET("/v1/tasks/{id}/attempts", at(failed)));
  assert.deepEqual(attempts.items.map(({ number, outcome }) => [number, outcome]), [[1, "failed"], [2, "succeeded"]]);

  const shown = await audit(pipeline);
  assert.equal(shown[0], "pipeline null pending");
  assert.ok(shown.includes("task running queued"), shown.join());

  const listed = await ok(client.GET("/v1/pipelines", { params: { query: { state: "succeeded", name: "thumbnails" } } }));
  assert.deepEqual(listed.items.map(({ id }) => id), [pipeline.id]);
  const queue = await ok(client.GET("/v1/queues/{type}", { params: { path: { type: "ts-resize" } } }));
  assert.deepEqual([queue.queued, queue.running], [0, 0]);
}

/** The stream shows the pipeline from its first event on. */
async function follow(pipeline: Schemas["Pipeline"]): Promise<void> {
  const query = { pipeline_id: pipeline.id };
  const [first] = (await ok(client.GET("/v1/events", { params: { query: { ...query, limit: 1 } } }))).items;
  const header = { "last-event-id": first?.id ?? assert.fail() };
  const { data } = await client.GET("/v1/events/stream", { params: { query, header }, parseAs: "stream" });
  let text = "";
  for await (const chunk of data ?? assert.fail()) {
    text += Buffer.from(chunk).toString();
    if (text.includes('"to":"succeeded"')) return;
  }
  assert.fail(text);
}

/** Problems arrive as such, and a verb takes its reason, or no body at all. */
async function refused(): Promise<void> {
  const bad = await client.POST("/v1/pipelines", { body: { name: "bad", jobs: [] } });
  assert.deepEqual([bad.error?.code, bad.error?.errors?.[0]?.pointer], ["validation_failed", "/jobs"]);
  const job = await ok(client.POST("/v1/jobs", { body: { type: "ts-never", payload: [1, "two", null] } }));
  assert.equal((await ok(client.POST("/v1/jobs/{id}/pause", at(job)))).paused, true);
  const cancelled = await ok(client.POST("/v1/jobs/{id}/cancel", { ...at(job), body: { reason: "not needed" } }));
  assert.deepEqual([cancelled.state, cancelled.reason], ["cancelled", "not needed"]);
}

const pipeline = await create();
await workList();
await read(pipeline, await workResize());
await follow(pipeline);
await refused();
