import { spawn } from "node:child_process";
import { once } from "node:events";
import { type Case, CHAIN, type Contestant, type Name, type State } from "../contestant.ts";
import type { Budget } from "../effort.ts";
import { interleave } from "../interleave.ts";
import { type Log, line, type Measured } from "../results.ts";

const NAMES: readonly Name[] = [
  "bridge",
  "blocking",
  "python",
  "ffi",
  "pythonia",
  "pythoniaBase64",
];
const CASES: readonly (readonly [Case, number])[] = [
  ["call", 1],
  ["chain", CHAIN],
  ["array", 1000],
  ["array", 100_000],
];
const SPIN = "process.stdout.write('.'); for (;;);";

/** The same operations while both sides are awake, after they have slept, and beside a busy loop. */
export async function measureStates(
  contestants: readonly Contestant[],
  { small }: Budget,
  log: Log,
): Promise<Measured[]> {
  const able = contestants.filter(({ name }) => NAMES.includes(name));
  const measured: Measured[] = [];
  for (const [what, size] of CASES) {
    for (const state of ["onEnd", "quiet", "busy"] as const satisfies readonly State[]) {
      if (what === "chain" && state === "quiet") continue; // it has no single calls
      const spin = state === "busy" ? await startSpin() : undefined;
      const warmMs = state === "onEnd" ? small.warmMs : 0;
      const samples = await interleave(able, what, size, { ...small, warmMs, state });
      spin?.kill();
      measured.push({ part: "states", what, size, state, samples });
      log(`${line({ what, size, samples })} (${state})`);
    }
  }
  return measured;
}

/** Another program that keeps one processor busy. */
async function startSpin() {
  const child = spawn(process.execPath, ["-e", SPIN], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}
