import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inspect } from "node:util";
import { type FutharkModule, open, type PythonError } from "../../ts/index.ts";
import { residentBytes, runScript } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

// biome-ignore lint/suspicious/noExplicitAny: proxies of Python objects
type Py = any;

describe("a value that cannot cross fails its own call, and the next one works", () => {
  let fut: FutharkModule;
  let py: Py;
  before(async () => {
    fut = await open(programPath("errors"), { backend: "c" });
    py = await fut.python("builtins");
  });
  after(() => fut.close());

  const nested = (depth: number): unknown => {
    let value: unknown = 0;
    for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
    return value;
  };
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);

  const holes = new Array(2 ** 32 - 1);
  const refused: readonly [string, () => Promise<unknown>, object][] = [
    [
      "a list nested 6000 deep from Python",
      async () => {
        await py.eval("__import__('sys').setrecursionlimit(100000)");
        const deep = await py.eval("__import__('functools').reduce(lambda a, _: [a], range(6000))");
        return deep.valueOf();
      },
      { code: "bad-argument", message: /nested more than 128 deep/ },
    ],
    [
      "a JS array of four thousand million holes",
      async () => py.len(holes),
      {
        code: "bad-argument",
        message:
          "python: expected a JS array of at most 33554432 elements, got 4294967295: use a typed array",
      },
    ],
    [
      "such an array within an object",
      async () => py.len({ a: [holes] }),
      { code: "bad-argument", message: /at most 33554432 elements/ },
    ],
    [
      "a list that contains itself, from Python",
      async () => (await py.eval("(lambda l: (l.append(l), l)[1])([])")).valueOf(),
      { code: "bad-argument", message: /a list is nested .*, or contains itself/ },
    ],
    [
      "an integer longer than any bigint",
      () => py.eval("1 << 2**30"),
      { code: "bad-argument", message: /an integer of 1073741825 bits/ },
    ],
    [
      "text longer than any string of JavaScript",
      () => py.eval("'x' * 2**29"),
      { code: "bad-argument", message: /a str of 536870912 characters is longer/ },
    ],
    [
      "an exception whose text raises",
      () => py.eval("(_ for _ in ()).throw(type('E', (Exception,), {'__str__': lambda s: 1/0})())"),
      { type: "E", message: "E: <its str() raises ZeroDivisionError>" },
    ],
    [
      "an array nested too deep for Python",
      () => py.len(nested(6000)),
      { code: "bad-argument", message: /nested more than 128 deep/ },
    ],
    [
      "an array that contains itself",
      () => py.len(cyclic),
      { code: "bad-argument", message: /nested .*, or contains itself/ },
    ],
    [
      "a callback's result that cannot be converted to a Python value",
      async () => (await py.eval("lambda f: f()"))(() => Symbol("s")),
      { code: "python", message: /ArgumentError: python: Symbol\(s\) cannot be converted/ },
    ],
    [
      "a callback's result that contains itself",
      async () => (await py.eval("lambda f: f()"))(() => cyclic),
      { code: "python", message: /ArgumentError: python: .*, or contains itself/ },
    ],
    [
      "a callback's argument longer than any bigint",
      async () => (await py.eval("lambda f: f(1 << 2**30)"))(() => 1),
      { code: "bad-argument", message: /an integer of 1073741825 bits/ },
    ],
    [
      "what a callback throws that has no text",
      async () => (await py.eval("lambda f: f()"))(() => Promise.reject(Object.create(null))),
      { code: "python", message: /JavaScriptError: \[Object: null prototype\] {}/ },
    ],
  ];
  for (const [name, call, expected] of refused) {
    test(name, async () => {
      await assert.rejects(call(), expected);
      assert.equal(await py.abs(-1), 1);
    });
  }

  test("callbacks may throw and return values that cannot be formatted or sent", async () => {
    const unshowable = {
      toString() {
        throw new Error("no text");
      },
      get [Symbol.toPrimitive]() {
        throw new Error("no primitive");
      },
      get [inspect.custom]() {
        throw new Error("no form");
      },
    };
    const throwing = (): never => {
      throw unshowable;
    };
    await assert.rejects(py.list(py.map(throwing, [1])), {
      code: "python",
      message: /a value that cannot be formatted/,
    });
    await assert.rejects(py.list(py.map(() => new Array(2 ** 32 - 1), [1])), {
      code: "python",
      message: /expected a JS array of at most 33554432 elements/,
    });
    assert.equal(await py.abs(-1), 1);
  });

  test("values nested to the limit cross both ways", async () => {
    const value = nested(128);
    const identity = await py.eval("lambda x: x");
    assert.deepEqual(await (await identity(value)).valueOf(), value);
    const call = await py.eval("lambda f: f()");
    assert.deepEqual(await (await call(() => value)).valueOf(), value);
  });

  test("callbacks within callbacks end in a RecursionError, not in silence", async () => {
    await py.eval("__import__('sys').setrecursionlimit(1000)");
    const call = await py.eval("lambda f: f()");
    const depth = (n: number): Promise<number> => (n === 0 ? py.abs(-7) : call(() => depth(n - 1)));
    await assert.rejects(depth(1000), { code: "python", message: /RecursionError: maximum/ });
    assert.equal(await depth(20), 7);
  });

  test("an error that passes through many callbacks grows linearly", async () => {
    const call = await py.eval("lambda f: f()");
    const depth = (n: number): Promise<unknown> =>
      n === 0 ? py.int("x") : call(() => depth(n - 1));
    await assert.rejects(depth(20), (error: PythonError) => {
      assert.ok(error.message.length < 5000);
      assert.ok((error.stack ?? "").length < 10_000);
      assert.match(error.message, /ValueError: invalid literal for int\(\) with base 10: 'x'$/);
      return true;
    });
    // Nor can those grow for ever that put one text into the next.
    const copying = async (n: number): Promise<unknown> => {
      try {
        return await (n === 0 ? py.int("x") : call(() => copying(n - 1)));
      } catch (error) {
        throw new Error(`${(error as Error).stack}${(error as Error).stack}`);
      }
    };
    await assert.rejects(copying(20), (error: Error) => error.message.length < 2 ** 20);
  });

  test("arrays passed to failing calls are released", async () => {
    const np = await fut.python("numpy");
    const xs = await fut.entry.same(new Int32Array(2 ** 21));
    const pid = await (await fut.python("os")).getpid();
    const failing = [
      () => np.add(xs, fut.entry.positive(-1)),
      () => np.add(fut.entry.positive(-1), xs),
      () => np.add([fut.entry.positive(-1), xs], xs),
      () => np.no_such_function(xs),
      () => np.add(xs, Symbol("s")),
    ];
    const round = async () => {
      for (const call of failing) await assert.rejects(call());
      await fut.sync();
    };
    await round();
    const start = residentBytes(pid);
    for (let i = 0; i < 10; i++) await round();
    assert.ok(residentBytes(pid) - start < 2 ** 25);
  });

  test("members of an enumeration of strings are those strings", async () => {
    const value = await py.eval("__import__('enum').Enum('C', {'A': 'red'}, type=str).A");
    assert.equal(value, "red");
  });
});

