import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "../errors.ts";
import { makeCacheDir, WORK_PREFIX } from "./places.ts";
import type { Progress } from "./progress.ts";
import { which } from "./which.ts";

// Each command locks a file, reports that, and keeps the lock until its input ends, which it does
// when this process ends in any way. Node has no file locks.
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

/** Excludes other setups of the same cache folder; taken only if there is something to do. */
export class SetupLock {
  readonly #progress: Progress;
  #taking: Promise<ChildProcess | undefined> | undefined;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** Waits for other setups, showing progress; check again afterwards what is missing. */
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
      (await this.#progress.step("waiting for another setup", () => hold(file, "wait")));
    if (holder === undefined) throw new BuildError(`cannot lock ${file}`);
    // No other setup is running: these were left by setups that were killed.
    for (const name of readdirSync(folder)) {
      if (name.startsWith(WORK_PREFIX)) {
        rmSync(join(folder, name), { recursive: true, force: true });
      }
    }
    return holder;
  }
}

/** @returns The process that holds the lock; `undefined` if another one has it. */
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

/** Returns `undefined` if there is neither program; setup then fails, as it needs Python. */
function lockCommand(file: string, when: "now" | "wait"): string[] | undefined {
  const flock = which("flock");
  if (flock !== undefined) {
    return [flock, ...(when === "now" ? ["--nonblock"] : []), file, "/bin/sh", "-c", KEEP];
  }
  const python = which("python3");
  return python === undefined ? undefined : [python, "-I", "-c", KEEP_PYTHON, file, when];
}
