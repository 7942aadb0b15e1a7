import type { Measured } from "./bench-program.ts";

/** The results of a program. */
export interface BenchResult {
  readonly program: string;
  readonly measured: readonly Measured[];
}

/** Describes one result in a line. */
export function benchLine(measured: Measured): string {
  const { entry, name } = measured;
  const label = `  ${entry}, ${name}:`;
  if ("failure" in measured) return `${label} ${measured.failure.replaceAll("\n", "\n    ")}`;
  const sorted = measured.runtimes.toSorted((a, b) => a - b);
  const mean = sorted.reduce((sum, time) => sum + time, 0) / sorted.length;
  const texts = [`mean ${time(mean)}`, `median ${time(median(sorted))}`, `min ${time(sorted[0])}`];
  return `${label} ${texts.join(", ")} (${sorted.length} run${sorted.length === 1 ? "" : "s"})`;
}

/** Formats the results as `futhark bench --json` does, for `futhark benchcmp`. */
export function benchJson(results: readonly BenchResult[]): string {
  const programs: Record<string, { datasets: Record<string, unknown> }> = {};
  for (const { program, measured } of results) {
    for (const one of measured) {
      const name = one.entry === "main" ? program : `${program}:${one.entry}`;
      programs[name] ??= { datasets: {} };
      programs[name].datasets[one.name] =
        "failure" in one ? one.failure : { runtimes: one.runtimes.map(Math.round), bytes: {} };
    }
  }
  return JSON.stringify(programs, null, 2);
}

function median(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const [above = 0, below = 0] = [sorted[middle], sorted[middle - 1]];
  return sorted.length % 2 === 1 ? above : (above + below) / 2;
}

/** Formats microseconds with three digits, in the unit that suits them. */
function time(microseconds = 0): string {
  const units = [
    [1e6, "s"],
    [1e3, "ms"],
  ] as const;
  const [size, unit] = units.find(([least]) => microseconds >= least) ?? [1, "µs"];
  return `${(microseconds / size).toPrecision(3).replace(/e\+2$/, "00")} ${unit}`;
}
