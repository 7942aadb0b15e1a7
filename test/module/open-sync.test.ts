import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync as openFile,
  readdirSync,
  readlinkSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ELEMTYPES, type Elemtype, type TypedArray } from "../../ts/elemtypes.ts";
import { nd, type OpenOptions, open, openSync, variant } from "../../ts/index.ts";
import {
  isAlive,
  residentBytes,
  runScript,
  startScript,
  until,
  workersOf,
} from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

type Module = ReturnType<typeof openSync>;
const FOREVER = 2n ** 62n;

/** Opens a module, and returns the pid of its worker. */
function openWorker(name: string, options: OpenOptions = {}): [Module, number] {
  const others = new Set(workersOf());
  const fut = openSync(programPath(name), { backend: "c", ...options });
  const [pid] = workersOf().filter((each) => !others.has(each));
  assert.ok(pid !== undefined);
  return [fut, pid];
}

for (const sharedMemory of [true, false]) {
  describe(sharedMemory ? "with shared memory" : "without shared memory", () => {
    let identity: Module;
    let errors: Module;
    let types: Module;
    before(() => {
      [identity] = openWorker("identity", { sharedMemory });
      [errors] = openWorker("errors", { sharedMemory });
      [types] = openWorker("types", { sharedMemory });
    });
    after(() => {
      for (const fut of [identity, errors, types]) fut.close();
    });

    test("scalars are returned directly", () => {
      assert.equal(identity.entry.id_i8_0(-128), -128);
      assert.equal(identity.entry.id_u64_0(2n ** 64n - 1n), 2n ** 64n - 1n);
      assert.equal(identity.entry.id_bool_0(true), true);
      assert.ok(Object.is(identity.entry.id_f64_0(-0), -0));
      assert.equal(identity.entry.id_f16_0(1.5), 1.5);
    });

    test("arrays of every elemtype and of many sizes come back bit for bit, and stay", () => {
      const kept: [back: TypedArray, size: number, mask: number][] = [];
      const octet = (i: number, size: number, mask: number) => (i * 31 + size + (i >> 8)) & mask;
      for (const elemtype of Object.keys(ELEMTYPES) as Elemtype[]) {
        const { array, bytes } = ELEMTYPES[elemtype];
        const mask = elemtype === "bool" ? 1 : 255;
        // The last ones fill a buffer of 64 KiB but for a little.
        for (const size of [0, 1, 1000, 32_000, 63_936, 64_000, 64_512, 64_960, 65_536, 200_000]) {
          const length = Math.floor(size / bytes);
          const data = new array(length);
          new Uint8Array(data.buffer).forEach((_, i, octets) => {
            octets[i] = octet(i, size, mask);
          });
          const handle = identity.entry[`id_${elemtype}_1`](nd(data, [length], elemtype));
          assert.deepEqual(handle.shape, [length]);
          const back: TypedArray = handle.values();
          assert.equal(back.constructor, array);
          assert.equal(back.length, length);
          kept.push([back, size, mask]);
          handle.free();
        }
      }
      for (const [back, size, mask] of kept) {
        const octets = new Uint8Array(back.buffer, back.byteOffset, back.byteLength);
        const wrong = octets.findIndex((each, i) => each !== octet(i, size, mask));
        assert.equal(wrong, -1, `${back.constructor.name} of ${size} bytes`);
      }
    });

    test("arrays can be read in all forms", () => {
      const xs = identity.entry.id_i32_2([
        [1, 2],
        [3, 4],
      ]);
      assert.deepEqual(xs.toNested(), [
        [1, 2],
        [3, 4],
      ]);
      assert.deepEqual(xs.toNdArray().shape, [2, 2]);
      assert.equal(xs.at(1, 0), 3);
      assert.deepEqual([...xs.get().data], [1, 2, 3, 4]);
      const table = identity.entry.id_i32_1([1, 2]).toArrow() as Iterable<number>;
      assert.deepEqual([...table], [1, 2]);
      assert.equal((identity.fromFuthark(xs, xs) as unknown[]).length, 2);
    });

    test("records, tuples, sums and arrays of them are returned directly", () => {
      const place = types.entry.middle({ lat: 0, lon: 0 }, { lat: 2, lon: 4 });
      assert.deepEqual(place.toObject(), { lat: 1, lon: 2 });
      assert.equal(place.project("lon"), 2);
      assert.deepEqual(types.types.place.restore(place.store()).toObject(), { lat: 1, lon: 2 });
      const figure = types.entry.same_figure(variant("box", { w: 2, h: 3 }));
      assert.equal(figure.variant(), "box");
      assert.equal(types.entry.area(figure), 6);
      assert.deepEqual(figure.toObject(), { variant: "box", payload: [{ w: 2, h: 3 }] });
      const empty = types.entry.same_figure(variant("nothing"));
      assert.deepEqual(empty.toObject(), { variant: "nothing", payload: [] });
      assert.deepEqual(types.entry.places(2n).toObjects(), [
        { lat: 0, lon: 0 },
        { lat: 1, lon: -1 },
      ]);
      assert.deepEqual(types.entry.figures(0n).toObjects(), []);
      const [xs, n] = types.entry.swap([3, [1.5]]);
      assert.deepEqual([xs.toNested(), n], [[1.5], 3]);
      assert.equal(types.entry.unmark(types.entry.mark(-4)), 4);
    });

    test("errors are thrown, and the module still works", () => {
      const cases: [() => unknown, object][] = [
        [
          () => errors.entry.positive(1.5),
          { code: "bad-argument", message: /^positive argument 1 \(x\)/ },
        ],
        [
          () => errors.entry.positive(),
          { code: "bad-argument", message: /^positive: expected 1 arguments/ },
        ],
        [() => errors.entry.dot([1], [1, 2]), { code: "bad-argument", message: /^dot: .*sizes/ }],
        [
          () => errors.entry.positive(-1),
          { code: "program-error", message: /Assertion/, status: 2 },
        ],
        [() => errors.entry.scratch(2n ** 50n), { code: "out-of-memory" }],
        [() => errors.entry.nope, { code: "bad-argument", message: /no entry point nope/ }],
        [() => errors.entry.same(types.entry.fresh(1n)), { code: "wrong-module" }],
        [() => errors.entry.same([1]).at(1), { code: "bad-argument" }],
        [() => errors.toFuthark("[]i32", "x"), { code: "bad-argument" }],
        [() => errors.fromFuthark(1), { code: "bad-argument" }],
        [
          () => errors.entry.same(Promise.resolve([1])),
          { code: "bad-argument", message: /a Promise/ },
        ],
      ];
      for (const [call, expected] of cases) {
        assert.throws(call, expected);
        assert.equal(errors.entry.positive(3), 3);
      }
    });

    test("values can be freed and consumed", () => {
      const xs = errors.entry.same([1, 2]);
      const ys = errors.entry.same(xs);
      assert.deepEqual([...errors.entry.put(xs, 0n, 9).values()], [9, 2]);
      assert.throws(() => xs.values(), { code: "consumed", message: /consumed by put$/ });
      assert.deepEqual([...ys.values()], [1, 2]);
      ys.free();
      assert.throws(() => ys.values(), { code: "freed" });
      let kept: { state: string };
      {
        using zs = errors.entry.same([1]);
        kept = zs;
      }
      assert.equal(kept.state, "freed");
      for (let i = 0; i < 1000; i++) errors.entry.same([i]).free();
      assert.equal(errors.entry.same([5]).at(0), 5);
    });
  });
}

