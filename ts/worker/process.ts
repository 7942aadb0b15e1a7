import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { Transport } from "../client/client.ts";
import { BuildError, type FutharkError, WorkerExitError } from "../errors.ts";
import { findPython } from "../setup/python-env.ts";
import { StderrTail } from "./stderr-tail.ts";
import { type WorkerOptions, workerEnv } from "./worker-options.ts";

/**
 * Starts a Python worker and talks to it over a private pair of sockets: its stdin is
 * empty, its stdout is ours, its stderr is passed on and its end kept for error messages.
 * The worker ends when this process does, however that comes about: it watches the pipe.
 */
export function spawnWorker(options: WorkerOptions): Transport {
  const python = findPython(options.python);
  // `-P`: a file in the user's folder must not take the place of a module of Python's own.
  const child = spawn(python, ["-P", "-c", WORKER], {
    cwd: options.cwd,
    env: workerEnv(options.env),
    stdio: ["ignore", "inherit", "pipe", "pipe"],
  });
  return new WorkerProcess(python, child);
}

const WORKER = "from futhark_bridge.worker import main; main(3, 3)";

class WorkerProcess implements Transport {
  readonly #ended: Promise<never>;
  readonly #child: ChildProcess;
  readonly #pipe: Socket;
  readonly #stderr: StderrTail;
  #held = true;

  constructor(python: string, child: ChildProcess) {
    this.#child = child;
    // stdio 3 of `spawn` with "pipe" is a duplex socket.
    this.#pipe = child.stdio[3] as Socket;
    this.#stderr = new StderrTail(child.stderr as Readable);
    this.#ended = this.#end(python);
    // The pipe alone keeps Node running, and only while a request is unanswered.
    child.unref();
    (child.stderr as Socket).unref();
    this.hold(false);
    // What breaks the pipe ends the worker, and its end is what is reported.
    this.#pipe.on("error", () => {});
  }

  write(bytes: Uint8Array): void {
    this.#pipe.write(bytes);
  }

  hold(yes: boolean): void {
    if (yes === this.#held) return;
    this.#held = yes;
    if (yes) this.#pipe.ref();
    else this.#pipe.unref();
  }

  listen(onData: (chunk: Uint8Array) => void, onEnd: (error: FutharkError) => void): void {
    this.#pipe.on("data", onData);
    this.#ended.catch(onEnd);
  }

  async gone(): Promise<void> {
    this.#child.ref();
    await this.#ended.catch(() => {});
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Rejects when the worker has ended, which it does not before it is told to. */
  async #end(python: string): Promise<never> {
    const child = this.#child;
    try {
      const [exitCode, signal] = (await once(child, "exit")) as [number | null, string | null];
      // The last replies, and the reason on stderr, may still be under way.
      await Promise.all([closed(this.#pipe), this.#stderr.drained()]);
      throw workerExit(exitCode, signal, this.#stderr.text);
    } catch (error) {
      if (error instanceof WorkerExitError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw new BuildError(
        `cannot start Python ${python} (${code}): run 'futhark-bridge setup', or name an interpreter with the option python or FUTHARK_BRIDGE_PYTHON`,
        { cause: error },
      );
    }
  }
}

function closed(pipe: Socket): Promise<unknown> | undefined {
  if (pipe.closed || pipe.readableEnded) return undefined;
  return new Promise((resolve) => {
    pipe.once("end", resolve).once("close", resolve);
  });
}

function workerExit(exitCode: number | null, signal: string | null, stderr: string): FutharkError {
  const how = signal === null ? `exited with status ${exitCode}` : `was ended by ${signal}`;
  const last = stderr.trim().split("\n").slice(-8).join("\n");
  const said = last === "" ? "" : `; it said:\n${last}`;
  return new WorkerExitError(`the worker ${how}${said}`, { exitCode, signal, stderr });
}
