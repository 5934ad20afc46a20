/** Spans of OpenTelemetry; in a process of its own, since what is set up there is for all of it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { SpanKind, SpanStatusCode, context, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { Client, Failure, Release, Worker } from "windlass-sdk";
import { run } from "windlass-sdk/testing";

import { FakeServer } from "./fake-server.js";
import { eventually, silent, withWorker } from "./harness.js";

const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();

const [TRACE_ID, PARENT] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
const TRACE = { traceparent: `00-${TRACE_ID}-${PARENT}-01`, tracestate: "a=b" };

test("b51 with opentelemetry a handler's span continues the trace", () =>
  withWorker({}, (worker) => worker.job("a", (_, { client }) => client.createJob({ type: "b" }).catch(() => undefined)), async (fake) => {
    const task = fake.add("a", 1, TRACE);
    const { headers } = await eventually("it calls", () => fake.to("/v1/jobs")[0]);
    const span = await eventually("its span ends", () => exporter.getFinishedSpans().find(({ attributes }) => attributes["windlass.task_id"] === task.id));
    assert.deepEqual([span.name, span.kind, span.status.code], ["task a", SpanKind.CONSUMER, SpanStatusCode.UNSET]);
    assert.deepEqual(span.attributes, {
      "windlass.task_id": task.id,
      "windlass.type": "a",
      "windlass.attempt": 1,
      "windlass.pipeline_id": task.pipeline_id,
      "windlass.correlation_id": "c",
    });
    assert.deepEqual([span.parentSpanContext?.spanId, span.parentSpanContext?.isRemote], [PARENT, true]);
    assert.deepEqual([headers["traceparent"], headers["tracestate"]], [`00-${TRACE_ID}-${span.spanContext().spanId}-01`, "a=b"]);
    await eventually("it is reported", () => fake.to("/complete")[0]);
  }));

test("b51 what a handler throws is its span's error, unless it releases the task", async () => {
  const worker = new Worker({ key: null })
    .job("fails", () => { throw new Failure("data_error", "no picture"); })
    .job("releases", () => { throw new Release(); })
    .job("odd", () => { throw { toString: () => assert.fail("no text") }; });
  for (const [type, code, message] of [["fails", SpanStatusCode.ERROR, "no picture"], ["releases", SpanStatusCode.UNSET, undefined], ["odd", SpanStatusCode.ERROR, "what cannot be shown"]] as const) {
    await run(worker, type);
    const span = exporter.getFinishedSpans().find(({ name }) => name === `task ${type}`);
    assert.deepEqual([span?.status.code, span?.status.message, span?.events.length], [code, message, code === SpanStatusCode.ERROR ? 1 : 0]);
    // Nothing told it of a trace.
    assert.equal(span?.parentSpanContext, undefined);
  }
});

test("b51 a producer's calls carry the context of its present span", async () => {
  const fake = await FakeServer.start();
  const client = new Client({ server: fake.url, key: null, logger: silent });
  fake.answer = () => ({ status: 201, body: { id: "j" } });
  const span = trace.getTracer("test").startSpan("produces");
  await context.with(trace.setSpan(context.active(), span), () => client.createJob({ type: "a" }));
  await client.traced(TRACE).createJob({ type: "a" });
  const { traceId, spanId } = span.spanContext();
  assert.deepEqual(fake.calls.map(({ headers }) => headers["traceparent"]), [`00-${traceId}-${spanId}-01`, TRACE.traceparent]);
  await fake.stop();
});
