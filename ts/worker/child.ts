import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { readSync } from "node:fs";
import type { Socket } from "node:net";
import { BuildError } from "../errors.ts";
import { pythonFolder } from "../setup/places.ts";
import { findPython } from "../setup/python-env.ts";
import { which } from "../setup/which.ts";
import type { Output } from "./output.ts";
import { checkFolder, type WorkerOptions, workerEnv } from "./worker-options.ts";

/** How a process ended. */
export interface Exit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** Where a worker runs, and what runs it: decided once, so that a later one is started likewise. */
export interface WorkerPlace {
  readonly python: string;
  readonly cwd: string;
  /** All of it, as it was then. */
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
}

/** @throws {ArgumentError | BuildError} A folder is not what it should be. */
export function workerPlace(options: WorkerOptions): WorkerPlace {
  return {
    python: findPython(options.python),
    cwd: checkFolder(options.cwd),
    env: workerEnv(options.env, pythonFolder(options.pythonFolder)),
    output: options.output ?? "inherit",
  };
}

/**
 * A Python process of ours. It ends when this process does, however that comes about: the last of
 * its streams is a lifeline, which carries nothing, and whose end the process does not outlive.
 * Also where it is no child of ours, as a script started it.
 */
export class Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** What `stdio` asked for from 3 on, but for the lifeline. */
  readonly streams: readonly Socket[];
  /** Resolves when the process is over. */
  readonly exit: Promise<Exit>;
  readonly #lifeline: Socket;

  /**
   * @param args What follows Python's own options.
   * @param stdio The standard streams, and more; the lifeline's number is its length.
   * @throws {ArgumentError | BuildError} It cannot be started; nothing is left of the attempt.
   */
  constructor(place: WorkerPlace, args: readonly string[], stdio: StdioOptions[]) {
    checkFolder(place.cwd);
    this.process = start(place, ["-P", "-c", ...args], [...stdio, "pipe"]);
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

  /** What the process says on its lifeline where it cannot start, as far as it has come. */
  whyNot(): string {
    const { _handle: handle } = this.#lifeline as Socket & { _handle?: { fd?: number } | null };
    const text = Buffer.alloc(WHY_NOT_BYTES);
    try {
      // The event loop has no turn to read it while a start blocks.
      return text.toString("utf8", 0, readSync(handle?.fd ?? -1, text));
    } catch {
      return "";
    }
  }

  /** Ends the process, and what it has started, at once. */
  kill(): void {
    const { exitCode, signalCode } = this.process;
    if (exitCode === null && signalCode === null) {
      if (!killGroup(this.pid)) this.process.kill("SIGKILL");
      // It is gone in a moment, which is waited for.
      this.process.ref();
    }
    this.#lifeline.destroy();
  }
}

const WHY_NOT_BYTES = 4096;

function start(place: WorkerPlace, args: string[], stdio: StdioOptions[]): ChildProcess {
  const { python, cwd, env } = place;
  let child: ChildProcess;
  try {
    // `-P`: a file in the user's folder must not take the place of a module of Python's own.
    child = spawn(python, args, { cwd, env, stdio: stdio as never });
  } catch (cause) {
    throw new BuildError(`cannot start Python ${python}: ${(cause as Error).message}`, { cause });
  }
  // What went wrong shows at once; the event comes later.
  child.on("error", () => {});
  if (child.pid !== undefined) return child;
  throw new BuildError(`cannot start Python ${python}: ${whyNot(python, env, child)}`);
}

function whyNot(python: string, env: NodeJS.ProcessEnv, child: ChildProcess): string {
  // Node gives a process no streams at all where there are no descriptors for them.
  if (child.stdio === undefined) return "too many files are open (EMFILE)";
  const found = which(python, env.PATH);
  if (found !== undefined) return "the system refuses another process, or the file";
  return "no such program: run 'futhark-bridge setup', or name an interpreter with the option python or FUTHARK_BRIDGE_PYTHON";
}

/** Kills a process group, which a worker makes first thing: `false` where there is none. */
function killGroup(pid: number): boolean {
  try {
    return process.kill(-pid, "SIGKILL");
  } catch {
    return false;
  }
}
