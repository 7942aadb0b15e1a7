import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./python.ts";

/** Monthly means without a gap; NaN where nothing was measured. */
export interface MonthlySeries {
  readonly firstYear: number;
  /** Month of the first value, counted from 0. */
  readonly firstMonth: number;
  readonly values: Float32Array;
}

/** Reads the carbon dioxide in the air at Mauna Loa, in ppm, from March 1958 on. */
export async function readCo2(): Promise<MonthlySeries> {
  const file = join(root, "node_modules", "vega-datasets", "data", "co2-concentration.csv");
  const [, ...lines] = (await readFile(file, "utf8")).trim().split(/\r?\n/);
  const rows = lines.map((line) => {
    const [date = "", ppm = ""] = line.split(",");
    const [year = Number.NaN, month = Number.NaN] = date.split("-").map(Number);
    return { at: 12 * year + month - 1, ppm: ppm === "" ? Number.NaN : Number(ppm) };
  });
  const first = rows[0]?.at ?? 0;
  const last = rows.at(-1)?.at ?? 0;
  const values = new Float32Array(last - first + 1).fill(Number.NaN);
  for (const { at, ppm } of rows) values[at - first] = ppm;
  return { firstYear: Math.floor(first / 12), firstMonth: first % 12, values };
}

/** Year and month (counted from 0) of a value of the series. */
export function dateOf(series: MonthlySeries, index: number): { year: number; month: number } {
  const month = series.firstMonth + index;
  return { year: series.firstYear + Math.floor(month / 12), month: month % 12 };
}
