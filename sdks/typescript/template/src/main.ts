/** The service; the exit code is 2 where a setting is wrong, and 1 where the server refuses it. */

import { loggerFrom } from "./logger.js";
import { run } from "./service.js";
import { readSettings, SettingsError } from "./settings.js";

async function main(): Promise<number> {
  try {
    const settings = readSettings();
    await run(settings, loggerFrom(settings.logLevel));
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof SettingsError ? 2 : 1;
  }
}

// A handler that was left behind would keep the process.
process.exit(await main());
