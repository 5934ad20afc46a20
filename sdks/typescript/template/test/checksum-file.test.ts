/** The job, without a server. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { Worker } from "windlass-sdk";
import { run } from "windlass-sdk/testing";

import { checksumFile, checksumFileIn } from "../src/jobs/checksum-file.js";

const directory = mkdtempSync(join(tmpdir(), "checksums-"));
after(() => rmSync(directory, { recursive: true }));
const worker = new Worker({ key: null }).job(checksumFile, checksumFileIn(directory));

test("a file has its checksum", async () => {
  const content = Buffer.alloc(100_000, "x");
  writeFileSync(join(directory, "a.bin"), content);
  const { state, result, progress, log } = await run(worker, "checksum-file", { path: "a.bin" });
  const sha256 = createHash("sha256").update(content).digest("hex");
  assert.deepEqual([state, result], ["succeeded", { sha256, bytes: 100_000 }]);
  assert.deepEqual(progress, { current: 100_000, total: 100_000, message: "a.bin" });
  assert.equal(log[0]?.message, "read a.bin");
});

test("an empty file has one too", async () => {
  writeFileSync(join(directory, "empty"), "");
  const { result } = await run(worker, "checksum-file", { path: "empty" });
  assert.equal((result as { bytes: number }).bytes, 0);
});

test("what is no file below the directory is refused for good", async () => {
  symlinkSync("/etc/passwd", join(directory, "link"));
  for (const path of ["none", ".", "../outside", "../../etc/passwd", "link"]) {
    const { state, error, retry } = await run(worker, "checksum-file", { path });
    assert.deepEqual([state, error?.category, retry], ["failed", "data_error", "never"], path);
  }
});

test("a payload of another shape is refused", async () => {
  for (const payload of [null, {}, { path: "" }, { path: 1 }]) {
    assert.equal((await run(worker, "checksum-file", payload)).error?.category, "data_error");
  }
});
