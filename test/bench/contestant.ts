/** What is measured. */
export type Case = "call" | "chain" | "array" | "records" | "image" | "numpy" | "dct";

/** Elements of the array that chains of calls go over. */
export const CHAIN = 16;

/** How busy the machine is, and how long each side has slept. */
export const STATES = {
  onEnd: "calls on end",
  quiet: "after 5 ms of quiet",
  busy: "beside a busy loop",
} as const;
export type State = keyof typeof STATES;

/**
 * Runs an operation `count` times.
 * @returns How many milliseconds that took, by the clock of the process that did it.
 */
export type Run = (count: number, quiet?: boolean) => number | Promise<number>;

/** One way to call the program. */
export interface Contestant {
  readonly name: Name;
  /** Its process, if it has a separate one. */
  readonly pid?: number | undefined;
  /** The operation of a case on arrays of `size` elements; `undefined` where there is none. */
  prepare(what: Case, size: number): Run | undefined | Promise<Run | undefined>;
  close(): void | Promise<void>;
}

/** All contestants, with their colour in the chart; ours first. */
export const LABELS = {
  bridge: { label: "futhark-bridge, two awaits", colour: "#d9480f" },
  fromFuthark: { label: "futhark-bridge, fromFuthark(pending)", colour: "#a98467" },
  forgotten: { label: "futhark-bridge, nothing freed", colour: "#862e9c" },
  blocking: { label: "futhark-bridge, openSync", colour: "#f08c00" },
  zeroCopy: { label: "futhark-bridge, alloc and borrow", colour: "#c2255c" },
  python: { label: "futhark_bridge in Python", colour: "#5c940d" },
  ffi: { label: "P: futhark_ffi in Python", colour: "#1c5fa8" },
  koffi: { label: "koffi, in Node's process", colour: "#2b8a3e" },
  wasm: { label: "futhark wasm", colour: "#0c8599" },
  server: { label: "futhark server protocol", colour: "#495057" },
  pythoniaBase64: { label: "pythonia, base64", colour: "#7048e8" },
  pythonia: { label: "pythonia, lists", colour: "#ae3ec9" },
  memcpy: { label: "memcpy", colour: "#868e96" },
} as const;
export type Name = keyof typeof LABELS;

/** Times `count` turns of a loop. */
export async function timed(count: number, turn: () => unknown): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const result = turn();
    // A direct result is not awaited: `await` alone takes a large part of a call.
    if (result instanceof Promise) await result;
  }
  return performance.now() - start;
}

let last = new Float32Array();

/** The input array: 0, 1, 2, … as f32. All contestants read the same one. */
export function ramp(size: number): Float32Array {
  if (last.length !== size) {
    last = new Float32Array(size);
    for (let i = 0; i < size; i++) last[i] = i;
  }
  return last;
}

/** Checks that the measured results are right. */
export function checkScaled(name: string, result: Float32Array, size: number): void {
  const end = result[size - 1];
  const expected = Math.fround(2 * Math.fround(size - 1));
  if (result.length !== size || end !== expected) {
    throw new Error(`${name}: expected ${size} elements up to ${expected}, got ${end}`);
  }
}