test("a call that takes too long ends the worker, and another takes its place", () => {
  const [fut, pid] = openWorker("errors");
  const xs = fut.entry.same([1]);
  const late = {
    name: "TimeoutError",
    message: "spin: took longer than 100 ms; its worker was ended",
  };
  assert.throws(() => fut.entry.spin.with({ timeoutMs: 100 })(FOREVER), late);
  assert.equal(isAlive(pid), false);
  assert.throws(() => xs.values(), { code: "freed", message: /is lost: spin: took longer/ });
  assert.equal(fut.entry.positive(2), 2);
  assert.throws(() => fut.entry.spin.with({ timeoutMs: 0.5 })(FOREVER), { code: "timeout" });
  assert.equal(fut.entry.positive.with({ timeoutMs: 60_000 })(2), 2);
  assert.equal(fut.entry.positive.with({ timeoutMs: 2 ** 40 })(2), 2);
  // The limit of a call is over with it.
  assert.equal(fut.entry.positive.with({ timeoutMs: 100 })(2), 2);
  assert.ok(fut.entry.spin(150_000_000n) > 0n);
  fut.close();
});

test("an aborted signal refuses a call; any other has no effect", () => {
  const [fut, pid] = openWorker("errors");
  const reason = new Error("enough");
  const call = fut.entry.positive.with({ signal: AbortSignal.abort(reason) });
  assert.throws(() => call(1), { code: "aborted", message: "positive: aborted", cause: reason });
  assert.equal(fut.entry.positive.with({ signal: new AbortController().signal })(1), 1);
  assert.ok(isAlive(pid));
  fut.close();
  const options = { signal: new AbortController().signal };
  assert.throws(() => openSync(programPath("errors"), options), { code: "bad-argument" });
});

