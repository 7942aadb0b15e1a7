import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { attach, type FutharkArray, isFutharkError, type ValueStateError } from "../../ts/index.ts";
import { slabPool } from "../../ts/memory/slab-pool.ts";
import { until } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import { RemotePython } from "../support/remote-python.ts";

const index = fileURLToPath(new URL("../../ts/index.ts", import.meta.url));
/** Takes longer than any test may. */
const FOREVER = 10n ** 14n;

/** Shares `errors.fut` from a Python process, with the array x = [1, 2, 3]. */
async function start(python: RemotePython, program = "errors"): Promise<string> {
  await python.run(`import futhark_bridge, json, os
m = futhark_bridge.load(${JSON.stringify(programPath(program))}, backend="c")`);
  if (program === "errors") await python.run("x = m.to_futhark('[]i32', [1, 2, 3])");
  return python.text(`s = futhark_bridge.share(m${program === "errors" ? ", x=x" : ""})
str(s.path)`);
}

/** Runs a program in a Node process of its own; `path` is what it attaches to. */
function node(code: string, path: string) {
  const text = `import { attach } from ${JSON.stringify(index)};
const path = ${JSON.stringify(path)};
${code}`;
  return [process.execPath, ["--import", "tsx", "--input-type=module", "-e", text]] as const;
}

const clientsGone = "[t.join() for t in list(s._server._clients.values())]";
const live = "len(m.program.context.live)";

test("values shared by Python are the same values in Node", async () => {
  await using python = new RemotePython("process.py");
  await using fut = await attach(await start(python));
  assert.deepEqual(Object.keys(fut.shared), ["x"]);
  assert.equal(String(fut.shared.x), "[3]i32");
  assert.deepEqual(await fut.shared.x.values(), Int32Array.of(1, 2, 3));
  assert.equal(await python.run(live), "1"); // no copy was made
  assert.equal(await fut.entry.dot([1, 2], [3, 4]), 11);
  assert.equal(await python.run("m.entry.dot([1, 2], [3, 4])"), "11.0");
  assert.throws(() => fut.shared.y, /^ArgumentError: the program has no shared value y; it has x$/);
});

test("values of every kind are shared", async () => {
  await using python = new RemotePython("process.py");
  await start(python, "types");
  const path = await python.text(`t = futhark_bridge.share(
  m, place=m.to_futhark("place", {"lat": 1.5, "lon": 2.5}),
  figure=m.to_futhark("figure", futhark_bridge.variant("disc", 2.0)),
  grid=m.entry.place_grid(2, 3))
str(t.path)`);
  await using fut = await attach(path);
  assert.deepEqual(await fut.shared.place.toObject(), { lat: 1.5, lon: 2.5 });
  assert.equal(await fut.shared.figure.variant(), "disc");
  assert.deepEqual(fut.shared.grid.shape, [2, 3]);
  assert.equal(await python.run("t.close(); m.close()"), "None");
});

test("what one side consumes is consumed for the other", async () => {
  await using python = new RemotePython("process.py");
  await start(python);
  await python.run("y = m.to_futhark('[]i32', [4, 5])");
  await using fut = await attach(
    await python.text("s = futhark_bridge.share(m, x=x, y=y); str(s.path)"),
  );
  const z: FutharkArray = await fut.entry.put(fut.shared.x, 0n, 9);
  assert.deepEqual(await z.values(), Int32Array.of(9, 2, 3));
  assert.equal(await python.run("x.state"), "'consumed'");
  await assert.rejects(python.run("x.to_list()"), /ValueStateError: .* was consumed by put/);
  assert.equal(await python.run("m.entry.put(y, 0, 7).to_list()"), "[7, 5]");
  await assert.rejects(fut.shared.y.values(), (error: ValueStateError) => {
    assert.ok(isFutharkError(error, "consumed"));
    assert.match(error.message, /\[\]i32 was consumed by put$/);
    return true;
  });
  await assert.rejects(fut.entry.same(fut.shared.y), { code: "consumed" });
  // A client that connects now gets the error at once.
  await using later = await attach(await python.text("str(s.path)"));
  assert.equal(later.shared.y.state, "consumed");
  await assert.rejects(later.entry.same(later.shared.y), { code: "consumed" });
});

