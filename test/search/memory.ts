// Runs the slow check of the C code's memory, see memory.py: npm run test:memory [-- STEPS]

import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPython } from "../../ts/setup/python-env.ts";

const test = dirname(fileURLToPath(import.meta.url));
const [python, support] = [join(test, "../../py"), join(test, "../support")];
const path = [python, support, process.env.PYTHONPATH].filter(Boolean);
const { status, error } = spawnSync(
  findPython(),
  [join(test, "memory.py"), ...process.argv.slice(2)],
  { stdio: "inherit", env: { ...process.env, PYTHONPATH: path.join(delimiter) } },
);
if (error !== undefined) throw error;
process.exitCode = status ?? 1;
