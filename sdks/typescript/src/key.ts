/**
 * The key that a client shows to the server, and where it comes from.
 *
 * Its text is shown nowhere: in no printed form, no error and no log line. A file is read when the client is made, and again when a call is
 * refused with 401, since keys rotate. What is no key when the client is made is an error that names where it was looked for. A file
 * that cannot be read again, or by then holds no key, leaves the key as it was.
 */

import { closeSync, openSync, readSync } from "node:fs";
import { open, stat } from "node:fs/promises";

import { SettingError } from "./errors.js";
import type { Logger } from "./logger.js";

/** A key as `windlass key create` printed it, a file that holds one alone on one line, or null for none, whatever the environment says. */
export type KeySource = string | { file: string } | null;

const VARIABLE = "WINDLASS_KEY";
const FILE_VARIABLE = "WINDLASS_KEY_FILE";
/** The longest key, in bytes. */
const LONGEST = 512;
const NO_KEY = "is not one line of 1 to 512 visible ASCII characters";

/** A client's key as it is at present; possibly none. */
export class PresentKey {
  /** Where it comes from, for people; none without a key. */
  readonly origin: string | undefined;
  readonly #file: string | undefined;
  #text: string | undefined;
  #reading: Promise<void> | undefined;

  private constructor(origin?: string, text?: string, file?: string) {
    this.origin = origin;
    this.#text = text;
    this.#file = file;
  }

  /** The key of a source; without one that of the environment. */
  static read(source: KeySource | undefined, environment: Record<string, string | undefined> = process.env): PresentKey {
    if (source === undefined) return PresentKey.#ofEnvironment(environment);
    if (source === null) return new PresentKey();
    if (typeof source === "string") return PresentKey.#ofText("the program", source);
    return PresentKey.#ofFile(`the file ${source.file}`, source.file);
  }

  static #ofEnvironment(environment: Record<string, string | undefined>): PresentKey {
    const [text, file] = [environment[VARIABLE], environment[FILE_VARIABLE]];
    if (text && file) throw new SettingError(`${VARIABLE} is set, and so is ${FILE_VARIABLE}`);
    if (text) return PresentKey.#ofText(VARIABLE, text);
    return file ? PresentKey.#ofFile(`${FILE_VARIABLE} (${file})`, file) : new PresentKey();
  }

  static #ofText(origin: string, text: string): PresentKey {
    const key = line(text);
    if (key === undefined) throw new SettingError(`${origin} ${NO_KEY}`);
    return new PresentKey(origin, key);
  }

  static #ofFile(origin: string, file: string): PresentKey {
    let text: string;
    try {
      text = beginning(file);
    } catch (error) {
      throw new SettingError(`${origin} cannot be read: ${(error as Error).message}`, { cause: error });
    }
    const key = line(text);
    if (key === undefined) throw new SettingError(`${origin} ${NO_KEY}`);
    return new PresentKey(origin, key, file);
  }

  /** What is sent as `Authorization`, if there is a key. */
  header(): string | undefined {
    return this.#text === undefined ? undefined : `Bearer ${this.#text}`;
  }

  /** Whether the key is another one than the header that was refused, once its file was read again. */
  async isRenewed(refused: string | undefined, logger: Logger): Promise<boolean> {
    if (refused === undefined) return false;
    if (this.header() === refused && this.#file !== undefined) {
      this.#reading ??= this.#readAgain(this.#file, logger).finally(() => (this.#reading = undefined));
      await this.#reading;
    }
    return this.header() !== refused;
  }

  async #readAgain(file: string, logger: Logger): Promise<void> {
    try {
      // A pipe was read to its end when the client was made, and might never come to another.
      if (!(await stat(file)).isFile()) throw new Error("no regular file");
      const handle = await open(file);
      try {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(LONGEST + 3), 0, LONGEST + 3, 0);
        const key = line(buffer.toString("latin1", 0, bytesRead));
        if (key === undefined) logger.warn(`the key from ${this.origin} ${NO_KEY}`);
        else this.#text = key;
      } finally {
        await handle.close();
      }
    } catch (error) {
      logger.warn(`cannot read the key from ${this.origin} again`, { error: (error as Error).message });
    }
  }
}

/** So much of a file that a longer one is known as such. */
function beginning(file: string): string {
  const descriptor = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(LONGEST + 3);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(descriptor, buffer, length, buffer.length - length, null);
    }
    return buffer.toString("latin1", 0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** The key that is the only line of a text. */
function line(text: string): string | undefined {
  const key = text.replace(/\r?\n$/, "");
  return key.length <= LONGEST && /^[\x21-\x7e]+$/.test(key) ? key : undefined;
}
