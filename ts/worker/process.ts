import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { Transport } from "../client/client.ts";
import { BuildError, type FutharkError, WorkerExitError } from "../errors.ts";
import { findPython } from "../setup/python-env.ts";
import type { Look } from "./look-out.ts";
import { DECLINED, OFFER_BYTES, openPipes, type Pipes, TAKEN } from "./pipes.ts";
import { GRACE_MS, StderrTail } from "./stderr-tail.ts";
import { checkFolder, type WorkerOptions, workerEnv } from "./worker-options.ts";

/**
 * Starts a Python worker and talks to it over private pipes, or a pair of sockets: its stdin is
 * empty, its stdout is ours, its stderr is passed on and its end kept for error messages.
 * The worker ends when this process does, however that comes about: it watches the sockets.
 */
export function spawnWorker(options: WorkerOptions): Transport {
  const python = findPython(options.python);
  // `-P`: a file in the user's folder must not take the place of a module of Python's own.
  checkFolder(options.cwd);
  const child = spawn(python, ["-P", "-c", WORKER], {
    cwd: options.cwd,
    env: workerEnv(options.env),
    stdio: ["ignore", "inherit", "pipe", "pipe"],
  });
  return new WorkerProcess(python, child);
}

const WORKER = "from futhark_bridge.worker import main; main(3)";

class WorkerProcess implements Transport {
  readonly #ended: Promise<never>;
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #stderr: StderrTail;
  /** Unknown until the worker has made its offer; then what is used, or none: the socket is. */
  #pipes: Pipes | undefined | null;
  #early: Uint8Array[] = [];
  #offer: Uint8Array = new Uint8Array();
  #onData: (chunk: Uint8Array) => void = () => {};
  #held = true;

  constructor(python: string, child: ChildProcess) {
    this.#child = child;
    // stdio 3 of `spawn` with "pipe" is a duplex socket.
    this.#socket = child.stdio[3] as Socket;
    this.#stderr = new StderrTail(child.stderr as Readable);
    this.#ended = this.#end(python);
    // The worker keeps Node running only while a request is unanswered.
    (child.stderr as Socket).unref();
    this.hold(false);
    // What breaks the connection ends the worker, and its end is what is reported.
    this.#socket.on("error", () => {});
    this.#socket.on("data", (chunk) => this.#receive(chunk));
  }

  write(bytes: Uint8Array): void {
    if (this.#pipes === undefined) this.#early.push(bytes);
    else (this.#pipes?.requests ?? this.#socket).write(bytes);
  }

  get queuedBytes(): number {
    if (this.#pipes === null) return this.#socket.writableLength;
    if (this.#pipes !== undefined) return this.#pipes.requests.queuedBytes;
    return this.#early.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  get look(): Look {
    return this.#pipes?.input.look;
  }

  hold(yes: boolean): void {
    if (yes === this.#held) return;
    this.#held = yes;
    // The streams may close before the worker's end is known: then the process alone is waited for.
    for (const each of [this.#child, ...this.#streams()]) {
      if (yes) each.ref();
      else each.unref();
    }
  }

  listen(onData: (chunk: Uint8Array) => void, onEnd: (error: FutharkError) => void): void {
    this.#onData = onData;
    this.#ended.catch(onEnd);
  }

  whenGone(run: (reachable: boolean) => void): void {
    this.#ended.catch(() => run(false));
  }

  async gone(): Promise<void> {
    this.#child.ref();
    await this.#ended.catch(() => {});
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Takes what comes on the socket: the worker's offer, and replies where that is declined. */
  #receive(chunk: Uint8Array): void {
    if (this.#pipes !== undefined) {
      this.#onData(chunk);
      return;
    }
    this.#offer = Buffer.concat([this.#offer, chunk]);
    if (this.#offer.byteLength < OFFER_BYTES) return;
    const pipes = openPipes(this.#offer, (bytes) => this.#onData(bytes));
    this.#socket.write(pipes === undefined ? DECLINED : TAKEN);
    this.#pipes = pipes ?? null;
    for (const stream of this.#streams()) {
      stream.on("error", () => {});
      if (!this.#held) stream.unref();
    }
    for (const bytes of this.#early.splice(0)) this.write(bytes);
  }

  #streams(): Socket[] {
    const pipes = this.#pipes;
    return pipes ? [this.#socket, pipes.requests.socket, pipes.replies] : [this.#socket];
  }

  /** Rejects when the worker has ended, which it does not before it is told to. */
  async #end(python: string): Promise<never> {
    const child = this.#child;
    try {
      const [exitCode, signal] = (await once(child, "exit")) as [number | null, string | null];
      // The last replies, and the reason on stderr, may still be under way.
      const replies = this.#pipes?.replies ?? this.#socket;
      await Promise.all([closed(replies), this.#stderr.drained()]);
      for (const stream of this.#streams()) stream.destroy();
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

/** Resolves at the end of the pipe, or soon: a process that the worker left may hold it open. */
function closed(pipe: Socket): Promise<void> | undefined {
  if (pipe.closed || pipe.readableEnded) return undefined;
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GRACE_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    pipe.once("end", done).once("close", done);
  });
}

function workerExit(exitCode: number | null, signal: string | null, stderr: string): FutharkError {
  const how = signal === null ? `exited with status ${exitCode}` : `was ended by ${signal}`;
  const last = stderr.trim().split("\n").slice(-8).join("\n");
  const said = last === "" ? "" : `; it said:\n${last}`;
  return new WorkerExitError(`the worker ${how}${said}`, { exitCode, signal, stderr });
}
