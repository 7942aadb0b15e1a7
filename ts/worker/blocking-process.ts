import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from "node:fs";
import { constants as osConstants, tmpdir } from "node:os";
import { join } from "node:path";
import type { BlockingTransport } from "../client/blocking-client.ts";
import { BuildError, type FutharkError, TimeoutError, WorkerExitError } from "../errors.ts";
import { findPython } from "../setup/python-env.ts";
import { BlockingLookOut } from "./look-out.ts";
import { checkFolder, type WorkerOptions, workerEnv } from "./worker-options.ts";

/**
 * Starts a Python worker that is talked to over two FIFOs, so that this thread can wait
 * for it: the sockets that Node makes for its children cannot be read in blocking mode.
 */
export function spawnBlockingWorker(
  options: WorkerOptions,
  startTimeoutMs: number,
): BlockingTransport & { kill(): void } {
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-"));
  try {
    checkFolder(options.cwd);
    const python = findPython(options.python);
    const child = spawn(python, ["-P", "-c", WORKER, folder], {
      cwd: options.cwd,
      env: workerEnv(options.env),
      stdio: ["ignore", "inherit", "inherit"],
    });
    // An interpreter that is not there shows as no process id; the event comes too late for us.
    child.on("error", () => {});
    child.unref();
    if (child.pid === undefined) {
      throw new BuildError(
        `cannot start Python ${python}: run 'futhark-bridge setup', or name an interpreter with the option python or FUTHARK_BRIDGE_PYTHON`,
      );
    }
    const pipes = connect(folder, child, performance.now() + startTimeoutMs);
    const lookOut = new BlockingLookOut(pipes.replies);
    return {
      ...pipes,
      lookOut,
      kill: () => child.kill("SIGKILL"),
      exitError: () => exitError(child),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const WORKER =
  "import sys; from futhark_bridge.worker import main_blocking; main_blocking(sys.argv[1])";

/**
 * Opens the FIFOs that the worker makes. A FIFO whose both ends we hold (`r+`) never blocks
 * and never ends; once the worker has opened its ends, which a byte tells, ours must go,
 * so that its death is seen as the end of the stream.
 */
function connect(
  folder: string,
  child: ChildProcess,
  deadline: number,
): { requests: number; replies: number } {
  const replies = join(folder, "replies");
  const requests = join(folder, "requests");
  const ready = join(folder, "made");
  while (!existsSync(ready)) pause(child, deadline);
  const both = [openSync(requests, "r+"), openSync(replies, "r+")];
  const poll = openSync(replies, constants.O_RDONLY | constants.O_NONBLOCK);
  const opened = { requests: openSync(requests, "w"), replies: openSync(replies, "r") };
  try {
    while (!hasByte(poll)) pause(child, deadline);
  } catch (error) {
    closeSync(opened.requests);
    closeSync(opened.replies);
    throw error;
  } finally {
    for (const fd of [...both, poll]) closeSync(fd);
  }
  return opened;
}

function hasByte(fd: number): boolean {
  try {
    return readSync(fd, new Uint8Array(1)) === 1;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return false;
    throw error;
  }
}

/** Waits a moment for the worker, unless it has ended. */
function pause(child: ChildProcess, deadline: number): void {
  if (hasEnded(child)) throw exitError(child);
  if (performance.now() > deadline) {
    child.kill("SIGKILL");
    throw new TimeoutError("openSync: the worker took too long to start (startTimeoutMs)");
  }
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

/**
 * What the system knows of a child that Node, whose event loop we do not let run, has not
 * yet taken notice of: /proc/PID/stat has the state after the name, and the wait status last.
 */
function processStat(child: ChildProcess): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
    return stat
      .slice(stat.lastIndexOf(")") + 2)
      .trim()
      .split(" ");
  } catch {
    return undefined;
  }
}

function hasEnded(child: ChildProcess): boolean {
  if (child.exitCode !== null || child.signalCode !== null) return true;
  if (process.platform !== "linux") return false;
  const stat = processStat(child);
  return stat === undefined || stat[0] === "Z";
}

function exitError(child: ChildProcess): FutharkError {
  // The pipes close a moment before the process is over.
  for (let i = 0; i < 100 && !hasEnded(child); i++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
  let { exitCode } = child;
  let signal: string | null = child.signalCode;
  const status = Number(processStat(child)?.at(-1) ?? Number.NaN);
  if (exitCode === null && signal === null && Number.isInteger(status)) {
    const number = status & 0x7f;
    if (number === 0) exitCode = status >> 8;
    else signal = signalName(number);
  }
  if (signal === "SIGALRM") {
    return new TimeoutError("the call took longer than its timeoutMs; its worker was ended");
  }
  const how =
    signal === null ? `exited with status ${exitCode ?? "unknown"}` : `was ended by ${signal}`;
  return new WorkerExitError(`the worker ${how}`, { exitCode, signal, stderr: "" });
}

function signalName(number: number): string {
  const found = Object.entries(osConstants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `signal ${number}`;
}
