import { cpus, totalmem } from "node:os";
import { run } from "../../ts/setup/run-command.ts";
import type { Case, Name, State } from "./contestant.ts";
import { median, type Samples } from "./interleave.ts";
import type { Forgotten } from "./parts/forgotten.ts";
import type { Memory } from "./parts/memory.ts";
import type { Scale } from "./parts/scale.ts";
import type { StartUp } from "./parts/start-up.ts";
import { time } from "./report/time.ts";

/** The parts of a default run; each can be measured alone, and the others are kept. */
export const PARTS = ["curve", "forgotten", "states", "shapes", "start", "memory"] as const;
/** Measured only when asked for: a program of a thousand entry points takes long to build. */
export type Part = (typeof PARTS)[number] | "scale";

/** One case at one size. */
export interface Measured {
  readonly part: Part;
  readonly what: Case;
  /** Elements of the array; of a scalar, 1. */
  readonly size: number;
  readonly state: State;
  readonly samples: Samples;
}

/** All that was measured: what is kept as JSON, and what tables and chart are made of. */
export interface Results {
  readonly machine: Machine;
  readonly backend: string;
  readonly quick: boolean;
  readonly measured: readonly Measured[];
  readonly forgotten?: readonly Forgotten[];
  readonly startUp?: StartUp;
  readonly memory?: Memory;
  readonly scale?: Scale;
  /** Contestants and sizes that were left out, and why. */
  readonly absent: readonly string[];
}

export type Log = (text: string) => void;

/** A case in one line, as it is reported while the others run. */
export function line({ what, size, samples }: Pick<Measured, "what" | "size" | "samples">): string {
  const times = Object.entries(samples).map(([name, values]) => `${name} ${time(median(values))}`);
  return `· ${what}${size === 1 ? "" : ` of ${size}`}: ${times.join(", ")}`;
}

/** What a new run measured, beside the parts that only an earlier run on this machine did. */
export function merge(earlier: Results | undefined, now: Results, parts: readonly Part[]): Results {
  if (earlier === undefined || setting(earlier) !== setting(now)) return now;
  const kept = earlier.measured.filter(({ part }) => !parts.includes(part));
  return {
    ...earlier,
    ...now,
    measured: [...kept, ...now.measured],
    absent: [...new Set([...earlier.absent, ...now.absent])],
  };
}

function setting({ machine: { date: _, ...machine }, backend, quick }: Results): string {
  return JSON.stringify([machine, backend, quick]);
}

/** The turns of a case at a size. */
export function samplesOf(
  { measured }: Results,
  part: Part,
  what: Case,
  size: number,
  state: State = "onEnd",
): Samples {
  const found = measured.find(
    (one) => one.part === part && one.what === what && one.size === size && one.state === state,
  );
  return found?.samples ?? {};
}

/** The sizes of the curve, least first. */
export function curveSizes({ measured }: Results): number[] {
  const sizes = measured.filter(({ part }) => part === "curve").map(({ size }) => size);
  return sizes.sort((a, b) => a - b);
}

/** Who took part in some cases, in the order of their labels. */
export function taking(measured: readonly Measured[], names: readonly Name[]): Name[] {
  return names.filter((name) => measured.some(({ samples }) => samples[name] !== undefined));
}

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly gpu: string | null;
  readonly system: string;
  readonly node: string;
  readonly python: string;
  readonly compiler: string;
}
/** Where the measuring happens. */
export async function describeMachine(python: string, backend: string): Promise<Machine> {
  const compiler = await run(process.env.FUTHARK ?? "futhark", ["--version"]).catch(() => "");
  const onGpu = ["cuda", "hip", "opencl"].includes(backend);
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    gpu: onGpu ? await gpuName() : null,
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    python: (await run(python, ["-c", "import platform; print(platform.python_version())"])).trim(),
    compiler: /\d+\.\d+\.\d+/.exec(compiler)?.[0] ?? "unknown",
  };
}

async function gpuName(): Promise<string> {
  const query = ["--query-gpu=name", "--format=csv,noheader"];
  const names = await run("nvidia-smi", query).catch(() => "");
  return names.trim().split("\n")[0] || "unknown";
}

/** The machine in one line. */
export function machineLine({ machine, backend, quick }: Results): string {
  const { cpu, cores, gpu, date, node, python, compiler } = machine;
  const device = gpu === null ? "" : `, ${gpu}`;
  return (
    `${date}, ${cpu} (${cores} cores)${device}, Node ${node}, Python ${python}, ` +
    `Futhark ${compiler}, back end ${backend}${quick ? ", quick form" : ""}`
  );
}
