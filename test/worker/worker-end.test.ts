import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open as openFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  type FutharkArray,
  type FutharkModule,
  type OpenOptions,
  open,
  openPool,
} from "../../ts/index.ts";
import { isAlive, runScript, startScript, until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const errors = programPath("errors");
/** More steps than anyone waits for. */
const FOREVER = 2n ** 62n;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "worker-end-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the module of errors, and returns the pid of its worker. */
async function openWorker(options: OpenOptions = {}): Promise<[FutharkModule, number]> {
  const others = new Set(workersOf());
  const fut = await open(errors, { backend: "c", ...options });
  const [pid] = workersOf().filter((each) => !others.has(each));
  assert.ok(pid !== undefined);
  return [fut, pid];
}

/** An environment in which Python runs some code when it starts. */
function atStart(name: string, code: string): Record<string, string> {
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, "sitecustomize.py"), code);
  return { PYTHONPATH: place };
}

/** A named pipe; `open` writes to it, which its reader waits for. */
function gate(name: string): { path: string; open(): Promise<void> } {
  const path = join(folder, `${name}.fifo`);
  execFileSync("mkfifo", [path]);
  const open = async (): Promise<void> => {
    const file = await openFile(path, "w");
    await file.close();
  };
  return { path, open };
}

test("a worker that is killed during a call rejects pending and later calls", async () => {
  const [fut, pid] = await openWorker();
  const xs: FutharkArray = await fut.entry.same([1]);
  const pending = [
    fut.entry.spin(FOREVER),
    fut.entry.positive(1),
    fut.entry.same(xs),
    fut.entry.positive(fut.entry.positive(1)),
    xs.values(),
    fut.sync(),
  ];
  process.kill(pid, "SIGKILL");
  const results = await Promise.allSettled(pending);
  for (const result of results) {
    assert.ok(result.status === "rejected");
    assert.equal(result.reason.name, "WorkerExitError");
    assert.equal(result.reason.signal, "SIGKILL");
    assert.equal(result.reason.exitCode, null);
    assert.equal(result.reason.message, "the worker was ended by SIGKILL during spin");
  }
  const lost = { code: "freed", message: /is lost: the worker was ended by SIGKILL during spin$/ };
  for (const late of [() => xs.values(), () => fut.entry.same(xs)]) {
    await assert.rejects(late(), lost);
    assert.equal(fut.pid, undefined, "no worker is started for what it could not do");
  }
  assert.equal(await fut.entry.positive(1), 1);
  await fut.close();
  await fut.close();
});

test("the error of a Python that exits during a call has its status and the end of stderr", async () => {
  const { path, open } = gate("exit");
  const env = atStart(
    "exit",
    `import os, sys, threading
def end():
    open(${JSON.stringify(path)}).read()
    sys.stderr.write("first words\\nlast words\\n")
    sys.stderr.flush()
    os._exit(7)
threading.Thread(target=end, daemon=True).start()
`,
  );
  const [fut] = await openWorker({ env });
  const calls = [fut.entry.spin(FOREVER), fut.entry.positive(1)];
  await open();
  for (const call of calls) {
    await assert.rejects(call, {
      name: "WorkerExitError",
      exitCode: 7,
      signal: null,
      stderr: "first words\nlast words\n",
      message:
        "the worker exited with status 7 during spin; its stderr ends with:\nfirst words\nlast words",
    });
  }
  await fut.close();
});

test("a process that the worker leaves behind, with its pipes open, does not hide its exit", async () => {
  const { path, open } = gate("left");
  const env = atStart(
    "left",
    `import os
if os.fork() == 0:
    open(${JSON.stringify(path)}).read()
    os._exit(0)
`,
  );
  const [fut, pid] = await openWorker({ env });
  const call = fut.entry.spin(FOREVER);
  process.kill(pid, "SIGKILL");
  await assert.rejects(call, { name: "WorkerExitError", signal: "SIGKILL" });
  await fut.close();
  await open();
});

test("a process that the worker forks while it serves does not hide its exit", {
  timeout: 60_000,
}, async () => {
  const { path, open } = gate("fork");
  const env = atStart(
    "fork",
    `import os, sys
readv, count = os.readv, 0
def forking(fd, buffers):
    global count
    read = readv(fd, buffers)
    count += 1
    if count == 2 and os.fork() == 0:
        os.setsid()
        open(${JSON.stringify(path)}).read()
        os._exit(0)
    return read
os.readv = forking
`,
  );
  for (const opener of ["open", "openSync"]) {
    // A blocking call that waits for ever would keep these tests as well.
    const script = startScript(`
      const fut = await ${opener}(program("errors"), {
        backend: "c",
        env: ${JSON.stringify(env)},
      });
      for (let i = 1; i < 4; i++) await fut.entry.positive(i);
      process.kill(fut.pid, "SIGKILL");
      try {
        await fut.entry.spin(${FOREVER}n);
      } catch (error) {
        console.log(error.signal);
      }
      process.exit();
    `);
    try {
      assert.equal(await script.line(), "SIGKILL");
    } finally {
      script.child.kill("SIGKILL");
      await open();
      await script.ended;
    }
  }
});

