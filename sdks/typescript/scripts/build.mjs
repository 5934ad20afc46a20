// Builds the package into dist/: the types of the server's document, then the sources twice, as ES modules and as CommonJS.
//
// CommonJS is compiled from a copy that says `"type": "commonjs"`, so that both see their dependencies as they will when they run.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);
const document = process.env["WINDLASS_OPENAPI"] ?? join(root, "..", "..", "openapi", "openapi.json");

/** Runs a tool of a package that is installed. */
function tool(name, file, ...args) {
  const program = join(dirname(require.resolve(`${name}/package.json`)), file);
  execFileSync(process.execPath, [program, ...args], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
}

if (!existsSync(document)) throw new Error(`${document} is missing: WINDLASS_OPENAPI names the server's document`);
const generated = join(root, "src", "generated");
rmSync(join(root, "dist"), { recursive: true, force: true });
mkdirSync(generated, { recursive: true });
tool("openapi-typescript", "bin/cli.js", document, "--output", join(generated, "schema.ts"));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
writeFileSync(join(generated, "version.ts"), `/** The version of this package. */\nexport const VERSION = ${JSON.stringify(version)};\n`);

tool("typescript", "bin/tsc", "--project", root);
const copy = join(root, "dist", "commonjs");
cpSync(join(root, "src"), join(copy, "src"), { recursive: true });
cpSync(join(root, "tsconfig.json"), join(copy, "tsconfig.json"));
writeFileSync(join(copy, "package.json"), '{ "type": "commonjs" }\n');
tool("typescript", "bin/tsc", "--project", copy, "--outDir", join(root, "dist", "cjs"));
writeFileSync(join(root, "dist", "cjs", "package.json"), '{ "type": "commonjs" }\n');
rmSync(copy, { recursive: true });