test("a result that may share memory with a shared value keeps it from being overwritten", async () => {
  await using python = new RemotePython("process.py");
  await using fut = await attach(await start(python));
  const alias: FutharkArray = await fut.entry.same(fut.shared.x);
  await (await fut.entry.put(alias, 0n, 9)).values();
  assert.equal(await python.run("x.to_list()"), "[1, 2, 3]");
});

test("freeing a shared value in Node affects only Node's handle", async () => {
  await using python = new RemotePython("process.py");
  await using fut = await attach(await start(python));
  fut.shared.x.free();
  assert.equal(await fut.entry.positive(1), 1); // the free has been done
  await assert.rejects(fut.entry.same(fut.shared.x), { code: "freed" });
  assert.equal(await python.run("x.to_list()"), "[1, 2, 3]");
});

test("closing in Node frees what was made there, and nothing else", async () => {
  await using python = new RemotePython("process.py");
  const path = await start(python);
  const fut = await attach(path);
  const mine: FutharkArray = await fut.entry.same([1, 2]);
  await fut.entry.same(fut.shared.x);
  assert.equal(await python.run(live), "3");
  await fut.close();
  assert.equal(await python.run(live), "1");
  assert.equal(await python.run("x.to_list(), m.entry.positive(2)"), "([1, 2, 3], 2)");
  await assert.rejects(mine.values(), { code: "freed" });
  await assert.rejects(async () => fut.entry.positive(1), { code: "freed" });
  await using again = await attach(path);
  assert.deepEqual(await again.shared.x.values(), Int32Array.of(1, 2, 3));
});

test("a Node process that is killed leaves nothing behind", async () => {
  await using python = new RemotePython("process.py");
  const path = await start(python);
  const [command, args] = node(
    `const fut = await attach(path);
const kept = await fut.entry.same(new Int32Array(100000));
console.log("ready");
await fut.entry.spin(20000000n);`,
    path,
  );
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "close");
  await python.run(clientsGone);
  assert.equal(await python.run(live), "1");
  assert.equal(await python.run("m.entry.positive(2)"), "2");
});

test("several clients have sessions of their own over one program", async () => {
  await using python = new RemotePython("process.py");
  const path = await start(python);
  await using a = await attach(path);
  await using b = await attach(path);
  const [xs, ys]: FutharkArray[] = await Promise.all([a.entry.same([1]), b.entry.same([2])]);
  assert.deepEqual(await xs?.values(), Int32Array.of(1));
  assert.deepEqual(await ys?.values(), Int32Array.of(2));
  await assert.rejects(async () => b.entry.same(xs), { code: "wrong-module" });
  await a.close();
  assert.deepEqual(await ys?.values(), Int32Array.of(2));
  assert.deepEqual(await b.shared.x.values(), Int32Array.of(1, 2, 3));
});

test("Python keeps running during a call from Node; killing it rejects the call at once", async () => {
  await using python = new RemotePython("process.py");
  const fut = await attach(await start(python));
  const spinning = fut.entry.spin(FOREVER);
  const after = fut.entry.positive(1);
  // Answers before a call that takes forever: the interpreter is not held up by it.
  assert.equal(await python.run("sum(range(1000000))"), "499999500000");
  python.process.kill("SIGKILL");
  const ended = {
    name: "WorkerExitError",
    message: /^the attached Python process \d+ has exited or stopped sharing the program$/,
  };
  await Promise.all([spinning, after].map((call) => assert.rejects(call, ended)));
  await assert.rejects(fut.entry.positive(1), ended);
  await fut.close();
});

test("both sides call at the same time, and no result is mixed up", async () => {
  await using python = new RemotePython("process.py");
  await using fut = await attach(await start(python));
  const theirs = python.run(`total = 0
for i in range(2000):
    y = m.entry.add_to(m.entry.same([i, i + 1]), [1, 2])
    total += y.to_list() != [i + 2, i + 2]
total`);
  const ours = Array.from({ length: 2000 }, async (_, i) => {
    const y: FutharkArray = await fut.entry.add_to(fut.entry.same([i, i + 1]), [1, 2]);
    assert.deepEqual(await y.values(), Int32Array.of(i + 2, i + 2));
  });
  assert.equal(await theirs, "0");
  await Promise.all(ours);
  assert.deepEqual(await fut.shared.x.values(), Int32Array.of(1, 2, 3));
});

