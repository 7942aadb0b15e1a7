import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { open, openSync } from "../../ts/index.ts";
import { processStat } from "../../ts/worker/process-stat.ts";
import { isAlive, until } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import { startThread } from "../support/thread.ts";

const USE = `
const { program, last } = workerData;
const fut = await bridge.open(program, { backend: "c" });
const sync = bridge.openSync(program, { backend: "c" });
parentPort.postMessage([fut.pid, sync.pid]);
if (last === "terminate") await new Promise(() => setInterval(() => {}, 1000));
if (last === "exit") process.exit();
`;

/** Process ids of the children that this process has or has not waited for. */
function children(): number[] {
  return readdirSync("/proc/self/task").flatMap((thread) => {
    const text = readFileSync(`/proc/self/task/${thread}/children`, "utf8");
    return text.split(" ").filter(Boolean).map(Number);
  });
}

test("the entries of workers whose thread has ended stay until the next start at the most", async (t) => {
  const program = programPath("errors");
  const own = await open(program, { backend: "c" });
  const orphans: number[] = [];
  for (const last of ["terminate", "exit"]) {
    const thread = startThread(USE, { program, last });
    const exit = once(thread, "exit");
    const [pids] = await once(thread, "message");
    if (last === "terminate") await thread.terminate();
    await exit;
    await until("both have ended", () => !pids.some(isAlive));
    orphans.push(...pids);
  }
  const next = await open(program, { backend: "c" });
  const left = children();
  assert.deepEqual(
    orphans.filter((pid) => left.includes(pid)),
    [],
  );
  // Those of this thread are waited for by Node.
  assert.ok(left.includes(own.pid as number) && left.includes(next.pid as number));
  // An idle module does not keep this process running until its worker's end is known.
  const held = setInterval(() => {}, 1000);
  t.after(() => clearInterval(held));
  process.kill(own.pid as number, "SIGKILL");
  assert.equal((await Promise.all([own.workerEnd, next.entry.positive(1)]))[0].signal, "SIGKILL");
  await Promise.all([own.close(), next.close()]);
});

test("a thread that closes a blocking module leaves no entry", async () => {
  const code = `
const sync = bridge.openSync(workerData.program, { backend: "c" });
const { pid } = sync;
sync.close();
parentPort.postMessage(pid);
`;
  const thread = startThread(code, { program: programPath("errors") });
  const exit = once(thread, "exit");
  const [pid] = await once(thread, "message");
  await exit;
  assert.ok(!children().includes(pid));
});

test("a child of the user's program is never waited for, whatever its name", {
  timeout: 120_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "futhark-names-"));
  t.after(() => rmSync(folder, { recursive: true }));
  // The number of no thread, in the two forms that workers' names have or had.
  for (const name of ["futhark-4194303", "fut2hwcf0123456"]) {
    const path = join(folder, name);
    copyFileSync("/bin/false", path);
    const child = spawn(path);
    const exit = once(child, "exit");
    // Blocks, so that Node does not wait for the child before the worker is started.
    while (processStat(child.pid as number)?.[0] !== "Z");
    assert.match(readFileSync(`/proc/${child.pid}/comm`, "latin1"), new RegExp(`^${name}$`, "m"));
    openSync(programPath("errors"), { backend: "c" }).close();
    assert.deepEqual(await exit, [1, null]);
  }
});
