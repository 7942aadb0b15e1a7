import { randomUUID } from "node:crypto";
import { closeSync, constants, existsSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlockingTransport } from "../client/transport.ts";
import { TimeoutError, type WorkerExitError } from "../errors.ts";
import { BlockingOutput } from "./blocking-output.ts";
import { Child, type Exit, type WorkerPlace } from "./child.ts";
import { BlockingSpinWait } from "./input-poll.ts";
import { stdoutOf } from "./output.ts";
import { type WorkerFacts, workerExit } from "./process.ts";
import { processStat, signalName } from "./process-stat.ts";

/** A blocking transport to a process that this one started. */
export interface BlockingWorkerTransport extends BlockingTransport {
  readonly pid: number;
  /** Resolves when the event loop is notified that the worker has exited. */
  readonly ended: Promise<WorkerFacts>;
  /** Lifts the start time limit. Call this once the program has been loaded. */
  started(): void;
  /** Kills the worker in a read or write that waits for longer, even if it does not run. */
  limit(ms: number): void;
  kill(): void;
  /** Waits until a worker whose pipes are closed has exited; kills it if it takes too long. */
  waitUntilGone(): void;
}

/**
 * Starts a Python worker connected by two FIFOs, so that this thread can block on its replies: the
 * sockets that Node creates for children cannot be read in blocking mode.
 * @throws {ArgumentError | BuildError | TimeoutError | WorkerExitError} The worker cannot be
 *   started. All resources of the attempt are released.
 */
export function spawnBlockingWorker(
  place: WorkerPlace,
  startLimitMs: number,
): BlockingWorkerTransport {
  return new BlockingWorker(place, startLimitMs);
}

const WORKER =
  "import sys; from futhark_bridge.worker.process import main_blocking; main_blocking(sys.argv[1], 3)";

class BlockingWorker implements BlockingWorkerTransport {
  requests: number;
  readonly spinWait: BlockingSpinWait;
  readonly ended: Promise<WorkerFacts>;
  readonly #child: Child;
  readonly #replies: number;
  /** A non-blocking descriptor of the replies, used where waiting has a limit or output is read. */
  #poll: number | undefined;
  /** Holds the FIFOs until both sides have opened them. */
  readonly #folder: string;
  #started = false;
  readonly #output: BlockingOutput | undefined;
  readonly #limitMs: number;
  #deadline: number;

