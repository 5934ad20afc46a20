/**
 * A job of three stages, through openapi-fetch and the types that openapi-typescript makes from the document of Jobnik's surface.
 *
 * A producer and a worker in one, as Jobnik's SDK calls: it fails and retries tasks, lets a stage wait and go, pauses and resumes; a second job is
 * aborted in mid-run, and a third one fails. Any surprise is an assertion.
 */

import assert from "node:assert/strict";
import process from "node:process";

import createClient from "openapi-fetch";

import type { components, paths } from "./jobnik-types.d.ts";

type Schemas = components["schemas"];

const client = createClient<paths>({ baseUrl: process.argv[2] ?? assert.fail("usage: jobnik.ts SERVER") });

/** The body of an answer that is no error. */
async function ok<T>(call: Promise<{ data?: T; error?: Schemas["Error"] }>): Promise<T> {
  const { data, error } = await call;
  return data ?? assert.fail(JSON.stringify(error));
}

/** The code and the status of a refusal. */
async function refused(call: Promise<{ error?: Schemas["Error"]; response: Response }>): Promise<[number, string | undefined]> {
  const { error, response } = await call;
  return [response.status, error?.code];
}

const ofJob = (jobId: string) => ({ params: { path: { jobId } } });
const ofStage = (stageId: string) => ({ params: { path: { stageId } } });
const ofTask = (taskId: string) => ({ params: { path: { taskId } } });

async function createJob(name: string): Promise<Schemas["Job"]> {
  const body: Schemas["NewJob"] = { name, data: { area: "sea" }, priority: "HIGH", userMetadata: { owner: "maps" } };
  const job = await ok(client.POST("/jobnik/v1/jobs", { body }));
  assert.deepEqual([job.status, job.percentage, job.priority, job.data], ["PENDING", 0, "HIGH", { area: "sea" }]);
  return job;
}

async function createStage(job: Schemas["Job"], type: string, tasks: number, startAsWaiting = false): Promise<Schemas["Stage"]> {
  const { id } = await ok(client.GET("/jobnik/v1/jobs/{jobId}", ofJob(job.id)));
  const stage = await ok(client.POST("/jobnik/v1/jobs/{jobId}/stage", { ...ofJob(id), body: { type, data: {}, startAsWaiting } }));
  const body: Schemas["NewTask"][] = Array.from({ length: tasks }, (_, index) => ({ data: { index }, maxAttempts: 2 }));
  const added = await ok(client.POST("/jobnik/v1/stages/{stageId}/tasks", { ...ofStage(stage.id), body }));
  assert.deepEqual(added.map(({ status, attempts }) => [status, attempts]), body.map(() => ["PENDING", 0]));
  return stage;
}

/** The next task of a type, or none. */
async function dequeue(stageType: string): Promise<Schemas["Task"] | null> {
  const { data, error, response } = await client.PATCH("/jobnik/v1/stages/{stageType}/tasks/dequeue", {
    params: { path: { stageType } },
  });
  if (response.status === 404) {
    assert.equal(error?.code, "TASK_NOT_FOUND");
    return null;
  }
  return data ?? assert.fail(JSON.stringify(error));
}

const report = (task: Schemas["Task"], status: "COMPLETED" | "FAILED") =>
  client.PUT("/jobnik/v1/tasks/{taskId}/status", { ...ofTask(task.id), body: { status } });

const setStatus = (job: Schemas["Job"], status: "PENDING" | "PAUSED" | "ABORTED") =>
  client.PUT("/jobnik/v1/jobs/{jobId}/status", { ...ofJob(job.id), body: { status } });

/** The statuses of a job and of its stages. */
async function statuses(job: Schemas["Job"]): Promise<string[]> {
  const whole = await ok(
    client.GET("/jobnik/v1/jobs/{jobId}", { params: { path: { jobId: job.id }, query: { should_return_stages: true } } }),
  );
  return [whole.status, ...(whole.stages ?? assert.fail()).map(({ status }) => status)];
}

/** Works all that there is of a type; the first attempt at each even task fails. */
async function work(type: string): Promise<number> {
  let attempts = 0;
  for (let task = await dequeue(type); task !== null; task = await dequeue(type)) {
    attempts += 1;
    const fails = task.attempts === 0 && Number(task.data["index"]) % 2 === 0;
    const after = await ok(report(task, fails ? "FAILED" : "COMPLETED"));
    assert.equal(after.status, fails ? "RETRIED" : "COMPLETED");
    assert.ok(after.startTime !== undefined && (after.endTime !== undefined) === !fails);
    const again = await ok(report(task, fails ? "FAILED" : "COMPLETED"));
    assert.deepEqual(again, after);
  }
  return attempts;
}

const job = await createJob("tiles");
await createStage(job, "ts-scan", 2);
await createStage(job, "ts-render", 4);
const merge = await createStage(job, "ts-merge", 1, true);
assert.deepEqual(await statuses(job), ["PENDING", "PENDING", "CREATED", "WAITING"]);
assert.equal(await work("ts-scan"), 3);

const first = (await dequeue("ts-render")) ?? assert.fail();
await ok(setStatus(job, "PAUSED"));
assert.equal(await dequeue("ts-render"), null);
assert.equal((await ok(report(first, "COMPLETED"))).status, "COMPLETED");
assert.deepEqual(await refused(setStatus(job, "PAUSED")), [400, "ILLEGAL_JOB_STATUS_TRANSITION"]);
await ok(setStatus(job, "PENDING"));
assert.deepEqual(await statuses(job), ["IN_PROGRESS", "COMPLETED", "IN_PROGRESS", "WAITING"]);
assert.equal(await work("ts-render"), 4);
assert.equal((await ok(client.GET("/jobnik/v1/jobs/{jobId}", ofJob(job.id)))).percentage, 66);
assert.equal(await dequeue("ts-merge"), null);
await ok(client.PUT("/jobnik/v1/stages/{stageId}/status", { ...ofStage(merge.id), body: { status: "PENDING" } }));
assert.equal(await work("ts-merge"), 2);
assert.deepEqual(await statuses(job), ["COMPLETED", "COMPLETED", "COMPLETED", "COMPLETED"]);
const listed = await ok(client.GET("/jobnik/v1/tasks", { params: { query: { stage_type: "ts-render", status: "COMPLETED" } } }));
assert.deepEqual(listed.map(({ data }) => data["index"]), [0, 1, 2, 3]);

const aborted = await createJob("withdrawn");
await createStage(aborted, "ts-abort", 2);
const running = (await dequeue("ts-abort")) ?? assert.fail();
assert.deepEqual(await refused(client.DELETE("/jobnik/v1/jobs/{jobId}", ofJob(aborted.id))), [400, "JOB_NOT_IN_FINITE_STATE"]);
await ok(setStatus(aborted, "ABORTED"));
assert.equal(await dequeue("ts-abort"), null);
assert.deepEqual(await refused(report(running, "COMPLETED")), [400, "ILLEGAL_JOB_STATUS_TRANSITION"]);
assert.deepEqual(await statuses(aborted), ["ABORTED", "IN_PROGRESS"]);
assert.equal((await ok(client.DELETE("/jobnik/v1/jobs/{jobId}", ofJob(aborted.id)))).code, "JOB_DELETED_SUCCESSFULLY");

const failed = await createJob("broken");
await createStage(failed, "ts-fail", 1);
for (const expected of ["RETRIED", "FAILED"]) {
  assert.equal((await ok(report((await dequeue("ts-fail")) ?? assert.fail(), "FAILED"))).status, expected);
}
assert.deepEqual(await statuses(failed), ["FAILED", "FAILED"]);
