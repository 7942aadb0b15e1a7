import { type Case, CHAIN, type Name, type State } from "./contestant.ts";
import { median, ratio } from "./interleave.ts";
import { LARGE, MEGAPIXEL, RECORDS } from "./parts/shapes.ts";
import { time } from "./report/time.ts";
import { curveSizes, type Results, samplesOf } from "./results.ts";

/** A limit on a time: `us` microseconds plus `times` another one. */
export interface Limit {
  readonly us: number;
  readonly times: number;
}

/** A goal, and how well it was reached. */
export interface Goal {
  readonly what: string;
  /** Number of elements, for goals that hold at every size. */
  readonly size?: number;
  readonly measured: string;
  readonly against: string;
  readonly must: string;
  readonly aim: string;
  /** The time as a multiple of the limit: the median over interleaved rounds. */
  readonly ofMust: number | undefined;
  readonly ofAim: number | undefined;
}

const limit = (us: number, times: number): Limit => ({ us, times });

/** Goals for every size, relative to P unless another is named. */
export const CURVE_GOALS: readonly {
  readonly what: string;
  readonly part: "curve" | "forgotten";
  readonly ours: Name;
  readonly theirs: Name;
  readonly must: Limit;
  readonly aim: Limit;
}[] = [
  ...(["bridge", "fromFuthark"] as const).map((ours) => ({
    what: `awaited, ${ours === "bridge" ? "two awaits" : "`fromFuthark(pending)`"}, freed`,
    ...{ part: "curve" as const, ours, theirs: "ffi" as const },
    ...{ must: limit(12, 1.5), aim: limit(8, 1.1) },
  })),
  {
    what: "awaited, nothing freed by hand",
    ...{ part: "forgotten", ours: "forgotten", theirs: "bridge" },
    ...{ must: limit(0, 1.5), aim: limit(0, 1.1) },
  },
  {
    what: "awaited, `alloc` and `borrow`",
    ...{ part: "curve", ours: "zeroCopy", theirs: "ffi" },
    ...{ must: limit(12, 1), aim: limit(8, 0.6) },
  },
  {
    what: "`openSync`",
    ...{ part: "curve", ours: "blocking", theirs: "ffi" },
    ...{ must: limit(10, 1.5), aim: limit(5, 1.1) },
  },
  {
    what: "`futhark_bridge` in process in Python",
    ...{ part: "curve", ours: "python", theirs: "ffi" },
    ...{ must: limit(0, 1.3), aim: limit(0, 1) },
  },
];

/** The goals at each size. */
export function curveGoals(results: Results): Goal[] {
  return CURVE_GOALS.flatMap(({ what, part, ours, theirs, must, aim }) =>
    curveSizes(results).flatMap((size) => {
      const samples = samplesOf(results, part, "array", size);
      if (samples[ours] === undefined) return [];
      return [{ ...compare(what, samples[ours], samples[theirs], theirs, must, aim), size }];
    }),
  );
}

/** The goals with a single figure each. */
export function singleGoals(results: Results): Goal[] {
  const pair = (
    what: string,
    [part, kind, size, state]: readonly ["shapes" | "states", Case, number, State?],
    [ours, theirs]: readonly [Name, Name],
    must: Limit,
    aim: Limit,
  ): Goal => {
    const samples = samplesOf(results, part, kind, size, state);
    return compare(what, samples[ours], samples[theirs], theirs, must, aim);
  };
  const shape = (kind: Case, size: number, name: Name): number[] | undefined =>
    samplesOf(results, "shapes", kind, size)[name];
  const { startUp } = results;
  const inUs = (ms?: readonly number[]): number[] | undefined => ms?.map((each) => each * 1000);
  return [
    pair(
      "awaited call of a scalar entry",
      ["shapes", "call", 1],
      ["bridge", "pythonia"],
      limit(0, 0.3),
      limit(5, 0),
    ),
    pair(
      "blocking call (`openSync`)",
      ["shapes", "call", 1],
      ["blocking", "pythonia"],
      limit(0, 0.2),
      limit(4, 0),
    ),
    pair(
      "pipelined chain on handles, per call",
      ["shapes", "chain", CHAIN],
      ["bridge", "ffi"],
      limit(0, 1.5),
      limit(0, 0.8),
    ),
    pair(
      "chained call on handles, `futhark_bridge` in Python",
      ["shapes", "chain", CHAIN],
      ["python", "ffi"],
      limit(0, 1.3),
      limit(0, 1),
    ),
    pair(
      "10⁵ records in and out",
      ["shapes", "records", RECORDS],
      ["bridge", "ffi"],
      limit(12, 1.5),
      limit(0, 1.1),
    ),
    compare(
      "image of a megapixel, as plain arrays",
      shape("image", MEGAPIXEL, "bridge"),
      shape("array", MEGAPIXEL, "bridge"),
      "bridge",
      limit(0, 1.1),
      limit(0, 1),
    ),
    compare(
      '40 MB through `fut.python("numpy")`',
      shape("numpy", LARGE, "bridge"),
      shape("array", LARGE, "memcpy"),
      "memcpy",
      limit(0, 0.1 * NUMPY_BEFORE),
      limit(0, 4),
    ),
    ...(["quiet", "busy"] as const).map((state) =>
      compare(
        `1 000 elements ${state === "quiet" ? "after 5 ms of quiet" : "beside a busy loop"}`,
        samplesOf(results, "states", "array", 1000, state).bridge,
        samplesOf(results, "states", "array", 1000).bridge,
        "bridge",
        limit(0, 2),
        limit(0, 1.5),
      ),
    ),
    ...(["quiet", "busy"] as const).map((state) =>
      pair(
        `scalar call ${state === "quiet" ? "after 5 ms of quiet" : "beside a busy loop"}`,
        ["states", "call", 1, state],
        ["bridge", "pythonia"],
        limit(0, 1),
        limit(0, 0.5),
      ),
    ),
    compare(
      "`open()` to first result",
      inUs(startUp?.bridge),
      inUs(startUp?.ffi),
      "ffi",
      limit(0, 1),
      limit(0, 0.7),
    ),
  ].filter(({ ofMust }) => ofMust !== undefined);
}

/** The time as a multiple of that of copying the bytes. */
const NUMPY_BEFORE = 40;

function compare(
  what: string,
  ours: readonly number[] | undefined,
  theirs: readonly number[] | undefined,
  name: Name,
  must: Limit,
  aim: Limit,
): Goal {
  const allowed =
    ({ us, times }: Limit) =>
    (other: number): number =>
      us + times * other;
  const other = NAMES[name] ?? name;
  return {
    what,
    measured: time(median(ours ?? [])),
    against: `${other}: ${time(median(theirs ?? []))}`,
    must: limitText(must, other),
    aim: limitText(aim, other),
    ofMust: ratio(ours, theirs, allowed(must)),
    ofAim: ratio(ours, theirs, allowed(aim)),
  };
}

const NAMES: Partial<Record<Name, string>> = { ffi: "P", bridge: "two awaits" };

function limitText({ us, times }: Limit, other: string): string {
  const [time, share] = [`${us} µs`, `${Number(times.toPrecision(3))} × ${other}`];
  return times === 0 ? time : us === 0 ? share : `${time} + ${share}`;
}
