/** A network between a worker and a server that does its worst. */

import { Agent, type IncomingMessage, type ServerResponse, createServer, request as call } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** How requests are passed on: as they are; carried out with their answers lost; not, but answered 500; late; or never answered. */
export type Way = "through" | "loses answers" | "fails" | "hangs" | { slow: number };

export class Proxy {
  readonly #upstream: URL;
  readonly #sockets = new Set<Socket>();
  readonly #agent = new Agent({ keepAlive: true });
  #server = this.#made();
  #port = 0;
  #way: Way = "through";

  private constructor(upstream: string) {
    this.#upstream = new URL(upstream);
  }

  static async before(upstream: string): Promise<Proxy> {
    const proxy = new Proxy(upstream);
    await proxy.#listen();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  set way(way: Way) {
    this.#way = way;
  }

  /** Cuts all connections, and refuses new ones. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Listens again, where it did. */
  async mend(): Promise<void> {
    this.#server = this.#made();
    await this.#listen();
  }

  #made() {
    const server = createServer((request, response) => void this.#pass(request, response));
    return server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece as Buffer);
    } catch {
      return;
    }
    if (this.#way === "hangs") return;
    if (this.#way === "fails") return void response.writeHead(500).end("no");
    const { method, headers, url: path } = request;
    const { hostname: host, port } = this.#upstream;
    const onward = call({ host, port, method, headers: { ...headers, host: this.#upstream.host }, path, agent: this.#agent });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    onward.on("response", (answer) => void this.#answer(answer, response));
    onward.end(Buffer.concat(pieces));
  }

  async #answer(answer: IncomingMessage, response: ServerResponse): Promise<void> {
    const way = this.#way;
    if (way === "loses answers") return void response.destroy();
    if (way === "hangs") return;
    if (typeof way === "object") await new Promise((resolve) => setTimeout(resolve, way.slow));
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on("error", () => response.destroy()).pipe(response);
  }
}