  constructor(place: WorkerPlace, limitMs: number) {
    this.#limitMs = limitMs;
    this.#deadline = performance.now() + limitMs;
    // The worker creates and removes the folder, because it always notices when this process ends.
    const folder = join(tmpdir(), `futhark-bridge-${randomUUID()}`);
    this.#folder = folder;
    const { output } = place;
    const printed = stdoutOf(output);
    this.#child = new Child(place, [WORKER, folder], ["ignore", printed, printed]);
    try {
      if (typeof output === "function") {
        this.#output = new BlockingOutput(this.#child.process, output);
      }
    } catch (error) {
      this.kill();
      throw error;
    }
    this.ended = this.#child.exit.then(async (exit) => {
      await this.#output?.drained();
      return { ...exit, stderr: this.#stderr };
    });
    const opened: number[] = [];
    try {
      while (!existsSync(join(folder, "made"))) this.#pause();
      const [requests, replies] = [join(folder, "requests"), join(folder, "replies")];
      const { O_RDONLY, O_NONBLOCK } = constants;
      // Opening a FIFO for both directions (`r+`) never blocks, whatever happens to the worker.
      for (const path of [requests, replies]) opened.push(openSync(path, "r+"));
      opened.push(openSync(requests, "w"), openSync(replies, "r"));
      opened.push(openSync(replies, O_RDONLY | O_NONBLOCK));
      // Close these write ends, so that the worker's exit ends the stream.
      for (const fd of opened.splice(0, 2)) closeSync(fd);
    } catch (cause) {
      const stderr = this.#child.whyNot();
      this.kill();
      for (const fd of opened) closeSync(fd);
      if (!isSystemError(cause)) throw cause;
      throw workerExit(this.#facts(stderr), `its start (${cause.message})`);
    }
    [this.requests, this.#replies, this.#poll] = opened as [number, number, number];
    this.spinWait = new BlockingSpinWait(this.#replies);
  }

  get pid(): number {
    return this.#child.pid;
  }

  read(into: Uint8Array, at: number): number {
    const room = into.byteLength - at;
    for (;;) {
      this.#output?.drain();
      // Check before reading: a worker may reply and exit between a read and the check.
      const ended = this.#poll !== undefined && this.#hasEnded();
      try {
        const count = readSync(this.#poll ?? this.#replies, into, at, room, null);
        // Deliver a call's output before its result.
        this.#output?.drain();
        return count;
      } catch (error) {
        if (!isSystemError(error)) throw error;
        // Node retries interrupted system calls, except for reads.
        if (error.code === "EINTR") continue;
        if (error.code !== "EAGAIN") throw error;
        this.#pause(ended);
      }
    }
  }

  started(): void {
    this.#started = true;
    this.#deadline = Number.POSITIVE_INFINITY;
    // A worker blocks when its output fills the pipe, so while waiting both must be polled.
    if (this.#output === undefined) this.#closePoll();
  }

  limit(ms: number): void {
    // Elsewhere a pipe cannot be opened once more; the worker observes the limit, if it runs.
    if (process.platform !== "linux" || ms === Number.POSITIVE_INFINITY) return;
    const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
    this.#poll ??= openSync(`/proc/self/fd/${this.#replies}`, O_RDONLY | O_NONBLOCK);
    const requests = openSync(`/proc/self/fd/${this.requests}`, O_WRONLY | O_NONBLOCK);
    closeSync(this.requests);
    this.requests = requests;
    // A worker that runs ends itself first, by an alarm.
    this.#deadline = performance.now() + ms + CUT_MS;
  }

  pause(): void {
    this.#pause();
  }

  exitError(call?: string): WorkerExitError {
    // A worker that closed its pipes but still runs is of no use.
    if (!this.#waitForExit()) this.kill();
    this.#child.letGo();
    return workerExit(this.#facts(), call);
  }

  close(): void {
    this.#output?.drain();
    this.#closePoll();
    closeSync(this.requests);
    closeSync(this.#replies);
  }

  kill(): void {
    this.#child.kill();
    if (this.#started) return;
    // The worker may have exited before removing the folder.
    this.#waitForExit();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  waitUntilGone(): void {
    // On other systems only the event loop reports an exit.
    if (process.platform !== "linux") return;
    if (!this.#waitForExit(Math.min(GOING_MS, this.#deadline - performance.now()))) {
      this.kill();
      this.#waitForExit();
    }
    this.#child.letGo();
  }

  /** Sleeps briefly. Throws if the worker has exited or the start time limit is over. */
  #pause(ended: boolean = this.#hasEnded()): void {
    if (ended) throw workerExit(this.#facts(this.#child.whyNot()), "its start");
    if (performance.now() > this.#deadline) {
      this.kill();
      throw new TimeoutError(
        this.#started
          ? "close: the worker did not answer within timeoutMs"
          : `openSync: the worker took longer than ${this.#limitMs} ms to load the program (startTimeoutMs)`,
      );
    }
    sleep();
  }

  #closePoll(): void {
    if (this.#poll !== undefined) closeSync(this.#poll);
    this.#poll = undefined;
  }

  get #stderr(): string {
    return this.#output?.tail ?? "";
  }

  /**
   * Returns how the worker exited, and the end of its stderr.
   * @param whyNot The reason why it could not start.
   */
  #facts(whyNot = ""): WorkerFacts {
    const exit = this.#exit();
    this.#output?.drain();
    return { ...exit, stderr: this.#stderr + whyNot };
  }

  #hasEnded(): boolean {
    const { exitCode, signalCode } = this.#child.process;
    if (exitCode !== null || signalCode !== null) return true;
    if (process.platform !== "linux") return false;
    const stat = processStat(this.pid);
    return stat === undefined || stat[0] === "Z";
  }

  #waitForExit(limitMs = CUT_MS): boolean {
    // The pipes close shortly before the process exits.
    const deadline = performance.now() + limitMs;
    while (!this.#hasEnded() && performance.now() < deadline) sleep();
    return this.#hasEnded();
  }

  /** Returns how the worker exited, even if Node's event loop has not processed it yet. */
  #exit(): Exit {
    this.#waitForExit();
    const { exitCode, signalCode: signal } = this.#child.process;
    const status = Number(processStat(this.pid)?.at(-1) ?? Number.NaN);
    if (exitCode !== null || signal !== null || Number.isNaN(status)) return { exitCode, signal };
    const number = status & 0x7f;
    if (number === 0) return { exitCode: status >> 8, signal: null };
    return { exitCode: null, signal: signalName(number) };
  }
}

function sleep(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

/** The time in milliseconds that a worker may take to exit after closing its pipes. */
const CUT_MS = 100;
/** The time in milliseconds that a closed worker may take to free its memory and exit. */
const GOING_MS = 10_000;
