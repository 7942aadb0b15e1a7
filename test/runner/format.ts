// Formats all code of both languages, sorts imports, and applies the fixes that are safe.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../ts/setup/run-command.ts";
import { pythonTool } from "./python-tools.ts";

const cwd = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const biome = join(cwd, "node_modules", ".bin", "biome");
const ruff = pythonTool("ruff");
process.stdout.write(await run(biome, ["check", "--write", "--linter-enabled=false"], { cwd }));
process.stdout.write(await run(ruff, ["check", "--fix", "--exit-zero", "--quiet"], { cwd }));
process.stdout.write(await run(ruff, ["format"], { cwd }));
