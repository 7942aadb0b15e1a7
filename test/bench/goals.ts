import type { Case, Name } from "./contestant.ts";
import { median, ratio } from "./interleave.ts";
import type { Results } from "./results.ts";

/** One thing that the bridge has to be good at, and how good it was. */
export interface Goal {
  readonly what: string;
  /** What was measured, in words. */
  readonly measured: string;
  /** Beside what. */
  readonly against: string;
  /** The median of the ratios of turns side by side: what counts. */
  readonly ratio: number | undefined;
  /** The ratio of the best turns: less disturbed by what else the machine does. */
  readonly bestRatio: number | undefined;
  readonly mustReach: string;
  readonly aim: string;
  /** Whether they were; `undefined` where it was not measured. */
  readonly reached: boolean | undefined;
  readonly aimed: boolean | undefined;
}

/** The goals, each with its figure. */
export function goals(results: Results): Goal[] {
  const find = (what: Case, size: number) =>
    results.measured.find((one) => one.what === what && one.size === size)?.samples ?? {};
  const pair = (
    text: string,
    what: Case,
    size: number,
    ours: Name,
    theirs: Name,
    must: number,
    aim: Aim,
  ): Goal => {
    const samples = find(what, size);
    return goal(text, samples[ours], samples[theirs], theirs, 1, must, aim);
  };
  const { startUp } = results;
  return [
    pair("awaited call of a scalar entry", "call", 1, "bridge", "pythonia", 0.5, { us: 10 }),
    pair("blocking call (`openSync`)", "call", 1, "blocking", "pythonia", 0.25, { us: 6 }),
    pair("pipelined calls on device values, per call", "chain", CHAIN, "bridge", "ffi", 2, 1),
    pair("40 MB in, entry, out, zero copy", "array", LARGE, "zeroCopy", "ffi", 1, 0.7),
    pair("the same with ordinary typed arrays", "array", LARGE, "bridge", "ffi", 1.6, 1.2),
    pair("1 000 elements in and out, awaited", "array", 1000, "bridge", "ffi", 3, 2),
    goal("`open()` to first result", startUp?.bridge, startUp?.ffi, "ffi", 1000, 1.5, 1.2),
    ...memoryGoals(results),
  ];
}

/** A ratio, or a time in itself. */
type Aim = number | { readonly us: number };

function goal(
  what: string,
  ours: readonly number[] | undefined,
  theirs: readonly number[] | undefined,
  name: "ffi" | Name,
  unitUs: number,
  must: number,
  aim: Aim,
): Goal {
  const found = ratio(ours, theirs);
  const us = ours === undefined ? Number.NaN : median(ours) * unitUs;
  const other = name === "ffi" ? "P" : name;
  const measured = found !== undefined;
  return {
    what,
    measured: measured ? time(us) : "not measured",
    against: measured ? `${other}: ${time(median(theirs ?? []) * unitUs)}` : other,
    ratio: found,
    bestRatio: measured ? Math.min(...(ours ?? [])) / Math.min(...(theirs ?? [])) : undefined,
    mustReach: `${must} × ${other}`,
    aim: typeof aim === "number" ? `${aim} × ${other}` : time(aim.us),
    reached: measured ? found <= must : undefined,
    aimed: measured ? (typeof aim === "number" ? found <= aim : us <= aim.us) : undefined,
  };
}

function memoryGoals({ memory }: Results): Goal[] {
  const copies = (text: string, bytes: number | undefined, must: number): Goal => {
    const count = bytes === undefined ? undefined : bytes / (memory?.arrayBytes ?? 1);
    // Node's own heap moves by some megabytes meanwhile.
    const within = count === undefined ? undefined : count <= must + SLACK;
    return {
      what: `Node's memory while ${size(memory?.arrayBytes)} go through, ${text}`,
      measured: bytes === undefined ? "not measured" : `${(bytes / 1e6).toFixed(0)} MB more`,
      against: `array: ${size(memory?.arrayBytes)}`,
      ratio: count === undefined ? undefined : Math.max(0, count),
      bestRatio: undefined,
      mustReach: must === 0 ? "none" : `${must} extra copy`,
      aim: "none",
      reached: within,
      aimed: count === undefined ? undefined : count <= SLACK,
    };
  };
  return [
    copies("ordinary typed arrays", memory?.typedArrays, 1),
    copies("zero copy", memory?.zeroCopy, 0),
  ];
}

function size(bytes: number | undefined): string {
  return bytes === undefined ? "an array" : `${(bytes / 1e6).toFixed(0)} MB`;
}

/** A time in the unit that suits it. */
export function time(us: number): string {
  const [value, unit] = us < 1000 ? [us, "µs"] : us < 1e6 ? [us / 1000, "ms"] : [us / 1e6, "s"];
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
}

/** Elements of the array that chains of calls go over. */
export const CHAIN = 16;
/** Elements of an array of 40 MB. */
export const LARGE = 1e7;
const SLACK = 0.1;
