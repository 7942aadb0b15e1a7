import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isFutharkError, open } from "../../ts/index.ts";
import { isAlive, runScript, startScript, until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const FOREVER = 2n ** 62n;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "worker-start-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** An environment in which Python runs some code when it starts. */
function atStart(name: string, code: string): Record<string, string> {
  const place = mkdtempSync(join(folder, name));
  writeFileSync(join(place, "sitecustomize.py"), code);
  return { PYTHONPATH: place };
}

/** How long a process has computed, in hundredths of a second. */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[11]);
}

test("too few descriptors are an error that says so, and leave nothing", async () => {
  const { stdout, stderr, status } = await runScript(
    `
    const { openSync: openFile, closeSync } = await import("node:fs");
    const { workersOf, until } = await import("./test/support/processes.ts");
    const c = { backend: "c" };
    // The first run loads everything that is loaded once.
    await (await open(program("errors"), c)).close();
    openSync(program("errors"), c).close();
    const fut = await open(program("errors"), c);
    const sync = openSync(program("errors"), c);
    const codes = new Set();
    for (const spare of [0, 3, 4, 7, 9]) {
      const held = [];
      try {
        for (;;) held.push(openFile("/dev/null", "r"));
      } catch {}
      for (const fd of held.splice(0, spare)) closeSync(fd);
      const attempts = [
        async () => (await open(program("errors"), c)).close(),
        async () => openSync(program("errors"), c).close(),
        async () => (fut.kill(), await fut.entry.positive(1)),
        async () => (sync.kill(), sync.entry.positive(1)),
      ];
      for (const attempt of attempts) {
        try {
          await attempt();
        } catch (error) {
          if (!bridge.isFutharkError(error)) console.log("untyped", spare, error);
          codes.add(error.code);
        }
      }
      for (const fd of held) closeSync(fd);
    }
    if (await fut.entry.positive(5) !== 5 || sync.entry.positive(6) !== 6) console.log("wrong");
    await fut.close();
    sync.close();
    await until("all workers are gone", () => workersOf().length === 0);
    console.log([...codes].sort().join());
  `,
    // All but a few of them are taken above; loading the TypeScript code takes many for a moment.
    { limits: "ulimit -n 256" },
  );
  assert.equal(stderr, "");
  assert.match(stdout, /^build/);
  assert.ok(!stdout.includes("untyped") && !stdout.includes("wrong"), stdout);
  assert.equal(status, 0);
});

test("a system error at a worker's start is in the error, without a traceback", async () => {
  const { stdout, stderr } = await runScript(`
    process.env.TMPDIR = "/proc/nothing";
    try { openSync(program("errors")); } catch (error) { console.log(error.code, error.message); }`);
  assert.match(
    stdout,
    /^worker-exit the worker exited with status 1 during its start; its stderr ends with:\n/,
  );
  assert.match(stdout, /cannot start: \[Errno 2\].*\/proc\/nothing\/futhark-bridge-/);
  assert.equal(stderr, "");

  const env = atStart("few", "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))");
  await assert.rejects(open(programPath("errors"), { env }), (error: Error) => {
    assert.match(error.message, /worker: cannot start: \[Errno 24\] Too many open files$/);
    assert.ok(!error.message.includes("Traceback"), error.message);
    return isFutharkError(error, "worker-exit");
  });
});

test("a Node that is killed while openSync starts leaves neither a worker nor a folder", async () => {
  const temporary = mkdtempSync(join(folder, "tmp-"));
  for (let ms = 0; ms <= 240; ms += 30) {
    const script = startScript(
      `console.log("begins"); openSync(program("errors"), { backend: "c" }); console.log("open");`,
      { env: { TMPDIR: temporary, WORKER_OF: "killed early" } },
    );
    await script.line();
    await new Promise((resolve) => setTimeout(resolve, ms));
    const workers = workersOf(script.child.pid);
    script.child.kill("SIGKILL");
    await script.ended;
    await until("the worker is gone", () => !workers.some(isAlive));
    await until(
      "nothing is left",
      () => !readdirSync(temporary).some((name) => name.startsWith("futhark-bridge")),
    );
  }
});

