// All static checks: formatting, lint and types of both languages, and that the lock files are up
// to date. Shows one line each, and the output of those that failed.

import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommandError, run } from "../../ts/setup/run-command.ts";
import { checkPackage, checkVersions } from "./package-check.ts";
import { checkPackageLock } from "./package-lock.ts";
import { checkRequirementsLock, pythonTool } from "./python-tools.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const nodeTool = (name: string) => join(root, "node_modules", ".bin", name);
const command =
  (program: string, ...args: string[]) =>
  () =>
    run(program, args, { cwd: root });

const CHECKS: readonly (readonly [name: string, check: () => unknown])[] = [
  // By its path: tslab has an older compiler whose command has the same name.
  ["tsc", command(process.execPath, join(root, "node_modules/typescript/bin/tsc"))],
  ["mypy", command(pythonTool("mypy"))],
  ["biome", command(nodeTool("biome"), "ci", "--colors=off", ".")],
  ["ruff check", command(pythonTool("ruff"), "check")],
  ["ruff format", command(pythonTool("ruff"), "format", "--check")],
  ["elemtypes", command(pythonTool("python"), "arrow/generate.py", "--check")],
  ["golden vectors", command(pythonTool("python"), "arrow/make_vectors.py", "--check")],
  ["package-lock.json", () => checkPackageLock(root)],
  ["requirements.lock", () => checkRequirementsLock(root)],
  ["versions", () => checkVersions(root)],
  ["publint", () => checkPackage("publint")],
  ["attw", () => checkPackage("attw")],
];

/** Those that need the network once, and say so instead of failing. */
const LEAVES_OUT = new Set(["publint", "attw"]);

const waiting = [...CHECKS];
await Promise.all(Array.from({ length: availableParallelism() }, () => work()));

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, check] = next;
    try {
      const leftOut = await check();
      const mark = typeof leftOut === "string" && LEAVES_OUT.has(name) ? "-" : "✓";
      process.stdout.write(`${mark} ${name}${mark === "-" ? `: left out, ${leftOut}` : ""}\n`);
    } catch (error) {
      const output = error instanceof CommandError ? `\n${error.output.trim()}` : "";
      const reason = error instanceof Error ? error.message : String(error);
      process.stdout.write(`✗ ${name}: ${reason}${output}\n`);
      process.exitCode = 1;
    }
  }
}
