import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** How a script ended, and what it wrote. */
export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Node process that runs a script of its own. */
export interface Script {
  readonly child: ChildProcess;
  /** Resolves with the text up to the next end of line that it writes to stdout. */
  line(): Promise<string>;
  ended: Promise<Ended>;
}

const PRELUDE = `
import * as bridge from "./ts/index.ts";
const { open, openSync, nd } = bridge;
const program = (name) => ${JSON.stringify(`${root}test/programs/`)} + name + ".fut";
`;

/**
 * Starts a script in the checkout; it has `open`, `openSync`, `nd` and `program(name)`.
 * `limits` are the shell's: `ulimit -n 64`.
 */
export function startScript(
  code: string,
  {
    flags = [],
    env = {},
    limits = "",
  }: { flags?: string[]; env?: Record<string, string>; limits?: string } = {},
): Script {
  const args = [...flags, "--import", "tsx", "--input-type=module", "-e", PRELUDE + code];
  // Its own process group: signals to it do not reach the tests.
  const limited = ["-c", `${limits}; exec "$0" "$@"`, process.execPath, ...args];
  const command = limits === "" ? ([process.execPath, args] as const) : (["sh", limited] as const);
  const child = spawn(...command, {
    cwd: root,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let taken = 0;
  let wake = (): void => {};
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    wake();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (status, signal) => {
      resolve({ status, signal, stdout, stderr });
      wake();
    });
  });
  const line = async (): Promise<string> => {
    for (;;) {
      const end = stdout.indexOf("\n", taken);
      if (end >= 0) {
        const text = stdout.slice(taken, end);
        taken = end + 1;
        return text;
      }
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`the script ended: ${stderr}`);
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { child, line, ended };
}

/** Runs a script to its end. */
export function runScript(
  code: string,
  options?: Parameters<typeof startScript>[1],
): Promise<Ended> {
  return startScript(code, options).ended;
}

/** State and parent of a process, as /proc has them; `undefined` when it has exited. */
function stat(pid: number | string): { state: string; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** Process ids of the workers that a process has. */
export function workersOf(parent: number = process.pid): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && stat(name)?.parent === parent)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("futhark_bridge.worker"))
    .map(Number);
}

/** Whether a process is still there; one that only waits to be reaped is not. */
export function isAlive(pid: number): boolean {
  const found = stat(pid);
  return found !== undefined && found.state !== "Z";
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const [, pages] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
  return Number(pages) * 4096;
}

/** Waits until something holds; throws when it does not within the time. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  ms = 10_000,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
