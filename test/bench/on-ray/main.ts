// Two actors of a cluster of two nodes on this machine, beside two workers and plain Ray in Python:
//
//   npm run bench:ray                 all lengths and sizes, about ten minutes
//   npm run bench:ray -- quick        a few of them
//
// Efficiency is the time that the tasks take in one worker without their transfer, over twice the
// time that passed. On a machine with two processors, what moves the data takes part of them.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type FutharkPool, nd, openPool } from "../../../ts/index.ts";
import { pythonFolder } from "../../../ts/setup/places.ts";
import { RAY_PYTHON, startTwoNodes } from "../../on-ray/cluster.ts";

const program = fileURLToPath(new URL("work.fut", import.meta.url));
const quick = process.argv.includes("quick");
const LENGTHS_MS = quick ? [1, 10, 50] : [1, 2, 5, 10, 20, 50, 100];
const SIZES = quick ? [250, 250_000] : [250, 25_000, 250_000, 2_500_000, 10_000_000];
const BUDGET_MS = quick ? 1500 : 3000;

const nodes = await startTwoNodes([pythonFolder(undefined)]);
try {
  await using local = await openPool(program, { backend: "c", workers: 2 });
  await using pool = await openPool(program, {
    ...{ on: "ray", address: nodes.address, actors: 2, backend: "c" },
    ...{ env: nodes.env, python: RAY_PYTHON, output: "ignore" },
  });
  const stepsPerMs = await calibrate(local);
  const contestants: Record<
    string,
    (size: number, steps: bigint, count: number) => Promise<number>
  > = {
    local: (...work) => mapped(local, ...work),
    ray: (...work) => mapped(pool, ...work),
  };
  const tasks = [
    ...LENGTHS_MS.map((ms) => ({ size: 250, ms })),
    ...SIZES.slice(1).map((size) => ({ size, ms: 20 })),
  ];
  const rows = await measure(contestants, tasks, stepsPerMs);
  await pool.close();
  const plain = await startPlain();
  const last = await measure({ plain: plain.run }, tasks, stepsPerMs);
  await plain.end();
  console.log("bytes      task ms    two workers    pool on Ray    plain Ray");
  tasks.forEach(({ size, ms }, i) => {
    const of = (name: string): string => {
      const row = (rows[i] as Row)[name] ?? (last[i] as Row)[name];
      const { each, efficiency } = row as { each: number; efficiency: number };
      return `${efficiency.toFixed(0).padStart(3)} % ${each.toFixed(1).padStart(7)} ms`;
    };
    console.log(
      `${String(4 * size).padEnd(10)} ${String(ms).padEnd(8)} ${of("local")}  ${of("ray")}  ${of("plain")}`,
    );
  });
} finally {
  await nodes.end();
}

type Row = Record<string, { each: number; efficiency: number }>;

async function calibrate(pool: FutharkPool): Promise<number> {
  const steps = 10_000_000n;
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const started = performance.now();
    await pool.entry.work(Float32Array.of(1), steps);
    best = Math.min(best, performance.now() - started);
  }
  return Number(steps) / best;
}

async function mapped(
  pool: FutharkPool,
  size: number,
  steps: bigint,
  count: number,
): Promise<number> {
  const xs = nd(new Float32Array(size).fill(1));
  const inputs = Array.from({ length: count }, () => [xs, steps]);
  const started = performance.now();
  await pool.map("work", inputs);
  return performance.now() - started;
}

async function measure(
  contestants: Record<string, (size: number, steps: bigint, count: number) => Promise<number>>,
  tasks: readonly { size: number; ms: number }[],
  stepsPerMs: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { size, ms } of tasks) {
    const count = Math.max(8, Math.min(500, Math.floor(BUDGET_MS / ms)));
    const steps = BigInt(Math.round(ms * stepsPerMs));
    const row: Row = {};
    for (const [name, run] of Object.entries(contestants)) {
      await run(size, steps, 4);
      const times = [await run(size, steps, count), await run(size, steps, count)];
      const took = Math.min(...times);
      row[name] = { each: took / count, efficiency: (100 * count * ms) / (2 * took) };
    }
    rows.push(row);
  }
  return rows;
}

async function startPlain() {
  const script = fileURLToPath(new URL("plain.py", import.meta.url));
  const env = {
    ...process.env,
    PYTHONPATH: pythonFolder(undefined),
    ...nodes.env,
    RAY_ADDRESS_OF_BENCH: nodes.address,
  };
  const child = spawn(RAY_PYTHON, [script, program], { env, stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    run: async (size: number, steps: bigint, count: number): Promise<number> => {
      child.stdin.write(`${size} ${steps} ${count}\n`);
      return Number((await lines.next()).value);
    },
    end: async () => {
      child.stdin.end();
      await new Promise((resolve) => child.once("exit", resolve));
    },
  };
}
