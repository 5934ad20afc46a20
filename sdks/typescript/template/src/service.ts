/** How the parts are put together: in one place, by hand, so that there is nothing to look up. */

import type { AddressInfo } from "node:net";

import * as promClient from "prom-client";
import { type Logger, prometheus, Worker } from "windlass-sdk";

import { checksumFile, checksumFileIn } from "./jobs/checksum-file.js";
import { serve } from "./operations.js";
import type { Settings } from "./settings.js";

/** Works until the process is asked to end; health and metrics are served meanwhile. */
export async function run(settings: Settings, logger: Logger): Promise<void> {
  const registry = new promClient.Registry();
  promClient.collectDefaultMetrics({ register: registry });
  const { concurrency, directory, host, port } = settings;

  const worker = new Worker({ concurrency, logger, metrics: prometheus(promClient, registry) });
  worker.job(checksumFile, checksumFileIn(directory));

  const operations = await serve(host, port, registry, () => worker.client.breakerState);
  logger.info("health and metrics are served", { port: (operations.address() as AddressInfo).port });
  try {
    await worker.run();
  } finally {
    operations.close();
    operations.closeAllConnections();
  }
}
