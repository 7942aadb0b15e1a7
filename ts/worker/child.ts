import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { readSync } from "node:fs";
import type { Socket } from "node:net";
import { BuildError } from "../errors.ts";
import { pythonFolder } from "../setup/places.ts";
import { findPython } from "../setup/python-env.ts";
import { which } from "../setup/which.ts";
import { reapOrphans, workerName } from "./orphans.ts";
import type { Output } from "./output.ts";
import { checkFolder, type WorkerOptions, workerEnv } from "./worker-options.ts";

/** How a process exited. */
export interface Exit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** The environment in which a worker runs; fixed, so that a restarted worker gets the same one. */
export interface WorkerPlace {
  readonly python: string;
  readonly cwd: string;
  /** The complete environment at the time of opening. */
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
}

/** @throws {ArgumentError | BuildError} The working directory or the Python folder is invalid. */
export function workerPlace(options: WorkerOptions): WorkerPlace {
  return {
    python: findPython(options.python),
    cwd: checkFolder(options.cwd),
    env: workerEnv(options.env, pythonFolder(options.pythonFolder)),
    output: options.output ?? "inherit",
  };
}

/**
 * A Python process started by this one. It exits when this process does, for whatever reason: its
 * last stream is a lifeline that carries no data, and the process exits when it is closed. This
 * also works if a script starts Python, so that it is not a direct child.
 */
export class Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The streams of `stdio` from index 3 on, without the lifeline. */
  readonly streams: readonly Socket[];
  /** Resolves when the process has exited. */
  readonly exit: Promise<Exit>;
  readonly #lifeline: Socket;

  /**
   * @param args Python code, and its arguments.
   * @param stdio The standard streams and any others; the lifeline is appended.
   * @throws {ArgumentError | BuildError} It cannot be started; the attempt has been cleaned up.
   */
  constructor(
    place: WorkerPlace,
    [code, ...args]: readonly [string, ...string[]],
    stdio: StdioOptions[],
  ) {
    checkFolder(place.cwd);
    reapOrphans();
    const name = workerName();
    const named = name === undefined ? code : `${nameWorker(name)}; ${code}`;
    // `-P` prevents files in the working directory from shadowing standard modules.
    this.process = start(place, ["-P", "-c", named, ...args], [...stdio, "pipe"]);
    this.pid = this.process.pid as number;
    const streams = this.process.stdio.slice(3) as Socket[];
    this.#lifeline = streams.pop() as Socket;
    this.streams = streams;
    this.exit = new Promise((resolve) => {
      this.process.once("exit", (exitCode, signal) => {
        this.#lifeline.destroy();
        resolve({ exitCode, signal });
      });
    });
    this.#lifeline.on("error", () => {});
    this.#lifeline.unref();
    this.process.unref();
  }

  /** Returns the startup error that the process has written to its lifeline so far. */
  whyNot(): string {
    const { _handle: handle } = this.#lifeline as Socket & { _handle?: { fd?: number } | null };
    const text = Buffer.alloc(WHY_NOT_BYTES);
    try {
      // The event loop cannot read it while a blocking start is in progress.
      return text.toString("utf8", 0, readSync(handle?.fd ?? -1, text));
    } catch {
      return "";
    }
  }

  /** Frees the resources of a process that has exited, before the event loop reports its exit. */
  letGo(): void {
    this.#lifeline.destroy();
    // The system keeps the process's entry until then, so a thread must not end before.
    this.process.ref();
  }

  /** Kills the process and its process group immediately. */
  kill(): void {
    const { exitCode, signalCode } = this.process;
    if (exitCode === null && signalCode === null) {
      if (!killGroup(this.pid)) this.process.kill("SIGKILL");
      // Keep Node running until the exit has been reported.
      this.process.ref();
    }
    this.#lifeline.destroy();
  }
}

const WHY_NOT_BYTES = 4096;

function nameWorker(name: string): string {
  return `from futhark_bridge.worker.lifeline import take_name; take_name("${name}")`;
}

function start(place: WorkerPlace, args: string[], stdio: StdioOptions[]): ChildProcess {
  const { python, cwd, env } = place;
  let child: ChildProcess;
  try {
    child = spawn(python, args, { cwd, env, stdio: stdio as never });
  } catch (cause) {
    throw new BuildError(`cannot start Python ${python}: ${(cause as Error).message}`, { cause });
  }
  // A missing pid indicates failure immediately; the event is emitted later.
  child.on("error", () => {});
  if (child.pid !== undefined) return child;
  throw new BuildError(`cannot start Python ${python}: ${whyNot(python, env, child)}`);
}

function whyNot(python: string, env: NodeJS.ProcessEnv, child: ChildProcess): string {
  // Node creates no streams if the process runs out of file descriptors.
  if (child.stdio === undefined) return "too many files are open (EMFILE)";
  const found = which(python, env.PATH);
  if (found !== undefined)
    return "the system refused to start another process or to execute the file";
  return "no such program: run 'futhark-bridge setup', or set the option python or FUTHARK_BRIDGE_PYTHON to an interpreter";
}

/** Kills the process group that a worker creates at startup. Returns `false` if there is none. */
function killGroup(pid: number): boolean {
  try {
    return process.kill(-pid, "SIGKILL");
  } catch {
    return false;
  }
}