test("a Node that is killed, during a call or not, leaves no worker", async () => {
  for (const call of ["", `fut.entry.spin(${FOREVER}n);`]) {
    const script = startScript(`
      const { workersOf } = await import("./test/support/processes.ts");
      const fut = await open(program("errors"), { backend: "c" });
      ${call}
      console.log(workersOf().join());
      setInterval(() => {}, 1000);
    `);
    const pid = Number(await script.line());
    assert.ok(isAlive(pid));
    script.child.kill("SIGKILL");
    assert.equal((await script.ended).signal, "SIGKILL");
    await until("the worker is gone", () => !isAlive(pid));
  }
});

test("an idle worker does not keep Node running, and ends with it", async () => {
  const script = startScript(`
    const { workersOf } = await import("./test/support/processes.ts");
    const fut = await open(program("errors"), { backend: "c" });
    const xs = await fut.entry.same(new Int32Array(1e6));
    console.log(workersOf().join(), await fut.entry.positive(5), (await xs.values()).length);
  `);
  const [pid, five, length] = (await script.line()).split(" ").map(Number);
  assert.deepEqual([five, length], [5, 1e6]);
  const { status, stderr } = await script.ended;
  assert.equal(stderr, "");
  assert.equal(status, 0);
  await until("the worker is gone", () => !isAlive(pid as number));
});

test("a call that is pending keeps Node running until it has settled", async () => {
  const { stdout, status } = await runScript(`
    const fut = await open(program("errors"), { backend: "c" });
    fut.entry.positive(fut.entry.positive(6)).then((x) => console.log(x));
  `);
  assert.equal(stdout, "6\n");
  assert.equal(status, 0);
});

test("Node waits for the exit of a worker while calls are pending", async () => {
  // Its pipe may close a moment before its end is known; nothing else keeps Node running then.
  const { stdout, stderr, status } = await runScript(`
    const { workersOf } = await import("./test/support/processes.ts");
    for (let i = 0; i < 20; i++) {
      await open("x", { python: "/bin/false" }).catch((error) => console.log(error.exitCode));
    }
    const fut = await open(program("errors"), { backend: "c" });
    const call = fut.entry.spin(${FOREVER}n);
    process.kill(workersOf()[0], "SIGKILL");
    await call.catch((error) => console.log(error.signal));
  `);
  assert.equal(stderr, "");
  assert.equal(stdout, `${"1\n".repeat(20)}SIGKILL\n`);
  assert.equal(status, 0);
});

test("close waits for calls that run, and for those that wait", async () => {
  const [fut, pid] = await openWorker();
  const order: string[] = [];
  const note = (what: string) => () => {
    order.push(what);
  };
  const calls = [
    fut.entry.spin(20_000_000n).then(note("spin")),
    fut.entry.same(new Int32Array(1e6)).then(note("same")),
    fut.entry.positive(fut.entry.positive(1)).then(note("positive")),
  ];
  const closing = fut.close().then(note("closed"));
  await assert.rejects(fut.entry.positive(1), { code: "freed", message: /module .*was closed/ });
  await Promise.all([...calls, closing]);
  assert.equal(order.at(-1), "closed");
  assert.equal(order.length, 4);
  assert.equal(isAlive(pid), false);
});

test("an error after close says that the module was closed", async () => {
  const [fut] = await openWorker();
  const xs: FutharkArray = await fut.entry.same([1]);
  const pending = fut.entry.same([2]);
  await Promise.all([fut.close(), fut.close()]);
  await fut.close();
  assert.equal(xs.state, "lost");
  const closed = { name: "ValueStateError", code: "freed", message: /closed/ };
  await assert.rejects(fut.entry.positive(1), closed);
  await assert.rejects(fut.entry.same(xs), closed);
  await assert.rejects(fut.entry.same(await pending), closed);
  await assert.rejects(xs.values(), closed);
  await assert.rejects(xs.at(0), closed);
  await assert.rejects(fut.sync(), closed);
  await assert.rejects(fut.toFuthark("[]i32", [1]), closed);
  const [other] = await openWorker();
  await assert.rejects(other.entry.same(xs), closed);
  await other.close();
  xs.free();
  assert.equal(fut.backend, "c");
});

test("a call that takes too long ends the worker, and another takes its place", async () => {
  const [fut, pid] = await openWorker();
  const xs: FutharkArray = await fut.entry.same([1]);
  const spin = fut.entry.spin.with({ timeoutMs: 100 })(FOREVER);
  const others = [fut.entry.positive(1), fut.entry.same(xs)];
  const late = {
    name: "TimeoutError",
    message: "spin: took longer than 100 ms; its worker was ended",
  };
  await assert.rejects(spin, late);
  const ended = "the worker was ended: spin: took longer than 100 ms";
  for (const other of others) {
    await assert.rejects(other, { name: "WorkerExitError", signal: "SIGKILL", message: ended });
  }
  assert.equal(xs.state, "lost");
  const lost = {
    code: "freed",
    message: `[]i32 values: the value of type []i32 is lost: ${ended}`,
  };
  await assert.rejects(xs.values(), lost);
  await assert.rejects(fut.entry.same(xs), { code: "freed" });
  assert.equal(await fut.entry.positive(2), 2);
  await until("the first worker is gone", () => !isAlive(pid));
  assert.deepEqual([...(await (await fut.entry.same([3])).values())], [3]);
  // And again, with the next worker.
  await assert.rejects(fut.entry.spin.with({ timeoutMs: 50 })(FOREVER), { code: "timeout" });
  assert.equal(await fut.entry.positive(4), 4);
  await fut.close();
});