test("Python that exits normally rejects pending calls, and removes its files", async () => {
  const python = new RemotePython("process.py");
  const path = await start(python);
  const fut = await attach(path);
  const spinning = fut.entry.spin(300_000_000n);
  const queued = fut.entry.positive(1);
  const rejected = Promise.all(
    [spinning, queued].map((call) => assert.rejects(call, { name: "WorkerExitError" })),
  );
  await python[Symbol.asyncDispose](); // after the call that runs
  await rejected;
  assert.equal(python.process.exitCode, 0);
  assert.ok(!existsSync(dirname(path)));
  await fut.close();
});

test("closing the share disconnects clients, and does not affect Python", async () => {
  await using python = new RemotePython("process.py");
  const path = await start(python);
  const fut = await attach(path);
  const kept = await fut.entry.same([1]);
  assert.match(
    await python.run("s"),
    /^<Share of .* with x; in Node: await attach\("\/.*json"\)>$/,
  );
  await python.run("s.close(); s.close(); s._server.join()");
  await assert.rejects(kept.values(), { name: "WorkerExitError" });
  assert.ok(!existsSync(dirname(path)));
  assert.match(await python.run("s"), /closed>$/);
  assert.equal(await python.run(live), "1");
  await assert.rejects(attach(path), {
    name: "ArgumentError",
    message: /cannot be read \(ENOENT\); its process has exited or stopped sharing the program/,
  });
  await fut.close();
});

test("closing the module in Python is reported to clients", async () => {
  await using python = new RemotePython("process.py");
  await using fut = await attach(await start(python));
  await python.run("m.close()");
  await assert.rejects(fut.entry.positive(1), { name: "ValueStateError", code: "freed" });
  await assert.rejects(fut.shared.x.values(), { name: "ValueStateError", code: "freed" });
});

test("a call that takes too long is abandoned, and nothing is lost", async () => {
  await using python = new RemotePython("process.py");
  await using fut = await attach(await start(python));
  // Small ones would wait for more to be freed.
  const data = new Int32Array(20_000).fill(4);
  const mine: FutharkArray = await fut.entry.same(data);
  await assert.rejects(fut.entry.spin.with({ timeoutMs: 20 })(300_000_000n), {
    name: "TimeoutError",
    message: "spin: took longer than 20 ms; it continues in the attached process",
  });
  const signal = AbortSignal.timeout(20);
  const before = fut.entry.spin(100_000_000n);
  const abandoned = fut.entry.same.with({ signal })(data);
  await assert.rejects(abandoned, (error: Error) => {
    assert.equal(error.message, "same: aborted; it continues in the attached process");
    assert.equal(error.cause, signal.reason);
    return true;
  });
  // The call it is passed to fails, whether or not it has failed by then.
  await assert.rejects(fut.entry.same(abandoned), { code: "aborted" });
  assert.deepEqual(await mine.values(), data);
  assert.deepEqual(await fut.shared.x.values(), Int32Array.of(1, 2, 3));
  await before;
  await assert.rejects(fut.entry.same(abandoned), { code: "aborted" });
  mine.free();
  assert.equal(await fut.entry.positive(1), 1); // frees go with the next call
  assert.equal(await fut.entry.positive(1), 1);
  assert.equal(await python.run(live), "1"); // nor is the result of the given up call
  assert.equal(await fut.entry.positive.with({ timeoutMs: 60_000 })(3), 3);
});

test("closing with a limit does not wait longer for calls in the other process", async () => {
  await using python = new RemotePython("process.py");
  const fut = await attach(await start(python));
  const busy = fut.entry.spin(FOREVER);
  await Promise.all([
    fut.close({ timeoutMs: 50 }),
    assert.rejects(busy, {
      code: "worker-exit",
      message: /was closed, and spin took longer than 50 ms; it continues in the attached process$/,
    }),
  ]);
  await assert.rejects(fut.entry.positive(1), { code: "freed", message: /closed/ });
  python.process.kill("SIGKILL"); // its call would continue
});

