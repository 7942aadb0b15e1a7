import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { loadLibc } from "../memory/libc.ts";

// Node waits for a child in the event loop of the thread that started it. Where the thread ends
// first, the system keeps the entry of the child that has exited until the whole process ends. So a
// worker that a thread starts takes a name with the number of the thread, which the entry keeps;
// and whoever starts another worker waits for those whose thread has ended.

/**
 * Returns the system's number of this thread, for the name of a worker that it starts.
 * @returns `undefined` in the main thread, which ends with the process.
 */
export function threadNumber(): number | undefined {
  if (isMainThread || process.platform !== "linux") return undefined;
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
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
      const [, thread] = ORPHAN.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      // Asked last: a thread that started after the list was made waits for its own.
      if (thread !== undefined && !existsSync(`/proc/self/task/${thread}`)) {
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

/** Matches the start of /proc/PID/stat of a worker that a thread started, and that has exited. */
const ORPHAN = /^\d+ \(futhark-(\d+)\) Z /;