test("a reply in time is not late because this thread was busy", async () => {
  const [fut] = await openWorker();
  const { pid } = fut;
  const call = fut.entry.positive.with({ timeoutMs: 100 })(1);
  await new Promise((resolve) => setImmediate(resolve)); // it has been sent
  block(1000);
  assert.equal(await call, 1);
  assert.equal(fut.pid, pid);
  await fut.close();
  const pool = await openPool(errors, { backend: "c", workers: 1 });
  const task = pool.entry.positive.with({ timeoutMs: 100 })(2);
  await new Promise((resolve) => setImmediate(resolve));
  block(1000);
  assert.equal(await task, 2);
  await pool.close();
});

/** Keeps this thread from all else, as a long calculation does. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("a call that is aborted ends the worker, with the reason as the cause", async () => {
  const [fut] = await openWorker();
  const reason = new Error("enough");
  const controller = new AbortController();
  const spin = fut.entry.spin.with({ signal: controller.signal })(FOREVER);
  // When this is answered the worker is at the next call already.
  const before = fut.entry.positive(1);
  controller.abort(reason);
  await assert.rejects(spin, {
    name: "AbortError",
    code: "aborted",
    message: "spin: aborted; its worker was ended",
    cause: reason,
  });
  await assert.rejects(before, {
    code: "worker-exit",
    message: "the worker was ended: spin: aborted",
  });
  assert.equal(await fut.entry.positive(3), 3);
  const [worker] = workersOf();
  const never = fut.entry.spin.with({ signal: controller.signal })(FOREVER);
  await assert.rejects(never, { message: "spin: aborted", cause: reason });
  assert.deepEqual(workersOf(), [worker]);
  await fut.close();
});

test("a limit that is not exceeded has no effect, however long it is", async () => {
  const [fut, pid] = await openWorker();
  const { signal } = new AbortController();
  const xs = await fut.entry.same.with({ timeoutMs: 60_000, signal })([1]);
  for (const timeoutMs of [2 ** 31 - 1, 2 ** 31, 2 ** 40]) {
    assert.equal(await fut.entry.positive.with({ timeoutMs })(1), 1);
    assert.equal((await fut.entry.spin.with({ timeoutMs })(3_000_000n)) > 0n, true);
  }
  assert.equal(await xs.at(0), 1);
  assert.ok(isAlive(pid));
  await fut.close();
});

test("a limit applies while the module closes", async () => {
  const [fut, pid] = await openWorker();
  const spin = fut.entry.spin.with({ timeoutMs: 100 })(FOREVER);
  const closing = fut.close();
  await assert.rejects(spin, { code: "timeout" });
  await closing;
  assert.equal(isAlive(pid), false);
});

test("the exit of one worker does not affect another", async () => {
  const [[one, first], [two]] = [await openWorker(), await openWorker()];
  const spin = one.entry.spin(FOREVER);
  const xs = two.entry.same([7]);
  process.kill(first, "SIGKILL");
  await assert.rejects(spin, { code: "worker-exit" });
  assert.deepEqual([...(await (await xs).values())], [7]);
  await Promise.all([one.close(), two.close()]);
});

test("what Python code prints goes to stdout and does not disturb replies", async () => {
  const env = atStart(
    "prints",
    `import sys, threading, time
print("at start", "x" * 100000, flush=True)
class Noisy(threading.Thread):
    def run(self):
        while True:
            print("meanwhile", flush=True)
            time.sleep(0.001)
Noisy(daemon=True).start()
`,
  );
  const { stdout, stderr, status } = await runScript(
    `
    const fut = await open(program("errors"), { backend: "c", env: ${JSON.stringify(env)} });
    const sync = openSync(program("errors"), { backend: "c", env: ${JSON.stringify(env)} });
    for (let i = 1; i < 200; i++) if ((await fut.entry.positive(i)) !== i) process.exit(3);
    for (let i = 1; i < 200; i++) if (sync.entry.positive(i) !== i) process.exit(4);
    sync.close();
    await fut.close();
  `,
  );
  assert.equal(stderr, "");
  assert.equal(status, 0);
  assert.ok(stdout.includes("at start xxxx"));
  assert.ok(stdout.includes("meanwhile\n"));
});

test("what Futhark logs goes to stderr", async () => {
  const { stdout, stderr, status } = await runScript(`
    const fut = await open(program("errors"), { backend: "c", debugging: true, logging: true });
    console.log(await fut.entry.positive(5));
    await fut.close();
  `);
  assert.equal(stdout, "5\n");
  assert.notEqual(stderr, "");
  assert.equal(status, 0);
});