for (const sharedMemory of [true, false]) {
  test(`large arrays go both ways, sharedMemory: ${sharedMemory}`, async () => {
    await using python = new RemotePython("process.py");
    await start(python);
    await python.run(`import numpy as np
big = m.to_futhark("[]i32", np.arange(1000003, dtype=np.int32))`);
    const path = await python.text("b = futhark_bridge.share(m, big=big); str(b.path)");
    await using fut = await attach(path, { sharedMemory });
    const expected = Int32Array.from({ length: 1_000_003 }, (_, i) => i);
    assert.deepEqual(await fut.shared.big.values(), expected);
    using borrowed = await fut.shared.big.borrow();
    assert.deepEqual(borrowed.data, expected);
    const back: FutharkArray = await fut.entry.same(expected);
    assert.deepEqual(await back.values(), expected);
    const maps = "sum('memfd:futhark-bridge' in line for line in open('/proc/self/maps'))";
    const mapped = Number(await python.run(maps));
    assert.equal(mapped > 0, sharedMemory && slabPool() !== undefined);
    await fut.close();
    await python.run("[t.join() for t in list(b._server._clients.values())]");
    assert.equal(await python.run(maps), "0");
  });
}

test("an idle attached module does not keep Node running", async () => {
  await using python = new RemotePython("process.py");
  const path = await start(python);
  const [command, args] = node(
    "const fut = await attach(path); console.log(await fut.entry.positive(5));",
    path,
  );
  const { stdout } = await promisify(execFile)(command, args, { timeout: 60_000 });
  assert.equal(stdout, "5\n");
});

test("only their owner can use the socket and the connection file", async () => {
  await using python = new RemotePython("process.py");
  const path = await start(python);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
  const file = JSON.parse(readFileSync(path, "utf8"));
  assert.equal(dirname(file.socket), dirname(path));
  assert.match(file.secret, /^[0-9a-f]{64}$/);
  assert.deepEqual(file.shared, ["x"]);
});

/** What a server answers to one frame, before it ends the connection. */
async function answerTo(socketPath: string, kind: number, body: object): Promise<string> {
  const socket = connect(socketPath);
  const bytes = Buffer.from(JSON.stringify(body));
  const header = Buffer.alloc(12);
  header.writeUInt32LE(bytes.byteLength, 0);
  header.writeUInt32LE(1, 4);
  header.writeUInt32LE(kind, 8);
  socket.write(Buffer.concat([header, bytes]));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).subarray(12).toString();
}