test("a result that another module is still to return is refused, not waited for", async () => {
  const [fut] = openWorker("errors");
  await using other = await open(programPath("errors"), { backend: "c" });
  const pending = other.entry.positive(1);
  assert.throws(() => fut.entry.positive(pending), {
    code: "bad-argument",
    message:
      "positive: expected a value, got a pending call: a blocking call cannot wait for it, so await it first",
  });
  assert.equal(fut.entry.positive(await pending), 1);
  fut.close();
});

test("a worker that is dead is an error, not a hang", () => {
  const [fut, pid] = openWorker("errors");
  const xs = fut.entry.same([1]);
  process.kill(pid, "SIGKILL");
  const ended = { name: "WorkerExitError", code: "worker-exit", signal: "SIGKILL", exitCode: null };
  assert.throws(() => fut.entry.positive(1), ended);
  const lost = {
    code: "freed",
    message: /is lost: the worker was ended by SIGKILL during positive$/,
  };
  assert.throws(() => xs.values(), lost);
  assert.throws(() => fut.entry.same(xs), lost);
  assert.throws(() => fut.entry.same(new Float64Array(1e6)), { code: "bad-argument" });
  assert.deepEqual(fut.entry.same(new Int32Array(1e6)).shape, [1e6]);
  fut.close();
  assert.throws(() => fut.entry.positive(1), { code: "freed", message: /was closed$/ });
});

test("a worker that dies during a call is an error, not a hang", async () => {
  const [fut, pid] = openWorker("errors");
  // Kills the worker once it has been at the call for a while: this thread cannot.
  const code = `import os, time
def busy(): return int(open("/proc/${pid}/stat").read().rsplit(")", 1)[1].split()[11])
start = busy()
while busy() < start + 10: time.sleep(0.005)
os.kill(${pid}, 9)`;
  const killer = spawn("python3", ["-c", code], { stdio: "inherit" });
  assert.throws(() => fut.entry.spin(FOREVER), { name: "WorkerExitError", signal: "SIGKILL" });
  fut.close();
  const status = await new Promise((resolve) => killer.on("close", resolve));
  assert.equal(status, 0);
});

