/** The settings: their defaults, and what is said of wrong ones. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { readSettings } from "../src/settings.js";

test("a directory is enough", () => {
  const settings = readSettings({ CHECKSUMS_DIRECTORY: "/" });
  assert.deepEqual(settings, { directory: "/", concurrency: 4, host: "127.0.0.1", port: 9090, logLevel: "info" });
});

test("all of them may be given", () => {
  const settings = readSettings({
    CHECKSUMS_DIRECTORY: "/",
    CHECKSUMS_CONCURRENCY: "1000",
    CHECKSUMS_LISTEN: "[::]:0",
    CHECKSUMS_LOG_LEVEL: "debug",
  });
  assert.deepEqual(settings, { directory: "/", concurrency: 1000, host: "::", port: 0, logLevel: "debug" });
});

test("all that is wrong is told at once", () => {
  const wrong = { CHECKSUMS_CONCURRENCY: "1001", CHECKSUMS_LISTEN: "9090", CHECKSUMS_LOG_LEVEL: "loud" };
  assert.throws(() => readSettings(wrong), {
    name: "SettingsError",
    message: [
      "CHECKSUMS_DIRECTORY is missing: it is to name a directory",
      "CHECKSUMS_CONCURRENCY is to be a whole number from 1 to 1000, not '1001'",
      "CHECKSUMS_LISTEN is to be like 127.0.0.1:9090, not '9090'",
      "CHECKSUMS_LOG_LEVEL is to be one of debug, info, warn, error, not 'loud'",
    ].join("\n"),
  });
  assert.throws(() => readSettings({ CHECKSUMS_DIRECTORY: "/nowhere" }), /'\/nowhere' is none/);
});
