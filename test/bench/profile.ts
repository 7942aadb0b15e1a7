// Shows where calls that miss the goals spend their time: `npm run profile`.

import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Block } from "../../ts/memory/block.ts";
import { slabPool } from "../../ts/memory/slab-pool.ts";
import { findPython } from "../../ts/setup/python-env.ts";
import { workerEnv } from "../../ts/worker/worker-options.ts";
import { median } from "./interleave.ts";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const LARGE = 1e7;
const ROUNDS = 15;

function show(name: string, run: () => void): void {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  console.log(`  ${name.padEnd(44)}${(median(times) * 1000).toFixed(2).padStart(12)} us`);
}

function copies(block: Block): void {
  const input = new Float32Array(LARGE).fill(1);
  const there = new Float32Array(LARGE).fill(1);
  console.log("40 MB in Node:");
  show("copy in", () => block.copyIn(input));
  show("page-fault fresh memory for the result", () => block.prefault(new Float32Array(LARGE)));
  show("copy out, to memory that is mapped", () => block.copyOut(there));
}

function runPython(script: string, ...args: string[]): string {
  const path = [join(FOLDER, "../../py"), process.env.PYTHONPATH].filter(Boolean).join(delimiter);
  const env = { ...workerEnv({}), PYTHONPATH: path };
  const { status, stdout } = spawnSync(findPython(), [join(FOLDER, script), ...args], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
  return stdout;
}

const built = JSON.parse(runPython("build_program.py", join(FOLDER, "bench.fut"), "c"));
process.stdout.write(runPython("profile_worker.py", built.module));
const block = slabPool()?.take(4 * LARGE);
if (block !== undefined) copies(block);