test("the exit of a worker is reported by the call, and not by the values made for it", async () => {
  const [fut, pid] = openWorker("errors", { sharedMemory: false });
  const xs = fut.entry.same([1]);
  const large = new Int32Array(100_000);
  process.kill(pid, "SIGKILL");
  // A child of this test, whose end is not noticed while calls block.
  while (isAlive(pid)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  const call = { name: "WorkerExitError", message: /during array creation/ };
  assert.throws(() => fut.entry.same(large), call);
  assert.throws(() => xs.values(), { code: "freed", message: /is lost/ });
  assert.deepEqual(fut.entry.same(large).values(), large);
  fut.close();
});

test("an error after close says that the module was closed", () => {
  const [fut, pid] = openWorker("errors");
  const xs = fut.entry.same([1]);
  fut.close();
  fut.close();
  const closed = { name: "ValueStateError", code: "freed", message: /closed/ };
  for (const use of [
    () => fut.entry.positive(1),
    () => fut.entry.same(xs),
    () => xs.values(),
    () => fut.sync(),
    () => fut.toFuthark("[]i32", [1]),
  ]) {
    assert.throws(use, closed);
  }
  return until("the worker is gone", () => !isAlive(pid));
});

test("a closed worker has ended, and holds no descriptor before the event loop turns", () => {
  const descriptors = (): number => readdirSync("/proc/self/fd").length;
  openWorker("errors")[0].close();
  const before = descriptors();
  for (let i = 0; i < 3; i++) {
    const [fut, pid] = openWorker("errors");
    fut.close();
    assert.ok(!isAlive(pid));
  }
  assert.equal(descriptors(), before);
});

/** Fills the pipe to the worker that was started last, which must not read. */
function fillPipe(): void {
  const descriptors = readdirSync("/proc/self/fd").map((fd) => `/proc/self/fd/${fd}`);
  const pipe = descriptors.findLast((path) => linkOf(path).includes("/requests"));
  assert.ok(pipe !== undefined);
  const fd = openFile(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    for (const bytes of [4096, 1]) {
      assert.throws(
        () => {
          for (;;) writeSync(fd, Buffer.alloc(bytes));
        },
        { code: "EAGAIN" },
      );
    }
  } finally {
    closeSync(fd);
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

test("closing with a limit ends a worker that is stopped, even if its pipe is full", {
  skip: process.platform !== "linux" && "needs Linux",
}, () => {
  for (const full of [false, true]) {
    const [fut, pid] = openWorker("errors");
    assert.equal(fut.entry.positive(1), 1);
    process.kill(pid, "SIGSTOP");
    if (full) fillPipe();
    fut.close({ timeoutMs: 50 });
    assert.ok(!isAlive(pid));
    assert.throws(() => fut.entry.positive(1), { code: "freed" });
  }
  const [idle, pid] = openWorker("errors");
  idle.close({ timeoutMs: 60_000 });
  assert.ok(!isAlive(pid));
});

test("closing with a limit after the worker died closes no other file", () => {
  const [fut, pid] = openWorker("errors");
  process.kill(pid, "SIGKILL");
  assert.throws(() => fut.entry.positive(1), { code: "worker-exit" });
  const files = Array.from({ length: 8 }, () => openFile("/dev/null", "r"));
  fut.close({ timeoutMs: 50 });
  for (const file of files) closeSync(file);
});

test("leaving the block of a using declaration closes", () => {
  let pid: number;
  {
    const [opened, id] = openWorker("errors");
    using fut = opened as unknown as Disposable & Module;
    pid = id;
    assert.equal(fut.entry.positive(1), 1);
  }
  return until("the worker is gone", () => !isAlive(pid));
});

for (const listens of [false, true]) {
  test(`Ctrl-C ends a running call, ${listens ? "as an error where somebody listens" : "and the script"}`, async () => {
    const script = startScript(`
      const { workersOf } = await import("./test/support/processes.ts");
      const fut = openSync(program("errors"), { backend: "c" });
      ${listens ? 'process.on("SIGINT", () => { console.log("listener"); });' : ""}
      console.log(workersOf().join());
      try {
        fut.entry.spin(${FOREVER}n);
      } catch (error) {
        console.log(error.name, error.signal);
      }
    `);
    const worker = Number(await script.line());
    // As a terminal does: to the whole group.
    process.kill(-(script.child.pid as number), "SIGINT");
    const { status, signal, stdout } = await script.ended;
    if (listens) {
      assert.equal(stdout.split("\n")[1], "WorkerExitError SIGINT");
      assert.equal(status, 0);
    } else {
      assert.equal(signal, "SIGINT");
    }
    await until("the worker is gone", () => !isAlive(worker));
  });
}

test("a Node that is killed during a call leaves no worker", async () => {
  const script = startScript(`
    const { workersOf } = await import("./test/support/processes.ts");
    const fut = openSync(program("errors"), { backend: "c" });
    console.log(workersOf().join());
    fut.entry.spin(${FOREVER}n);
  `);
  const worker = Number(await script.line());
  assert.ok(isAlive(worker));
  script.child.kill("SIGKILL");
  await script.ended;
  await until("the worker is gone", () => !isAlive(worker));
});

test("a module that is never closed does not keep Node running, and leaves no files", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "open-sync-"));
  try {
    const { status, stdout, stderr } = await runScript(
      `
      const fut = openSync(program("errors"), { backend: "c" });
      console.log(fut.entry.positive(5));
    `,
      { env: { TMPDIR: temporary } },
    );
    assert.deepEqual([status, stdout, stderr], [0, "5\n", ""]);
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name.startsWith("futhark-bridge")),
      [],
    );
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
});

test("a limit applies to a call with large arrays, and not to the next call", () => {
  using fut = openSync(programPath("errors"), { backend: "c" });
  const matrix = nd(new Float64Array(1200 * 1200), [1200, 1200]);
  const limited = fut.entry.matmul.with({ timeoutMs: 20 });
  assert.throws(() => limited(matrix, matrix), { code: "timeout" });
  // Each array is within the limit of a message, the two are not.
  using narrow = openSync(programPath("errors"), { backend: "c", maxMessageBytes: 50_000 });
  const data = new Int32Array(8000);
  const refused = narrow.entry.add_to.with({ timeoutMs: 20 });
  assert.throws(() => refused(data, data), { code: "bad-argument" });
  assert.equal(typeof narrow.entry.spin(100_000_000n), "bigint");
});

test("a call that fails frees what was made for it", () => {
  using fut = openSync(programPath("weigh"), { backend: "c" });
  const worker = Math.max(...workersOf());
  const xs = new Int32Array(2 ** 21);
  const fail = (): void =>
    assert.throws(() => fut.entry.weigh({ xs, n: 1n }, 0n), { code: "program-error" });
  for (let i = 0; i < 3; i++) fail();
  const before = residentBytes(worker);
  for (let i = 0; i < 20; i++) fail();
  assert.ok(residentBytes(worker) - before < 4 * xs.byteLength);
});
