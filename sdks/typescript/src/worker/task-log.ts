/** The log of one task, as its handler writes it. */

import type { LogLevel, LogLine } from "../types.js";
import { jsonOf, wellFormed } from "./failure.js";

/** Bytes that a line's fields may have. */
const FIELDS_BYTES = 4 * 1024;

/** Writes lines for people; none of it waits or fails. `fields` is an object of further words, up to 4 KiB as JSON. */
export class TaskLog {
  readonly #write: (line: LogLine) => void;

  constructor(write: (line: LogLine) => void) {
    this.#write = write;
  }

  trace = (message: string, fields?: Record<string, unknown>): void => this.write("trace", message, fields);
  debug = (message: string, fields?: Record<string, unknown>): void => this.write("debug", message, fields);
  info = (message: string, fields?: Record<string, unknown>): void => this.write("info", message, fields);
  warn = (message: string, fields?: Record<string, unknown>): void => this.write("warn", message, fields);
  error = (message: string, fields?: Record<string, unknown>): void => this.write("error", message, fields);

  /** A line of a level. Fields for which the contract has no room are left out. */
  write(level: LogLevel, message: string, fields?: Record<string, unknown>): void {
    const json = jsonOf(fields);
    const fits = json === undefined || (Buffer.byteLength(json) <= FIELDS_BYTES && json.startsWith("{"));
    const line: LogLine = { message: wellFormed(String(message)) + (fits ? "" : " (fields left out: more than 4 KiB)"), level, at: new Date().toISOString() };
    if (json !== undefined && fits) line.fields = JSON.parse(json) as Record<string, never>;
    this.#write(line);
  }
}
