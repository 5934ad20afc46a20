/** Health and metrics, over HTTP. */

import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { Counter, Registry } from "prom-client";

import { serve } from "../src/operations.js";

test("health and metrics are served", async () => {
  const registry = new Registry();
  new Counter({ name: "things_total", help: "Things", registers: [registry] }).inc();
  const server = await serve("127.0.0.1", 0, registry, () => "closed");
  const get = async (path: string, method = "GET"): Promise<[number, string]> => {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method });
    return [answer.status, await answer.text()];
  };
  assert.deepEqual(await get("/healthz"), [200, '{"breaker":"closed"}']);
  const [status, metrics] = await get("/metrics");
  assert.ok(status === 200 && metrics.includes("things_total 1"), metrics);
  assert.equal((await get("/other"))[0], 404);
  assert.equal((await get("/metrics", "POST"))[0], 405);
  server.close();
  server.closeAllConnections();
});