test("without the secret there is an error, and the connection ends", async () => {
  await using python = new RemotePython("process.py");
  const path = await start(python);
  const { socket, secret } = JSON.parse(readFileSync(path, "utf8"));
  for (const given of [undefined, "", "0".repeat(64), secret.slice(1), 5, { length: 64 }]) {
    const answer = await answerTo(socket, 1, { protocol: 1, secret: given });
    assert.match(answer, /"message": "attach: the secret is missing or wrong/);
  }
  // No other request is handled first.
  assert.match(await answerTo(socket, 2, { secret }), /the secret is missing/);
  assert.match(await answerTo(socket, 1, [secret]), /the secret is missing/);
  assert.match(await answerTo(socket, 1, { secret, protocol: 99 }), /expected protocol 1, got 99/);
  await using fut = await attach(path);
  assert.equal(await fut.entry.positive(1), 1);
});

test("a file that is not a connection file, is old or belongs to another user is refused", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-test-"));
  t.after(() => rm(folder, { recursive: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const none = { name: "ArgumentError", message: /: not a connection file$/ };
  await assert.rejects(attach(write("text", "hello")), none);
  await assert.rejects(attach(write("null", "null")), none);
  await assert.rejects(attach(write("empty", "{}")), none);
  await assert.rejects(attach(join(folder, "missing")), /cannot be read \(ENOENT\)/);
  await assert.rejects(attach(""), /expected the path of a connection file/);
  await assert.rejects(
    attach("x", { python: "python3" } as object),
    /attach: unknown option python/,
  );
  await assert.rejects(attach(write("new", '{"protocol": 2}')), /expected protocol 1, got 2/);

  const python = new RemotePython("process.py");
  const path = await start(python);
  const stale = JSON.parse(readFileSync(path, "utf8"));
  const wrong = write("wrong", JSON.stringify({ ...stale, secret: "0".repeat(64) }));
  await assert.rejects(attach(wrong), {
    name: "ArgumentError",
    message: /secret is missing or wrong/,
  });
  python.process.kill("SIGKILL");
  await python[Symbol.asyncDispose]();
  await assert.rejects(attach(path), {
    name: "WorkerExitError",
    message: /^cannot connect \((ENOENT|ECONNREFUSED)\): the Python process \d+ has exited/,
  });
  // Who shares next cleans up after it.
  await using next = new RemotePython("process.py");
  await start(next);
  assert.ok(!existsSync(dirname(path)));
});

test("only usable handles can be shared", async () => {
  await using python = new RemotePython("process.py");
  await start(python);
  await assert.rejects(
    python.run("futhark_bridge.share(m, n=[1])"),
    /ArgumentError: share n: expected a handle, got list \[1\]; module.to_futhark/,
  );
  await python.run("y = m.to_futhark('[]i32', [1]); y.free()");
  await assert.rejects(
    python.run("futhark_bridge.share(m, y=y)"),
    /share y: the \[\]i32 was freed/,
  );
  await python.run(
    `o = futhark_bridge.load(${JSON.stringify(programPath("errors"))}, backend="c")`,
  );
  await assert.rejects(python.run("futhark_bridge.share(o, x=x)"), /belongs to another module/);
  await assert.rejects(python.run("futhark_bridge.share(3)"), /expected an open module, got 3/);
  await assert.rejects(python.run("o.close(); futhark_bridge.share(o)"), /the module is closed/);
});

test("a fork of the process neither serves nor cleans up, nor keeps clients waiting", async () => {
  await using python = new RemotePython("process.py");
  const path = await start(python);
  const fut = await attach(path);
  assert.equal(await fut.entry.positive(1), 1);
  const fork = await python.run(`import signal
pid = os.fork()
if pid == 0:
    s.close()
    signal.alarm(60)
    signal.pause()
pid`);
  assert.ok(existsSync(path));
  assert.equal(await fut.entry.positive(2), 2);
  const spinning = fut.entry.spin(FOREVER);
  assert.equal(await python.run("1"), "1");
  python.process.kill("SIGKILL");
  try {
    await assert.rejects(spinning, { name: "WorkerExitError" });
  } finally {
    process.kill(Number(fork)); // it was there until now
  }
  await fut.close();
});

test("serve() waits for Ctrl-C, and leaves nothing behind", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-test-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "errors.json");
  const python = new RemotePython("process.py");
  const served = python.run(`import futhark_bridge, threading, signal
m = futhark_bridge.load(${JSON.stringify(programPath("errors"))}, backend="c")
x = m.to_futhark("[]i32", [7])
futhark_bridge.serve(m, ${JSON.stringify(path)}, x=x)
m.entry.positive(3)`);
  while (!existsSync(path)) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(readdirSync(folder), ["errors.json"]);
  const fut = await attach(path);
  assert.deepEqual(await fut.shared.x.values(), Int32Array.of(7));
  python.process.kill("SIGINT");
  assert.equal(await served, "3");
  await assert.rejects(fut.entry.positive(1), { name: "WorkerExitError" });
  assert.deepEqual(readdirSync(folder), []);
  await python[Symbol.asyncDispose]();
  await fut.close();
});

test("a result over maxMessageBytes fails alone", async () => {
  await using python = new RemotePython("process.py");
  await start(python, "types");
  await python.run("h = m.types.holder.new(xs=m.entry.fresh(30000), tag=1)");
  const path = await python.text("b = futhark_bridge.share(m, h=h); str(b.path)");
  await using fut = await attach(path, { maxMessageBytes: 100_000 });
  const tag = fut.shared.h.project("tag");
  await assert.rejects(fut.shared.h.store(), {
    code: "bad-argument",
    message: /of \d+ bytes is longer than the limit of 100000 \(option maxMessageBytes\)/,
  });
  assert.equal(await tag, 1);
  assert.equal(await fut.shared.h.project("tag"), 1);
});

test("a connection file that another user may have written is refused", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-test-"));
  t.after(() => rm(folder, { recursive: true }));
  await using python = new RemotePython("process.py");
  const path = await start(python);
  const copy = join(folder, "copy.json");
  copyFileSync(path, copy);
  for (const mode of [0o620, 0o602]) {
    chmodSync(copy, mode);
    await assert.rejects(attach(copy), {
      name: "ArgumentError",
      message: /expected a file that only its owner can write$/,
    });
  }
  chmodSync(copy, 0o644);
  const link = join(folder, "link.json");
  symlinkSync(copy, link);
  await (await attach(link)).close();
  if (process.getuid?.() !== 0) return; // only root can change the owner of files
  chownSync(copy, 65534, 65534);
  for (const each of [copy, link]) {
    await assert.rejects(attach(each), {
      message: /expected user 0 or root as owner, got user 65534$/,
    });
  }
  // After the sharing process exited, another user may have made a socket of that name.
  const { socket } = JSON.parse(readFileSync(path, "utf8"));
  chownSync(socket, 65534, 65534);
  await assert.rejects(attach(path), {
    message: /socket .*: expected user 0 or root as owner, got user 65534/,
  });
});

