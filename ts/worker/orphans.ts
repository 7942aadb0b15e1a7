import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { loadLibc } from "../memory/libc.ts";
import { processStat } from "./process-stat.ts";

// Node waits for a child in the event loop of the thread that started it. Where the thread ends
// first, the system keeps the entry of the child that has exited until the whole process ends. So a
// worker that a thread starts takes a name that the entry keeps, with the number of the thread and
// a tag of this process; and whoever starts another worker waits for those whose thread is no more.
// The tag distinguishes them from children of the user's program, for which nobody else may wait.

/**
 * Returns the process name of a worker that this thread starts.
 * @returns `undefined` in the main thread, which ends with the process.
 */
export function workerName(): string | undefined {
  if (isMainThread || process.platform !== "linux") return undefined;
  try {
    const thread = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    return `fut${thread.toString(36).padStart(THREAD_LENGTH, "0")}${tag()}`;
  } catch {
    return undefined;
  }
}

/** Frees the entries of workers that have exited after the thread that started them. */
export function reapOrphans(): void {
  if (process.platform !== "linux") return;
  try {
    const threads = readdirSync("/proc/self/task");
    for (const pid of threads.flatMap(childrenOf)) {
      const [, thread, tagged] = ORPHAN.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      if (thread === undefined || tagged !== tag()) continue;
      // Asked last: a thread that started after the list was made waits for its own.
      if (!existsSync(`/proc/self/task/${Number.parseInt(thread, 36)}`)) {
        loadLibc()?.reap(Number(pid));
      }
    }
  } catch {
    // A thread or a child has just gone, or the kernel does not list children.
  }
}

function childrenOf(thread: string): string[] {
  const text = readFileSync(`/proc/self/task/${thread}/children`, "utf8");
  return text.split(" ").filter(Boolean);
}

let ownTag: string | undefined;

/** Returns what only this process has: it is derived from its number and the time of its start. */
function tag(): string {
  if (ownTag === undefined) {
    const start = processStat(process.pid)?.[START_TIME];
    const digest = createHash("sha256").update(`${process.pid} ${start}`).digest("base64url");
    ownTag = digest.slice(0, 7);
  }
  return ownTag;
}

/** The digits of a thread's number in base 36; Linux has fewer than 2^22 of them. */
const THREAD_LENGTH = 5;
/** Index of the time at which a process started, among the fields after its name. */
const START_TIME = 19;
/** Matches the start of /proc/PID/stat of a worker that a thread started, and that has exited. */
const ORPHAN = /^\d+ \(fut([0-9a-z]{5})([\w-]{7})\) Z /;
