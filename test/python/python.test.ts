import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect, promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ELEMTYPES, type Elemtype } from "../../ts/elemtypes.ts";
import {
  attach,
  type FutharkModule,
  NdArray,
  nd,
  open,
  openSync,
  PythonError,
} from "../../ts/index.ts";
import { PYTHONIA_VERSION, pythoniaBridge } from "../../ts/python/pythonia.ts";
import { programPath } from "../support/programs.ts";
import { RemotePython } from "../support/remote-python.ts";

const errors = programPath("errors");
// biome-ignore lint/suspicious/noExplicitAny: proxies of Python objects
type Py = any;

describe("in one worker", () => {
  let fut: FutharkModule;
  let py: Py;
  let np: Py;
  before(async () => {
    fut = await open(errors, { backend: "c" });
    py = await fut.python("builtins");
    np = await fut.python("numpy");
  });
  after(() => fut.close());

  /** What Python makes of a value: its type's name and its repr. */
  const seen = async (value: unknown): Promise<string> => {
    const lambda = await py.eval("lambda x: f'{type(x).__name__} {x!r}'");
    return lambda(value);
  };

  const values: [unknown, string][] = [
    [Number.NaN, "float nan"],
    [Number.POSITIVE_INFINITY, "float inf"],
    [Number.NEGATIVE_INFINITY, "float -inf"],
    [-0, "float -0.0"],
    [0.1, "float 0.1"],
    [2 ** 53 - 1, "int 9007199254740991"],
    [2n ** 53n + 1n, "int 9007199254740993"],
    [-(2n ** 200n), `int -${2n ** 200n}`],
    [true, "bool True"],
    [null, "NoneType None"],
    ["ä\u0000\u{1f40d}", "str 'ä\\x00🐍'"],
    [Uint8Array.of(0, 255), "bytes b'\\x00\\xff'"],
    [Buffer.from("hi"), "bytes b'hi'"],
    [new Uint8Array(0), "bytes b''"],
    [Uint8Array.of(9, 1, 2, 9).subarray(1, 3), "bytes b'\\x01\\x02'"],
    [[1, [Number.NaN, 2n ** 64n], {}], `list [1, [nan, ${2n ** 64n}], {}]`],
    [{ $: "int", v: "1", ffid: 0, r: 1 }, "dict {'$': 'int', 'v': '1', 'ffid': 0, 'r': 1}"],
    [undefined, "NoneType None"],
  ];
  for (const [value, expected] of values) {
    test(`${inspect(value)} is ${expected} in Python, and comes back the same`, async () => {
      assert.equal(await seen(value), expected);
      const identity = await py.eval("lambda x: x");
      let back = await identity(value);
      if (typeof back === "function") back = await back.valueOf();
      const plain = Buffer.isBuffer(value) ? Uint8Array.from(value) : (value ?? null);
      assert.deepEqual(back, plain);
    });
  }

  test("an integer of any length crosses exactly", async () => {
    const huge = 7n ** 20_000n; // more digits than Python prints
    assert.equal(await py.pow(7, 20_000), huge);
    assert.equal(await py.abs(-huge), huge);
    assert.equal(await py.int(2 ** 53), 2n ** 53n); // from where doubles have gaps
    assert.equal(await np.int64(5), 5);
    assert.equal(await np.uint64(2n ** 64n - 1n), 2n ** 64n - 1n);
  });

  test("numpy's scalars become plain values", async () => {
    assert.equal(await np.float32(1.5), 1.5);
    assert.ok(Number.isNaN(await np.float64(Number.NaN)));
    assert.equal(await np.bool_(true), true);
    assert.equal(await np.float16(0.5), 0.5);
    assert.equal(await np.str_("x"), "x");
  });

  for (const elemtype of Object.keys(ELEMTYPES) as Elemtype[]) {
    test(`arrays of ${elemtype} cross both ways as NdArray, through Arrow`, async () => {
      const { dtype, array } = ELEMTYPES[elemtype];
      const data = new array(6);
      data.set((data[0] === 0n ? [0n, 1n, 1n, 0n, 1n, 1n] : [0, 1, 1, 0, 1, 1]) as never);
      const given = new NdArray(elemtype, data as never, [2, 3]);
      const seenType = await (
        await py.eval("lambda x: f'{x.dtype} {x.shape} {x.flags.c_contiguous}'")
      )(given);
      assert.equal(seenType, `${dtype} (2, 3) True`);
      const back = await np.transpose(given); // not contiguous
      assert.ok(back instanceof NdArray);
      assert.equal(back.elemtype, elemtype);
      assert.deepEqual(back.shape, [3, 2]);
      assert.deepEqual(back.toNested(), given.transpose().toNested());
    });
  }

  test("arrays of rank 0, empty ones, and of foreign byte order cross", async () => {
    assert.deepEqual((await np.array(1.5)).shape, []);
    assert.deepEqual((await np.zeros([0, 3])).shape, [0, 3]);
    const big = await (await py.eval("lambda np: np.arange(3, dtype='>i4')"))(np);
    assert.deepEqual(big.data, Int32Array.of(0, 1, 2));
    const given = await np.flip(nd(Float32Array.of(1, 2, 3)).slice([0, 3, 2]));
    assert.deepEqual(given.data, Float32Array.of(3, 1));
    const odd = await np.negative(Float64Array.of(4, 0, Infinity, NaN));
    assert.deepEqual([...odd.data], [-4, -0, -Infinity, NaN]);
  });

  test("arrays that have no such form are proxies", async () => {
    for (const dtype of ["complex128", "object", "datetime64[s]", "U3"]) {
      const array = await np.zeros$([2], { dtype });
      assert.equal(typeof array, "function");
      assert.equal(await array.dtype.name, dtype.replace("U3", "str96"));
    }
  });

  test("a large array crosses", async () => {
    const given = Float64Array.from({ length: 1_000_003 }, (_, i) => i);
    const back = await np.add(given, 1);
    assert.equal(back.data.length, given.length);
    assert.ok((back.data as Float64Array).every((value, i) => value === i + 1));
  });

  test("handles and pending calls go in as arrays of Python's own", async () => {
    const x = await fut.entry.same([1, 2, 3]);
    assert.equal(await np.sum(x), 6);
    assert.equal(await np.sum(fut.entry.same([4, 5])), 9);
    assert.equal(await np.sum(fut.entry.same(fut.entry.same(x))), 6);
    assert.equal(await np.add(fut.entry.positive(2), 1), 3); // a scalar that is not there yet
    assert.deepEqual((await np.stack([x, x])).toNested(), [
      [1, 2, 3],
      [1, 2, 3],
    ]); // within a list
    // A copy: changing it changes nothing else.
    const fill = await py.eval("lambda a: a.fill(0)");
    await fill(x);
    assert.deepEqual(await x.values(), Int32Array.of(1, 2, 3));
  });

  test("a handle is read in the order of the calls on it", async () => {
    const x = await fut.entry.same([1, 2, 3]);
    const sum = np.sum(x);
    const y = fut.entry.put(x, 0n, 100);
    assert.equal(await sum, 6);
    const later = np.sum(await y);
    (await y).free();
    assert.equal(await later, 105);
    await assert.rejects(np.sum(x), { code: "consumed" });
    await assert.rejects(np.sum(await y), { code: "freed" });
    await assert.rejects(np.sum(fut.entry.positive(-1)), { name: "ProgramError" });
    await assert.rejects(np.sum(fut.entry.element([1], 5n)), { name: "ProgramError" });
    await assert.rejects(np.sum(fut.entry.same(fut.entry.slice([1], 0n, 5n))), {
      name: "ProgramError",
    });
  });

  test("numpy's results are arguments of entry points", async () => {
    const image = await np.eye$(2, { dtype: "float64" });
    const result = await fut.entry.matmul(image, await np.full([2, 2], 3.5));
    assert.deepEqual(await result.toNested(), [
      [3.5, 3.5],
      [3.5, 3.5],
    ]);
  });

  test("an exception has its class, message and traceback, and where it was called", async () => {
    async function calledFromHere(): Promise<unknown> {
      return await np.linalg.inv([
        [0, 0],
        [0, 0],
      ]);
    }
    await assert.rejects(calledFromHere(), (error: PythonError) => {
      assert.ok(error instanceof PythonError);
      assert.equal(error.message, "LinAlgError: Singular matrix");
      assert.equal(error.type, "LinAlgError");
      assert.equal(error.code, "python");
      assert.match(error.traceback, /^Traceback .*\n {2}File ".*_linalg\.py", line \d+, in inv\n/);
      assert.doesNotMatch(error.traceback, /futhark_bridge/);
      assert.ok(error.stack?.startsWith("PythonError: LinAlgError: Singular matrix\nTraceback"));
      assert.match(error.stack ?? "", /calledFromHere/);
      return true;
    });
    await assert.rejects(np.nothing, {
      type: "AttributeError",
      message: /has no attribute 'nothing'/,
    });
    assert.equal(await np.nothing$, undefined); // pythonia's way to ask
    await assert.rejects(fut.python("no_such_module"), { type: "ModuleNotFoundError" });
    await assert.rejects(py.eval("1 +"), { type: "SyntaxError" });
    await assert.rejects((await py.list([1])).x.y(1), { type: "AttributeError" });
    assert.equal(await fut.entry.positive(1), 1);
  });

  test("an exception in an iteration rejects it", async () => {
    const items: unknown[] = [];
    const bad = await py.eval("(10 // x for x in (1, 2, 0, 5))");
    await assert.rejects(
      async () => {
        for await (const item of bad) items.push(item);
      },
      { type: "ZeroDivisionError" },
    );
    assert.deepEqual(items, [10, 5]);
  });

  test("sys.exit is an exception; the worker lives", async () => {
    const sys = await fut.python("sys");
    await assert.rejects(sys.exit(3), { type: "SystemExit", message: "SystemExit: 3" });
    await assert.rejects(py.exec("raise KeyboardInterrupt"), { type: "KeyboardInterrupt" });
    assert.equal(await py.abs(-1), 1);
  });

  test("functions are callbacks, of any kind and depth", async () => {
    const sorted = await py.sorted$([3, 1, 2], { key: (x: number) => -x });
    assert.deepEqual(await sorted.valueOf(), [3, 2, 1]);
    const call = await py.eval("lambda f, *a: f(*a)");
    assert.equal(await call(async (x: number) => x + 0.5, 1), 1.5);
    assert.ok(Number.isNaN(await call(() => Number.NaN)));
    assert.equal(await call(() => 2n ** 70n), 2n ** 70n);
    assert.equal(await call((x: bigint) => x, 2n ** 70n), 2n ** 70n);
    assert.deepEqual((await call((x: NdArray) => x, Int32Array.of(1))).data, Int32Array.of(1));
    assert.deepEqual(await call((x: Uint8Array) => x, Uint8Array.of(5)), Uint8Array.of(5));
    assert.equal(await call(() => undefined), null);
    // A callback that calls Python, whose callback calls Python again.
    const depth = (n: number): Promise<number> => (n === 0 ? py.abs(-7) : call(() => depth(n - 1)));
    assert.equal(await depth(5), 7);
    assert.equal(await call(() => fut.entry.positive(4)), 4);
  });

  test("two callbacks that cross each get their own answer", async () => {
    const call = await py.eval("lambda f: f()");
    let release = (_: unknown): void => {};
    const first = call(
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    const second = call(async () => {
      release("first");
      return "second";
    });
    assert.deepEqual(await Promise.all([first, second]), ["first", "second"]);
  });

  test("a callback from another Python thread returns", async () => {
    const run = await py.eval(
      "lambda f: [__import__('concurrent.futures').futures.ThreadPoolExecutor(4).submit(f, i) for i in range(20)]",
    );
    const results = await run((i: number) => i * i);
    const total = await py.eval("lambda fs: sum(f.result() for f in fs)");
    assert.equal(await total(results), 2470);
  });

  test("an exception of a callback is the cause of the error", async () => {
    const boom = new RangeError("boom");
    const call = await py.eval("lambda f: f()");
    await assert.rejects(
      call(() => {
        throw boom;
      }),
      (error: PythonError) => {
        assert.equal(error.type, "JavaScriptError");
        assert.match(error.message, /^JavaScriptError: RangeError: boom/);
        assert.equal(error.cause, boom);
        return true;
      },
    );
    const caught = await py.eval("lambda f, E: contextlib_suppress(f, E)", {
      contextlib_suppress: () => "unused",
    });
    assert.equal(await caught(1, 2), "unused");
    await assert.rejects(
      call(() => Promise.reject("text")),
      { cause: "text" },
    );
  });

  test("objects of JavaScript are used by Python", async () => {
    class Point {
      x = 1;
      add(n: number): number {
        this.x += n;
        return this.x;
      }
    }
    const point = new Point();
    const use = await py.eval("lambda p: (p.add(2), setattr(p, 'x', p.x * 10), p)[2]");
    assert.equal(await use(point), point); // the very object
    assert.equal(point.x, 30);
    assert.equal(await py.eval("lambda p: sum(p)").then((f: Py) => f(new Set([1, 2]))), 3);
    assert.match(await py.repr(point), /Point \{ x: 30 \}/);
  });

  test("pythonia's conventions: paths, items, keywords, assignment, iteration, console.log", async () => {
    assert.equal(await np.linalg.norm.__name__, "norm");
    const d = await py.dict$({ a: 1 });
    assert.equal(await d.a, 1);
    d.b = [1, 2];
    assert.equal(await (await d.get("b"))[1], 2);
    assert.equal(await d.length, 2);
    assert.deepEqual(await d.valueOf(), { a: 1, b: [1, 2] });
    assert.equal(inspect(d), "{'a': 1}"); // as it was when it came
    assert.equal(String(d), "{'a': 1}");
    assert.match(await py.repr(np.linalg.norm), /^<function norm at /);
    const types = await fut.python("types");
    const object = await types.SimpleNamespace();
    object.value = Number.NaN;
    assert.ok(Number.isNaN(await object.value));
    const items: unknown[] = [];
    for await (const item of await py.range(3)) items.push(item);
    assert.deepEqual(items, [0, 1, 2]);
    assert.deepEqual(
      await (await py.eval("{1: (2, b'x'), None: {3}}")).valueOf(),
      new Map<unknown, unknown>([
        [1, [2, Uint8Array.of(120)]],
        [null, new Set([3])],
      ]),
    );
    const proxy = await np.arange$(6, { $proxy: true });
    assert.deepEqual((await proxy.reshape(2, 3)).shape, [2, 3]);
    assert.equal(await np.array_equal(proxy, [0, 1, 2, 3, 4, 5]), true);
    assert.match(inspect(np.linalg), /must use await/);
  });

  test("$timeout rejects the call, and Python continues", async () => {
    const time = await fut.python("time");
    await assert.rejects(time.sleep$(0.2, { $timeout: 5 }), {
      name: "TimeoutError",
      message: "sleep: took longer than 5 ms; it continues in Python",
    });
    assert.equal(await py.abs(-1), 1);
    assert.equal(await fut.entry.positive(1), 1);
  });

  test("entry points can be called while Python runs", async () => {
    const time = await fut.python("time");
    let slept = false;
    const sleeping = time.sleep(0.5).then(() => {
      slept = true;
    });
    for (let i = 1; i < 20; i++) assert.equal(await fut.entry.positive(i), i);
    assert.equal(slept, false);
    await sleeping;
  });

  test("a value that has no Python form is refused", async () => {
    await assert.rejects(py.abs(Symbol("s")), { code: "bad-argument" });
    await assert.rejects(py.list([Promise.resolve(1)]), {
      message: /await a pending call or promise/,
    });
    assert.equal(await np.sum(fut.entry.twice([1])), 2); // two handles: a list
    await assert.rejects(fut.python(""), { code: "bad-argument" });
    await assert.rejects(fut.python(3 as never), { code: "bad-argument" });
  });

  test("unreferenced objects are freed on both sides", async () => {
    const make = await py.eval(
      "[c := type('C', (), {}), __import__('weakref').WeakSet(), lambda c, s: (x := c(), s.add(x), x)[2]]",
    );
    const [cls, set, create] = await Promise.all([make[0], make[1], make[2]]);
    for (let i = 0; i < 500; i++) await create(cls, set);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    for (let i = 0; i < 100 && (await set.length) > 0; i++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(await set.length, 0);
  });
});

const index = fileURLToPath(new URL("../../ts/index.ts", import.meta.url));
async function runNode(code: string): Promise<string> {
  const text = `import { open } from ${JSON.stringify(index)}; import { createRequire } from "node:module";
const fut = await open(${JSON.stringify(errors)}, { backend: "c" });
${code}`;
  const args = ["--import", "tsx", "--input-type=module", "-e", text];
  return (await promisify(execFile)(process.execPath, args, { timeout: 60_000 })).stdout;
}

test("pythonia is loaded on first use, and never starts a process of its own", async () => {
  const output = await runNode(`
const loaded = () => Object.keys(createRequire(import.meta.url).cache ?? {}).filter((name) => name.includes("pythonia"));
const python = await fut.python.constructor;
await fut.entry.positive(1);
console.log(loaded().length);
const os = await fut.python("os");
console.log(loaded().some((name) => name.endsWith("Bridge.js")), loaded().some((name) => name.includes("Com")));
console.log(await os.getppid() === process.pid, globalThis.__pythonBridge);
await fut.close();`);
  assert.equal(output, "0\ntrue false\ntrue undefined\n");
});

test("Node ends by itself after fut.python, without a close", async () => {
  assert.equal(
    await runNode(`const m = await fut.python("math"); console.log(await m.sqrt(4));`),
    "2\n",
  );
});

for (const [how, code, exitCode, signal] of [
  ["exits", "__import__('os')._exit(3)", 3, null],
  ["is killed", "__import__('os').kill(__import__('os').getpid(), 9)", null, "SIGKILL"],
  ["crashes", "__import__('ctypes').string_at(0)", null, "SIGSEGV"],
] as const) {
  test(`a worker that ${how} within Python code rejects all that is pending at once`, async () => {
    await using fut = await open(errors, { backend: "c" });
    const py = await fut.python("builtins");
    const dying = py.eval(code);
    const queued = py.abs(1);
    const call = fut.entry.spin(10n ** 14n);
    const all = [dying, queued, call, py.abs(1), fut.entry.positive(1)];
    const expected = { name: "WorkerExitError", exitCode, signal };
    await Promise.all(all.map((pending) => assert.rejects(pending, expected)));
    await assert.rejects(py.abs(1), { name: "WorkerExitError" });
    // It needs no value of the worker that ended, so it starts another.
    const math = await fut.python("math");
    assert.equal(await math.sqrt(4), 2);
  });
}

test("using an object of a replaced worker is an error that says so", async () => {
  await using fut = await open(errors, { backend: "c" });
  const py = await fut.python("builtins");
  const list = await py.list([1]);
  await assert.rejects(fut.entry.spin.with({ timeoutMs: 20 })(10n ** 14n), {
    name: "TimeoutError",
  });
  await assert.rejects(list.append(2), {
    name: "WorkerExitError",
    message: /spin: took longer than 20 ms/,
  });
  const again = await fut.python("builtins");
  assert.equal(await again.abs(-1), 1);
});

test("closing the module rejects Python calls that come later", async () => {
  const fut = await open(errors, { backend: "c" });
  const py = await fut.python("builtins");
  await fut.close();
  await assert.rejects(py.abs(1), { code: "freed" });
  await assert.rejects(fut.python("math"), { code: "freed" });
});

test("fut.python of openSync is an error that says so", async () => {
  using fut = openSync(errors, { backend: "c" });
  await assert.rejects(async () => await (fut as Py).python("math"), {
    code: "bad-argument",
    message: /use open, not openSync/,
  });
  assert.equal(fut.entry.positive(1), 1);
});

test("the second socket leaves no file behind, and has none while in use", async () => {
  const folders = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith("futhark-bridge-share-"));
  await using fut = await open(errors, { backend: "c", env: { XDG_RUNTIME_DIR: "" } });
  const known = new Set(folders());
  const os = await fut.python("os");
  const mine = [];
  for (const name of folders().filter((name) => !known.has(name))) {
    const owner = await (await fut.python("pathlib"))
      .Path(`${tmpdir()}/${name}/pid`)
      .catch(() => undefined);
    if (
      owner !== undefined &&
      (await owner.exists()) &&
      (await owner.read_text()) === String(await os.getpid())
    )
      mine.push(name);
  }
  assert.deepEqual(mine, []);
});

test("of an attached module it is the notebook's own Python", async () => {
  await using python = new RemotePython("process.py");
  await python.run(`import futhark_bridge
m = futhark_bridge.load(${JSON.stringify(errors)}, backend="c")
x = m.to_futhark("[]i32", [1, 2])
s = futhark_bridge.share(m, x=x)
import sys; sys.note = {"n": 41}`);
  await using fut = await attach(await python.text("str(s.path)"));
  const sys = await fut.python("sys");
  assert.deepEqual(await sys.note.valueOf(), { n: 41 });
  assert.equal(await (await fut.python("numpy")).sum(fut.shared.x), 3);
  await fut.close();
  assert.equal(await python.run("x.to_list()"), "[1, 2]");
});

test("pythonia is pinned, and has the internals that we rely on", () => {
  const require = createRequire(import.meta.url);
  const root = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  assert.equal(require("pythonia/package.json").version, PYTHONIA_VERSION);
  assert.equal(root.devDependencies.pythonia, PYTHONIA_VERSION);
  assert.equal(root.peerDependencies.pythonia, PYTHONIA_VERSION);
  const asked: unknown[] = [];
  const forward =
    (name: string) =>
    async (...args: unknown[]) => {
      asked.push([name, ...args.map((arg) => structuredClone(arg))]);
      return 0;
    };
  const bridge = pythoniaBridge({
    get: forward("get"),
    call: forward("call"),
    value: forward("value"),
    len: forward("len") as never,
    inspect: forward("inspect") as never,
  });
  const proxy: Py = bridge.makePyObject(5, "text");
  assert.equal(inspect(proxy), "text");
  assert.equal(proxy.then, undefined);
  assert.equal(proxy.ffid, 5);
  proxy.a.b.then(
    () => {},
    () => {},
  );
  proxy.a$.then(
    () => {},
    () => {},
  );
  proxy.a.b(1, 2);
  proxy.f$(1, { k: 2, $timeout: 3 });
  proxy.a.x = 1;
  void proxy.a.length;
  proxy.a.valueOf();
  (bridge.makePyObject(6, "") as Py).a.toString();
  proxy[3].y();
  void proxy[Symbol.asyncIterator]()
    .next()
    .catch(() => {});
  assert.deepEqual(asked, [
    ["get", 5, ["a", "b"], [], false],
    ["get", 5, ["a"], [], true],
    ["call", 5, ["a", "b"], [1, 2], undefined, false, undefined],
    ["call", 5, ["f"], [1], { k: 2 }, false, 3],
    ["call", 5, ["a"], ["x", 1], {}, true],
    ["len", 5, ["a"], []],
    ["value", 5, ["a"]],
    ["inspect", 6, ["a"]],
    ["call", 5, [3, "y"], [], undefined, false, undefined],
    ["call", 0, ["Iterate"], [{ ffid: 5 }]],
  ]);
});
