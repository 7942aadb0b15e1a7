// Workers end at counted boundaries of their messages: after or while reading a request, before,
// while or after writing a reply. A plan that dying.py follows says at which.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { attach, type FutharkModule, open, openSync } from "../../ts/index.ts";
import { until, workersOf } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";
import { RemotePython } from "../support/remote-python.ts";
import { randomFrom } from "./mutate.ts";
import { seed, steps } from "./scale.ts";
import { assertTyped, type Scene, Settling } from "./settling.ts";

const errors = programPath("errors");
const PLACES = ["taken", "during", "unsent", "half", "sent"] as const;
const HOWS = ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM", "0", "3", "raise"] as const;
const scripts = fileURLToPath(new URL("dying", import.meta.url));
/** More than the boundaries of each kind below, so some plans have no effect. */
const BOUNDARIES = 22;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

let temporary: string;
before(() => {
  temporary = mkdtempSync(join(tmpdir(), "death-boundaries-"));
});
after(() => rmSync(temporary, { recursive: true, force: true }));

/** A folder with some plans, and when they were carried out. */
class Plans {
  readonly folder: string;
  readonly #count: number;

  constructor(name: string, plans: readonly string[]) {
    this.folder = join(temporary, name);
    mkdirSync(this.folder);
    for (const [i, plan] of plans.entries()) writeFileSync(this.#file(i, "plan"), plan);
    this.#count = plans.length;
  }

  /** Times of deaths so far, in milliseconds. */
  get died(): number[] {
    return Array.from({ length: this.#count }, (_, i) => this.#file(i, "died"))
      .filter(existsSync)
      .map((path) => Number(readFileSync(path, "utf8")) / 1e6);
  }

  #file(i: number, what: string): string {
    return join(this.folder, `${i}.${what}`);
  }
}

/** Plans that go through all places, boundaries and ways, from somewhere on. */
function* plans(from: number): Generator<string> {
  for (let i = from; ; i++) {
    const place = PLACES[i % PLACES.length];
    const boundary = 1 + (Math.floor(i / PLACES.length) % BOUNDARIES);
    const how = HOWS[(i + Math.floor(i / PLACES.length)) % HOWS.length];
    yield `${place} ${boundary} ${how}`;
  }
}

const LARGE = Int32Array.from({ length: 100_000 }, (_, i) => i);
const LOST = ["worker-exit", "freed"];

/** Calls of every kind, one by one and together: each is right, or reports the death. */
async function useAll(
  fut: FutharkModule,
  scene: Scene,
  plan: string,
  blocking = false,
): Promise<void> {
  const calls: [string, () => Promise<void>][] = [
    ["a scalar", async () => assert.equal(await fut.entry.positive(3), 3)],
    ["a chain", async () => assert.equal(await fut.entry.positive(await fut.entry.positive(4)), 4)],
    [
      "a small array",
      async () => assert.deepEqual([...(await (await fut.entry.same([1, 2])).values())], [1, 2]),
    ],
    [
      "a large array",
      async () => assert.deepEqual(await (await fut.entry.same(LARGE)).values(), LARGE),
    ],
    [
      "a filled array",
      async () => {
        using filled = fut.alloc("i32", [LARGE.length]);
        filled.data.set(LARGE);
        using borrowed = await (await fut.entry.same(filled)).borrow();
        assert.deepEqual(Int32Array.from(borrowed.data), LARGE);
      },
    ],
    [
      "a consumed array",
      async () => {
        const put = await fut.entry.put(await fut.entry.same([1, 2]), 0n, 9);
        assert.deepEqual([...(await put.values())], [9, 2]);
        put.free();
      },
    ],
    ["sync", async () => void (await fut.sync())],
  ];
  for (const [what, call] of calls) {
    assertTyped(await scene.watch(call, `${what}, ${plan}`), LOST);
  }
  if (blocking) return;
  const together = calls.map(([what, call]) => scene.watch(call, `${what} with others, ${plan}`));
  for (const error of await Promise.all(together)) assertTyped(error, LOST);
}

const files = (): number => readFileSync("/proc/self/maps", "utf8").split("memfd:").length;

for (const [name, make] of [
  ["open", open],
  ["openSync", openSync],
] as const) {
  test(`a worker of ${name} that dies at any boundary of its messages is reported, and replaced`, async (t) => {
    const start = seed();
    t.diagnostic(`TEST_SEED=${start}`);
    const random = randomFrom(start);
    const plan = plans(random(10_000));
    const settling = new Settling();
    const total = name === "open" ? steps(8, 400) : steps(4, 200);
    let maps: number | undefined;
    for (let round = 0; settling.deaths < total; round++) {
      const chosen = Array.from({ length: 1 + random(2) }, () => plan.next().value as string);
      const made = new Plans(`${name}-${round}`, chosen);
      const env = { PYTHONPATH: scripts, DEATHS: made.folder };
      const scene = settling.scene();
      let fut: FutharkModule | undefined;
      const opening = async (): Promise<void> => {
        fut = (await make(errors, { backend: "c", env })) as FutharkModule;
      };
      while (fut === undefined) assertTyped(await scene.watch(opening, `open, ${chosen}`), LOST);
      try {
        for (let i = 0; i < 2; i++) await useAll(fut, scene, String(chosen), name === "openSync");
        if (random(4) === 0) fut.kill();
        // Those to die have died, or are to die as they close.
        if (made.died.length === chosen.length) assert.equal(await fut.entry.positive(7), 7);
      } catch (error) {
        throw new Error(`${chosen}: ${(error as Error).stack}`);
      }
      const closing = fut;
      assert.equal(await scene.watch(() => closing.close(), `close, ${chosen}`), undefined);
      await until(`the workers are gone, ${chosen}`, () => workersOf().length === 0);
      scene.died(...made.died);
      // Blocking calls let the event loop have no turn, in which it learns of what has ended.
      await setImmediate();
      collect();
      maps ??= files();
      assert.ok(files() <= maps + 8, `${files()} maps of shared memory, ${maps} before`);
      rmSync(made.folder, { recursive: true });
    }
    t.diagnostic(String(settling));
  });
}

test("an attached process that dies at any boundary is reported", async (t) => {
  const start = seed();
  t.diagnostic(`TEST_SEED=${start}`);
  const random = randomFrom(start);
  const plan = plans(random(10_000));
  const settling = new Settling();
  for (let round = 0; settling.deaths < steps(2, 100); round++) {
    const chosen = plan.next().value as string;
    // An exception is that client's end, and not the process's.
    const how = chosen.replace("raise", "SIGKILL");
    const made = new Plans(`attach-${round}`, [how]);
    const python = new RemotePython("process.py");
    const path = await python.text(`import sys, tempfile, futhark_bridge
tempfile.gettempdir() # probes the folder by writing a file
sys.path.insert(0, ${JSON.stringify(scripts)})
import dying
m = futhark_bridge.load(${JSON.stringify(errors)}, backend="c")
s = futhark_bridge.share(m)
dying.arm(${JSON.stringify(made.folder)}) # only now: the connection file is written too
str(s.path)`);
    const scene = settling.scene();
    const error = await scene.watch(async () => {
      const fut = await attach(path);
      for (let i = 0; i < 2; i++) await useAll(fut, scene, how);
      await fut.close();
    }, `attach, ${how}`);
    assertTyped(error, LOST);
    scene.died(...made.died);
    await python[Symbol.asyncDispose]();
    rmSync(made.folder, { recursive: true });
    rmSync(path, { force: true });
  }
  t.diagnostic(String(settling));
});
