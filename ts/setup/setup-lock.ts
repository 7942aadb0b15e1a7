import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../errors.ts";
import { makeCacheDir, WORK_PREFIX } from "./places.ts";
import type { Progress } from "./progress.ts";
import { which } from "./which.ts";

// Each takes a lock of the system on a file, says so, and keeps it until its input ends: so it
// ends with this process, whatever ends that. Node itself has no such locks.
const KEEP = "echo locked; exec cat >/dev/null";
const KEEP_PYTHON = `
import fcntl, sys
file = open(sys.argv[1], "w")
try:
    fcntl.flock(file, fcntl.LOCK_EX | (fcntl.LOCK_NB if sys.argv[2] == "now" else 0))
except BlockingIOError:
    sys.exit(1)
print("locked", flush=True)
sys.stdin.read()
`;

/** Keeps set-ups of one cache folder apart; taken only once there is something to do. */
export class SetupLock {
  readonly #progress: Progress;
  #taking: Promise<ChildProcess | undefined> | undefined;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** Waits for other set-ups, with a line of progress; afterwards look again what there is. */
  async take(): Promise<void> {
    this.#taking ??= this.#take();
    await this.#taking;
  }

  async release(): Promise<void> {
    const holder = await this.#taking?.catch(() => undefined);
    if (holder === undefined || holder.exitCode !== null) return;
    const gone = once(holder, "exit");
    holder.stdin?.end();
    await gone;
  }

  async #take(): Promise<ChildProcess | undefined> {
    const folder = makeCacheDir();
    const file = join(folder, "setup.lock");
    if (lockCommand(file, "now") === undefined) return undefined;
    const holder =
      (await hold(file, "now")) ??
      (await this.#progress.step("waiting for another set-up", () => hold(file, "wait")));
    if (holder === undefined) throw new BuildError(`cannot lock ${file}`);
    // Nobody else is at work: these were left by set-ups that were killed.
    for (const name of readdirSync(folder)) {
      if (name.startsWith(WORK_PREFIX)) {
        rmSync(join(folder, name), { recursive: true, force: true });
      }
    }
    return holder;
  }
}

/** @returns The process that keeps the lock; `undefined` where another one has it. */
async function hold(file: string, when: "now" | "wait"): Promise<ChildProcess | undefined> {
  const [command = "", ...args] = lockCommand(file, when) ?? [];
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => {});
  const locked = new Promise<boolean>((resolve, reject) => {
    child.stdout.once("data", () => resolve(true));
    child.once("error", reject);
    child.once("exit", () => resolve(false));
  });
  return (await locked) ? child : undefined;
}

/** Where there is neither program set-up makes nothing: it needs a Python itself. */
function lockCommand(file: string, when: "now" | "wait"): string[] | undefined {
  const flock = which("flock");
  if (flock !== undefined) {
    return [flock, ...(when === "now" ? ["--nonblock"] : []), file, "/bin/sh", "-c", KEEP];
  }
  const python = which("python3");
  return python === undefined ? undefined : [python, "-I", "-c", KEEP_PYTHON, file, when];
}
