import { cpus, totalmem } from "node:os";
import { run } from "../../ts/setup/run-command.ts";
import type { Case } from "./contestant.ts";
import type { Samples } from "./interleave.ts";
import type { Memory } from "./memory.ts";
import type { StartUp } from "./start-up.ts";

/** One case at one size. */
export interface Measured {
  readonly what: Case;
  /** Elements of the array; of a scalar, 1. */
  readonly size: number;
  readonly samples: Samples;
}

/** All that one run measured. */
export interface Results {
  readonly machine: Machine;
  readonly backend: string;
  readonly quick: boolean;
  readonly measured: readonly Measured[];
  readonly startUp: StartUp | undefined;
  readonly memory: Memory | undefined;
  /** Contestants that could not take part, and why. */
  readonly absent: readonly string[];
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
