import { type FutharkArray, type FutharkModule, nd } from "../../ts/index.ts";

/** The three parts of a series; they sum up to it. */
export interface Decomposition {
  readonly season: Float32Array;
  readonly trend: Float32Array;
  readonly remainder: Float32Array;
}

/**
 * Decomposes one series by STL (seasonal and trend decomposition by loess) with a module of
 * hastl, `hastl._stl_c` say.
 *
 * Its `main` takes a batch of series and sixteen numbers. hastl's Python class has defaults for
 * most of them; these are the same.
 * @param period Observations in a cycle, 12 for months.
 * @param seasonalWindow How many cycles the loess of the season looks at: odd, at least 7.
 */
export async function decompose(
  fut: FutharkModule,
  series: Float32Array,
  period: number,
  seasonalWindow: number,
): Promise<Decomposition> {
  const trendWindow = nextOdd((1.5 * period) / (1 - 1.5 / seasonalWindow));
  const lowPassWindow = nextOdd(period);
  const windows = [seasonalWindow, trendWindow, lowPassWindow];
  const degrees = [1, 1, 1];
  const jumps = windows.map((window) => Math.ceil(window / 10));
  const iterations = [2, 1]; // inner; outer, for robustness
  const cpuThresholds = [10_000_000, 16, 511, 1023]; // versions of the code, for tuning on GPUs
  const parts = await fut.entry.main(
    nd(series, [1, series.length]),
    period,
    ...windows,
    ...degrees,
    ...jumps,
    ...iterations,
    ...cpuThresholds,
  );
  const [season, trend, remainder] = await Promise.all(
    (parts as FutharkArray<"f32">[]).map((part) => part.values()), // three of [][]f32
  );
  if (!season || !trend || !remainder) throw new Error("main returned fewer than three arrays");
  return { season, trend, remainder };
}

function nextOdd(x: number): number {
  const rounded = Math.round(x);
  return rounded % 2 === 0 ? rounded + 1 : rounded;
}
