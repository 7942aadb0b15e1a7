import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { open, openPool, openSync } from "../../ts/index.ts";
import { until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const errors = programPath("errors");
const c = { backend: "c" } as const;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "start-limits-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("a restart has the time limit of a start", async (t) => {
  const fut = await open(errors, { ...c, startTimeoutMs: 60_000 });
  const { setTimeout: start } = globalThis;
  // That minute is over at once.
  const soon = (run: () => void, ms?: number) => start(run, ms === 60_000 ? 0 : ms);
  const timers = t.mock.method(globalThis, "setTimeout", soon as typeof setTimeout);
  fut.kill();
  await assert.rejects(fut.entry.positive(1), {
    code: "timeout",
    message: /60000 ms.*startTimeout/,
  });
  timers.mock.restore();
  assert.equal(await fut.entry.positive(2), 2);
  await fut.close();
});

test("the time limit of a blocking start includes loading the program", async (t) => {
  const gate = mkdtempSync(join(folder, "loading-"));
  const loads = join(gate, "loads");
  // Python's own loader of extension modules, which then waits.
  const loader = [
    "import time",
    "from importlib.machinery import ExtensionFileLoader as Loader",
    "def wait(self, module, load=Loader.exec_module):",
    '    if "errors" in module.__name__:',
    `        open(${JSON.stringify(loads)}, "w").close()`,
    "        time.sleep(1000)",
    "    return load(self, module)",
    "Loader.exec_module = wait",
  ];
  const options = { ...c, env: { PYTHONPATH: gate }, startTimeoutMs: 60_000 };
  const restarted = openSync(errors, options);
  const { length } = workersOf();
  writeFileSync(join(gate, "sitecustomize.py"), loader.join("\n"));
  // An hour passes when the program is being loaded.
  const now = performance.now.bind(performance);
  t.mock.method(performance, "now", () => now() + (existsSync(loads) ? 3_600_000 : 0));
  const late = { code: "timeout", message: /60000 ms to load the program/ };
  assert.throws(() => openSync(errors, options), late);
  rmSync(loads);
  restarted.kill();
  assert.throws(() => restarted.entry.positive(1), late);
  await until("their workers are gone", () => workersOf().length === length - 1);
  restarted.close();
});

test("an opening that fails leaves no descriptor", async () => {
  const descriptors = () => readdirSync("/proc/self/fd").length;
  const { length } = workersOf();
  const attempt = async () => {
    for (const opening of [open, openSync]) {
      const failing = async () => await opening("no_such_module", c);
      await assert.rejects(failing(), { code: "build" });
    }
    await until("its workers are gone", () => workersOf().length === length);
  };
  await attempt();
  const before = descriptors();
  for (let i = 0; i < 2; i++) await attempt();
  await until("no more are open", () => descriptors() <= before);
});

test("a signal that is aborted after open has no effect on later workers", async () => {
  const abort = new AbortController();
  const options = { ...c, signal: abort.signal };
  const fut = await open(errors, options);
  const pool = await openPool(errors, { ...options, workers: 1 });
  abort.abort();
  for (const each of [fut, ...pool.modules]) {
    const { pid } = each;
    process.kill(pid as number, "SIGKILL");
    await until("its end is noticed", () => each.pid !== pid);
  }
  assert.deepEqual(await Promise.all([fut.entry.positive(1), pool.entry.positive(2)]), [1, 2]);
  await Promise.all([fut.close(), pool.close()]);
});