test("a worker whose Python code holds the GIL does not outlive Node", async () => {
  const script = startScript(`
    const fut = await open(program("errors"), { backend: "c" });
    const operator = await fut.python("operator");
    console.log(fut.pid);
    operator.pow(7, 10 ** 8).catch(() => {});
    setInterval(() => {}, 1000);
  `);
  const pid = Number(await script.line());
  const opened = cpuTicks(pid);
  await until("it is busy", () => cpuTicks(pid) > opened + 30);
  script.child.kill("SIGKILL");
  await script.ended;
  await until("the worker is gone", () => !isAlive(pid), 2000);
});

for (const [what, code, message] of [
  [
    "closes its descriptors",
    "os.closerange(3, 50)",
    /^the worker closed its connection and was killed during spin/,
  ],
  [
    "ends its main thread while another goes on",
    "ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(threading.main_thread().ident), ctypes.py_object(KeyboardInterrupt))",
    /^the worker exited with status 1 during spin; its stderr ends with:\n[\s\S]*KeyboardInterrupt/,
  ],
] as const) {
  test(`a worker that ${what} is noticed`, async () => {
    const gate = join(folder, `gate-${what.split(" ")[0]}`);
    const env = atStart(
      "cut",
      `import ctypes, os, threading, time
def end():
    while not os.path.exists(${JSON.stringify(gate)}): time.sleep(0.01)
    ${code}
    time.sleep(1000)
threading.Thread(target=end).start()
`,
    );
    const fut = await open(programPath("errors"), { backend: "c", env });
    const pid = fut.pid as number;
    const opened = cpuTicks(pid);
    const idle = what.startsWith("ends");
    // The exception comes when Python next runs: a call that is over has it run.
    const calls = idle
      ? [fut.entry.spin(300_000_000n), fut.entry.spin(FOREVER)]
      : [fut.entry.spin(FOREVER)];
    await until("the call runs", () => cpuTicks(pid) > opened + 5);
    writeFileSync(gate, "");
    const results = await Promise.allSettled(calls);
    const last = results.at(-1);
    assert.ok(last?.status === "rejected");
    assert.equal(last.reason.code, "worker-exit");
    assert.match(last.reason.message, message);
    assert.equal(isAlive(pid), false);
    rmSync(gate);
    await fut.close();
  });
}

test("output to a stderr that nobody reads waits in the pipe, and is not buffered", async () => {
  const env = atStart(
    "loud",
    `import sys, threading
def loud():
    while True: sys.stderr.write("x" * 100000 + "\\n")
threading.Thread(target=loud, daemon=True).start()
`,
  );
  const script = startScript(`
    const fut = await open(program("errors"), { backend: "c", env: ${JSON.stringify(env)} });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    console.log(process.memoryUsage().rss, await fut.entry.positive(3));
    fut.kill();
    await fut.workerEnd;
    process.exit(0);
  `);
  script.child.stderr?.pause();
  const [bytes, three] = (await script.line()).split(" ").map(Number);
  assert.equal(three, 3);
  assert.ok((bytes as number) < 250e6, `${bytes}`);
  script.child.stderr?.resume();
  await script.ended;
});

test("a stderr without a reader ends neither Node nor the worker", async () => {
  const script = startScript(`
    const fut = await open(program("errors"), { backend: "c" });
    const os = await fut.python("os");
    const text = new Uint8Array(1e6).fill(120);
    console.log("ready");
    // More than pipes and sockets hold: it waits for the reader, which goes.
    for (let i = 0; i < 6; i++) await os.write(2, text);
    console.log(await fut.entry.positive(3));
    await fut.close();
    console.log(process.stderr.listenerCount("error"));
  `);
  assert.equal(await script.line(), "ready");
  script.child.stderr?.destroy();
  const { status, stdout } = await script.ended;
  assert.deepEqual([status, stdout], [0, "ready\n3\n0\n"]);
});
