/** What the environment says, checked at the start: all that is wrong is told at once. */

import { statSync } from "node:fs";

import { isLevel, LEVELS, type Level } from "./logger.js";

/** The service's own settings; where the server is, and the key, is read by the SDK. */
export interface Settings {
  /** Whose files are read. */
  readonly directory: string;
  /** Tasks at once. */
  readonly concurrency: number;
  /** Where health and metrics are served. */
  readonly host: string;
  readonly port: number;
  readonly logLevel: Level;
}

/** One line for each setting that cannot be used. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of an environment; throws a {@link SettingsError}. */
export function readSettings(environment: Environment = process.env): Settings {
  const wrong: string[] = [];
  const text = (name: string, otherwise: string): string => environment[name] || otherwise;

  const directory = text("CHECKSUMS_DIRECTORY", "");
  if (directory === "") wrong.push("CHECKSUMS_DIRECTORY is missing: it is to name a directory");
  else if (!isDirectory(directory))
    wrong.push(`CHECKSUMS_DIRECTORY is to name a directory, and '${directory}' is none`);

  const concurrency = text("CHECKSUMS_CONCURRENCY", "4");
  if (!isWhole(concurrency, 1, 1_000))
    wrong.push(`CHECKSUMS_CONCURRENCY is to be a whole number from 1 to 1000, not '${concurrency}'`);

  const listen = text("CHECKSUMS_LISTEN", "127.0.0.1:9090");
  const [, host = "", port = ""] = /^\[?(.+?)\]?:(\d+)$/.exec(listen) ?? [];
  if (host === "" || !isWhole(port, 0, 65_535))
    wrong.push(`CHECKSUMS_LISTEN is to be like 127.0.0.1:9090, not '${listen}'`);

  const logLevel = text("CHECKSUMS_LOG_LEVEL", "info");
  if (!isLevel(logLevel)) wrong.push(`CHECKSUMS_LOG_LEVEL is to be one of ${LEVELS.join(", ")}, not '${logLevel}'`);

  if (wrong.length > 0 || !isLevel(logLevel)) throw new SettingsError(wrong.join("\n"));
  return { directory, concurrency: Number(concurrency), host, port: Number(port), logLevel };
}

function isWhole(text: string, least: number, most: number): boolean {
  return /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
