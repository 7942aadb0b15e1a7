import { goals } from "../goals.ts";
import { median } from "../interleave.ts";
import type { Results } from "../results.ts";

/** The results as JSON: each series by its median, its least value and its number of turns. */
export function report(results: Results): string {
  const { machine, backend, quick, measured, startUp, memory, absent } = results;
  const content = {
    machine,
    backend,
    quick,
    goals: goals(results),
    microseconds: measured.map(({ what, size, samples }) => ({
      what,
      size,
      ...series(samples),
    })),
    milliseconds: startUp === undefined ? null : { what: "start", ...series({ ...startUp }) },
    extraBytes: memory ?? null,
    absent,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function series(samples: Readonly<Record<string, readonly number[] | undefined>>): object {
  const entries = Object.entries(samples).map(([name, values = []]) => [
    name,
    { median: round(median(values)), min: round(Math.min(...values)), turns: values.length },
  ]);
  return { contestants: Object.fromEntries(entries) };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
