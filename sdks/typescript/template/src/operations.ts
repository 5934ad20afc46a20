/** `GET /healthz` and `GET /metrics`. */

import { createServer, type Server, type ServerResponse } from "node:http";

import type { Registry } from "prom-client";

/** Serves both until it is closed. */
export async function serve(host: string, port: number, registry: Registry, breaker: () => string): Promise<Server> {
  const server = createServer(({ method, url }, response) => {
    if (method !== "GET") answer(response, 405, "text/plain", "there is only GET\n");
    else if (url === "/healthz") answer(response, 200, "application/json", JSON.stringify({ breaker: breaker() }));
    else if (url === "/metrics") {
      registry.metrics().then(
        (text) => answer(response, 200, registry.contentType, text),
        (error: unknown) => answer(response, 500, "text/plain", `${String(error)}\n`),
      );
    } else answer(response, 404, "text/plain", "there are /healthz and /metrics\n");
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  return server;
}

function answer(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { "content-type": contentType }).end(body);
}