test("a result over maxMessageBytes fails alone", async () => {
  await using fut = await open(programPath("errors"), { backend: "c", maxMessageBytes: 100_000 });
  const py: Py = await fut.python("builtins");
  await assert.rejects(py.bytes(200_000), {
    code: "bad-argument",
    message: /of 200\d\d\d bytes is longer than the limit of 100000 \(option maxMessageBytes\)/,
  });
  assert.equal((await py.bytes(90_000)).length, 90_000);
  await assert.rejects(py.len(new Uint8Array(200_000)), { code: "bad-argument" });
  // The failure is reported even so.
  const call = await py.eval("lambda f: f(bytes(200_000))");
  await assert.rejects(
    call(() => 1),
    { code: "bad-argument" },
  );
  assert.equal(await py.abs(-1), 1);
});

test("a pending call that fails as an argument is reported by the call alone", async () => {
  const { status, stdout, stderr } = await runScript(`
const fut = await open(program("errors"), { backend: "c" });
const np = await fut.python("numpy");
const boom = () => Promise.reject(new Error("boom"));
const calls = [
  () => np.sum(fut.entry.same("x")),
  () => np.add(fut.entry.same("x"), fut.entry.same("y")),
  () => np.sum([fut.entry.same("x"), { a: fut.entry.same("y") }]),
  () => np.sum(Symbol("s"), fut.entry.same("x")),
  () => np.sum(fut.entry.positive(-1), [fut.entry.positive(-2)]),
  () => np.sum$(fut.entry.same([1]), { axis: fut.entry.same("x") }),
  () => np.sum(boom(), [boom()]),
  () => np.sum([boom()]),
  async () => (await np.frompyfunc(() => [fut.entry.same("x")], 1, 1))(1),
];
for (const call of calls) {
  try {
    await call();
    console.log("no error");
  } catch {}
  await new Promise((resolve) => setTimeout(resolve, 1));
}
await fut.close();
try { await np.sum(fut.entry.same([1])); } catch (error) { console.log(error.code); }
`);
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "freed\n", stderr: "" });
});
