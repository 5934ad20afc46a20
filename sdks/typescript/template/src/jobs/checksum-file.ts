/** The job `checksum-file`. */

import { createHash } from "node:crypto";
import { open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";

import { type Context, defineJob, Failure, type HandlerOf } from "windlass-sdk";
import * as z from "zod";

/** Its type, for the worker and for producers in TypeScript. */
export const checksumFile = defineJob("checksum-file", {
  /** A file below the service's directory. */
  payload: z.object({ path: z.string().min(1) }),
  result: z.object({ sha256: z.string(), bytes: z.number() }),
});

type Payload = { path: string };
type Result = { sha256: string; bytes: number };

/** Its handler for a directory; what it needs is given here, so that a test gives its own. */
export function checksumFileIn(directory: string): HandlerOf<Payload, Result> {
  return async ({ path }, context) => {
    const root = await realpath(directory);
    const file = await realpath(join(root, path)).catch((error: unknown) => refuse(path, error));
    if (!file.startsWith(root + sep)) {
      throw new Failure("data_error", `${path} is not below the service's directory`, { neverRetry: true });
    }
    try {
      const result = await read(file, path, context);
      context.log.info(`read ${path}`, { bytes: result.bytes });
      return result;
    } catch (error) {
      return refuse(path, error);
    }
  };
}

async function read(file: string, path: string, context: Context): Promise<Result> {
  const [hash, opened] = [createHash("sha256"), await open(file)];
  try {
    const { size } = await opened.stat();
    let bytes = 0;
    // The signal ends the stream when the task is cancelled or its lease is lost.
    for await (const piece of opened.createReadStream({ autoClose: false, signal: context.signal })) {
      hash.update(piece as Buffer);
      bytes += (piece as Buffer).length;
      context.progress(bytes, Math.max(size, bytes), path);
    }
    return { sha256: hash.digest("hex"), bytes };
  } finally {
    await opened.close();
  }
}

/** What is no file is none tomorrow; any other error is a `system_error`, which the job's policy retries. */
function refuse(path: string, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (!["ENOENT", "ENOTDIR", "EISDIR"].includes(code)) throw error;
  throw new Failure("data_error", `${path} is no file`, { neverRetry: true, cause: error });
}