test("a file without end is not a connection file", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-test-"));
  t.after(() => rm(folder, { recursive: true }));
  const none = { name: "ArgumentError", message: /: not a connection file$/ };
  const fifo = join(folder, "fifo");
  execFileSync("mkfifo", [fifo]);
  await assert.rejects(attach(fifo), none);
  const zero = join(folder, "zero");
  symlinkSync("/dev/zero", zero);
  await assert.rejects(attach(zero), none);
  await assert.rejects(attach(folder), none);
  const huge = join(folder, "huge");
  writeFileSync(huge, "{}");
  truncateSync(huge, 2 ** 40);
  await assert.rejects(attach(huge), none);
  const deep = join(folder, "deep");
  writeFileSync(deep, "[".repeat(2 ** 20));
  await assert.rejects(attach(deep), none);
});

test("of two clients that consume one value at once, one gets it", async () => {
  await using python = new RemotePython("process.py");
  const path = await start(python);
  await using a = await attach(path);
  await using b = await attach(path);
  const calls = [a, b].map((fut, i) => fut.entry.put(fut.shared.x, 0n, i + 7));
  const outcomes = await Promise.allSettled(calls);
  const made = outcomes.flatMap((each, i) =>
    each.status === "fulfilled" ? [[i, each.value]] : [],
  );
  assert.equal(made.length, 1);
  const [[i, ys]] = made as [[number, FutharkArray]];
  assert.deepEqual(await ys.values(), Int32Array.of(i + 7, 2, 3));
  const [refused] = outcomes.filter((each) => each.status === "rejected");
  assert.equal((refused as PromiseRejectedResult).reason.code, "consumed");
  assert.equal(await python.run("x.state"), "'consumed'");
});

test("closing a module waits for a running call of a client", async () => {
  await using python = new RemotePython("process.py");
  await using fut = await attach(await start(python));
  const running = fut.entry.spin(300_000_000n);
  const free = "m.program.lock.acquire(False) and (m.program.lock.release() or True)";
  await until("the call runs", async () => (await python.run(free)) === "False");
  assert.equal(await python.run("m.close()"), "None");
  assert.equal(typeof (await running), "bigint");
  await assert.rejects(fut.entry.positive(1), { code: "freed" });
});

test("a share made again under the same path is found there, and stays when the first is closed", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-test-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "connection.json");
  await using python = new RemotePython("process.py");
  await start(python);
  await python.run(`a = futhark_bridge.share(m, ${JSON.stringify(path)}, x=x)`);
  await using first = await attach(path);
  await python.run(`b = futhark_bridge.share(m, ${JSON.stringify(path)}, z=x)`);
  await using second = await attach(path);
  await python.run("a.close()");
  await assert.rejects(first.entry.positive(1), { name: "WorkerExitError" });
  assert.deepEqual(await second.shared.z.values(), Int32Array.of(1, 2, 3));
  await (await attach(path)).close();
  // By then the path may name a file without end.
  await python.run(`os.unlink(${JSON.stringify(path)}); os.mkfifo(${JSON.stringify(path)})`);
  await python.run("b.close()");
  assert.deepEqual(readdirSync(folder), ["connection.json"]);
});
