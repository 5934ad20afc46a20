/**
 * Server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html has them.
 *
 * A stream that ends or is cut off is opened again from the last event that was read, so none is missed and none comes twice.
 */

import { NoAnswerError, WindlassError, isTransient } from "./errors.js";
import { Delays } from "./resilience/backoff.js";
import { pauseAfter, pauseOut } from "./resilience/repeat.js";
import { Linked } from "./time.js";
import type { Transport } from "./transport.js";

/** One message of a stream. */
export interface Message {
  /** What it is; `message` unless it says so. */
  event: string;
  data: string;
  /** Where a reader goes on after it. */
  id: string | undefined;
}

/** The longest silence of a stream, in milliseconds: the server writes a comment every 15 s. */
const LONGEST_SILENCE = 45_000;

/** Follows a stream until `signal` is aborted, or the server refuses for good. */
export async function* follow(transport: Transport, url: string, from: string | undefined, signal: AbortSignal): AsyncGenerator<Message, void, undefined> {
  const delays = new Delays(transport.backoff.minDelaySeconds, transport.backoff.maxDelaySeconds);
  let last = from;
  while (!signal.aborted) {
    let failure: unknown;
    try {
      for await (const message of connection(transport, url, last, signal)) {
        delays.reset();
        last = message.id ?? last;
        yield message;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isTransient(error)) throw error;
      failure = error;
    }
    await pauseOut(pauseAfter(failure, delays), transport.breaker, signal);
  }
}

async function* connection(transport: Transport, url: string, last: string | undefined, signal: AbortSignal): AsyncGenerator<Message, void, undefined> {
  const linked = new Linked([signal]);
  let timer = setTimeout(() => linked.abort(true), LONGEST_SILENCE);
  try {
    const headers: Record<string, string> = { accept: "text/event-stream", ...(last === undefined ? {} : { "last-event-id": last }) };
    const response = await transport.open(url, headers, linked.signal);
    const reader = new MessageReader();
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(() => linked.abort(true), LONGEST_SILENCE);
      yield* reader.read(decoder.decode(bytes as Uint8Array, { stream: true }));
    }
  } catch (error) {
    // What a stream is cut off with is an error of `fetch`, not one of ours.
    throw error instanceof WindlassError ? error : new NoAnswerError(transport.server, false, error);
  } finally {
    clearTimeout(timer);
    linked.abort();
    linked.release();
  }
}

/** Reads messages out of text that comes in pieces; lines end in LF, CR LF or CR. */
export class MessageReader {
  #text = "";
  #event = "";
  #data: string[] = [];
  #id: string | undefined;
  #began = false;

  /** The messages that are whole with this piece. */
  *read(piece: string): Generator<Message, void, undefined> {
    if (!this.#began && piece !== "") {
      this.#began = true;
      if (piece.startsWith("\uFEFF")) piece = piece.slice(1);
    }
    this.#text += piece;
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(this.#text);
      if (end === null) return;
      const line = this.#text.slice(0, end.index);
      this.#text = this.#text.slice(end.index + end[0].length);
      const message = this.#line(line);
      if (message !== undefined) yield message;
    }
  }

  #line(line: string): Message | undefined {
    if (line === "") return this.#end();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    else if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    return undefined;
  }

  #end(): Message | undefined {
    const [event, data] = [this.#event || "message", this.#data];
    this.#event = "";
    this.#data = [];
    const id = this.#id === "" ? undefined : this.#id;
    return data.length === 0 ? undefined : { event, data: data.join("\n"), id };
  }
}
