// A CFFI module that nobody here wrote, called from Node: hastl, from PyPI, splits the
// carbon dioxide in the air at Mauna Loa into season, trend and remainder.

import { Command, InvalidArgumentError, Option } from "commander";
import { open } from "../../ts/index.ts";
import { dateOf, type MonthlySeries, readCo2 } from "./co2-series.ts";
import { projectPython } from "./python.ts";
import { type Decomposition, decompose } from "./stl.ts";

interface Options {
  readonly backend: "c" | "multicore";
  readonly window: number;
  readonly python: string;
}

const MONTHS =
  "January February March April May June July August September October November December";

const { backend, window, python } = new Command("stl-co2")
  .description("Decomposes the Mauna Loa CO2 series with PyPI's hastl, called from Node.")
  .addOption(
    new Option("--backend <name>", "module of hastl").choices(["c", "multicore"]).default("c"),
  )
  .option("--window <years>", "years that the smoothing of the season looks at", parseWindow, 35)
  .addOption(
    new Option("--python <path>", "Python interpreter that has hastl").default(
      projectPython,
      "the project's own",
    ),
  )
  .parse()
  .opts<Options>();

const series = await readCo2();
await using fut = await open(`hastl._stl_${backend}`, { python });
const start = performance.now();
const parts = await decompose(fut, series.values, 12, window);
const ms = (performance.now() - start).toFixed(1);

const missing = series.values.filter(Number.isNaN).length;
console.log(`CO2 at Mauna Loa: ${series.values.length} months (${missing} without a value),`);
console.log(`decomposed by hastl._stl_${backend} in ${ms} ms, there and back\n`);
printTrend(series, parts);
printSeason(series, parts);

function parseWindow(text: string): number {
  const years = Number(text);
  if (Number.isInteger(years) && years >= 7 && years % 2 === 1) return years;
  throw new InvalidArgumentError("expected an odd whole number, 7 or more");
}

function printTrend(series: MonthlySeries, { trend, season, remainder }: Decomposition): void {
  console.log("January of    trend    higher than ten    season from    largest remainder");
  console.log("                ppm      years ago by       low to high    in these ten years");
  for (let index = 0; index < trend.length; index++) {
    const { year, month } = dateOf(series, index);
    if (month !== 0 || year % 10 !== 0) continue;
    const now = trend[index] ?? Number.NaN;
    const grown = index < 120 ? "" : (now - (trend[index - 120] ?? Number.NaN)).toFixed(2);
    const cycle = season.subarray(index, index + 12);
    const swing = cycle.length < 12 ? "" : (Math.max(...cycle) - Math.min(...cycle)).toFixed(2);
    const left = remainder.subarray(index, index + 120).filter((x) => !Number.isNaN(x));
    const most = Math.max(...left.map(Math.abs)).toFixed(2);
    console.log(
      `${String(year).padStart(10)}${now.toFixed(2).padStart(9)}` +
        `${grown.padStart(19)}${swing.padStart(15)}${most.padStart(21)}`,
    );
  }
}

function printSeason(series: MonthlySeries, { season }: Decomposition): void {
  const end = season.length - 12;
  const last = Array.from(season.subarray(end), (ppm, i) => ({ ppm, ...dateOf(series, end + i) }));
  const perPpm = 6;
  const middle = perPpm * Math.ceil(Math.max(...last.map(({ ppm }) => -ppm)));
  console.log("\nThe season in the last twelve months, as ppm above and below the trend\n");
  for (const { ppm, month } of last.sort((a, b) => a.month - b.month)) {
    const bar = "█".repeat(Math.round(Math.abs(ppm) * perPpm));
    const line = ppm < 0 ? `${bar.padStart(middle)}│` : `${" ".repeat(middle)}│${bar}`;
    console.log(
      `${(MONTHS.split(" ")[month] ?? "").padStart(10)} ${ppm.toFixed(2).padStart(6)} ${line}`,
    );
  }
}
