import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type FutharkModule, open, openPool, openSync, type WorkerEnd } from "../../ts/index.ts";
import { isAlive, runScript, startScript, until } from "../support/processes.ts";
import { programPath } from "../support/programs.ts";

const errors = programPath("errors");
const FOREVER = 2n ** 62n;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "output-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** An environment in which Python runs some code when it starts. */
function atStart(name: string, code: string): Record<string, string> {
  const place = mkdtempSync(join(folder, name));
  writeFileSync(join(place, "sitecustomize.py"), code);
  return { PYTHONPATH: place };
}

/** Collects what a worker prints. */
function collect() {
  const said = { stdout: "", stderr: "" };
  const output = (text: string, stream: "stdout" | "stderr"): void => {
    said[stream] += text;
  };
  return { said, output };
}

/** The end of a module's worker, which alone does not keep Node running. */
async function ended(fut: FutharkModule): Promise<WorkerEnd> {
  const waits = setInterval(() => {}, 1000);
  try {
    return await fut.workerEnd;
  } finally {
    clearInterval(waits);
  }
}

/** Prints in Python and in C, to both streams. */
async function printAll(fut: FutharkModule, word: string): Promise<void> {
  const builtins = await fut.python("builtins");
  const sys = await fut.python("sys");
  await builtins.print(`python ${word} é`);
  await builtins.print$(`python error ${word}`, { file: await sys.stderr });
  const ctypes = await fut.python("ctypes");
  const libc = await ctypes.CDLL(null);
  await libc.dprintf(1, new TextEncoder().encode(`c ${word}\n`));
  await libc.dprintf(2, new TextEncoder().encode(`c error ${word}\n`));
}

test("a function receives what Python and C print, also from replaced workers", async () => {
  const { said, output } = collect();
  const fut = await open(errors, { backend: "c", output });
  await printAll(fut, "one");
  const end = ended(fut);
  fut.kill();
  await end;
  assert.equal(said.stdout, "python one é\nc one\n");
  assert.equal(said.stderr, "python error one\nc error one\n");
  await printAll(fut, "two");
  // Earlier output is passed on before the module is closed.
  await fut.close();
  assert.equal(said.stdout, "python one é\nc one\npython two é\nc two\n");
  assert.equal(said.stderr, "python error one\nc error one\npython error two\nc error two\n");
});

const PRINTS_AT_START = `import os
print("python")
os.write(1, b"c\\n")
os.write(2, b"error\\n")
`;

/** Two workers print in each way to open a module. */
const WAYS = `
const fut = await open(program("errors"), options);
await fut.entry.positive(1);
fut.kill();
await fut.entry.positive(1);
await fut.close();
const sync = openSync(program("errors"), options);
sync.entry.positive(1);
sync.kill();
sync.entry.positive(1);
sync.close();
const pool = await bridge.openPool(program("errors"), { ...options, workers: 2 });
await pool.entry.positive(1);
await pool.close();
`;

test("a protocol on stdout is left alone, however a module is opened", async () => {
  const env = atStart("prints", PRINTS_AT_START);
  const { stdout, stderr, status } = await runScript(`
    const said = { stdout: "", stderr: "" };
    const output = (text, stream) => { said[stream] += text; };
    const c = { backend: "c", env: ${JSON.stringify(env)} };
    for (const options of [{ ...c, output: "ignore" }, { ...c, output }]) {
      ${WAYS}
      console.log(JSON.stringify(said));
    }
  `);
  assert.deepEqual([status, stderr], [0, ""]);
  const [ignored, printed, end] = stdout.split("\n");
  assert.deepEqual(JSON.parse(ignored as string), { stdout: "", stderr: "" });
  const said = JSON.parse(printed as string);
  assert.equal(
    said.stdout.split("\n").sort().join(),
    `,${"c,".repeat(6)}${"python,".repeat(6)}`.slice(0, -1),
  );
  assert.equal(said.stderr, "error\n".repeat(6));
  assert.equal(end, "");
});

test("by default what a worker prints goes to this process's own streams", async () => {
  const env = atStart("inherits", PRINTS_AT_START);
  const { stdout, stderr } = await runScript(
    `const options = { backend: "c", env: ${JSON.stringify(env)} }; ${WAYS}`,
  );
  assert.equal(
    stdout.split("\n").sort().join(),
    `,${"c,".repeat(6)}${"python,".repeat(6)}`.slice(0, -1),
  );
  assert.equal(stderr, "error\n".repeat(6));
});

const PRINTS_MUCH = `import os, sys, threading
def much():
    while not os.path.exists(GATE): threading.Event().wait(0.001)
    for i in range(3000): sys.stdout.write("é" * 100 + "\\n")
    os._exit(7)
threading.Thread(target=much, daemon=True).start()
`;

test("a blocking call reads more output than pipes hold, and its error has the end of stderr", () => {
  const gate = join(folder, "gate-blocking");
  const env = atStart(
    "much",
    PRINTS_MUCH.replace("GATE", JSON.stringify(gate)).replace(
      "os._exit(7)",
      'sys.stderr.write("last words\\n"); os._exit(7)',
    ),
  );
  const { said, output } = collect();
  const fut = openSync(errors, { backend: "c", env, output });
  writeFileSync(gate, "");
  assert.throws(() => fut.entry.spin(FOREVER), {
    code: "worker-exit",
    exitCode: 7,
    stderr: "last words\n",
    message: /last words/,
  });
  assert.equal(said.stdout, `${"é".repeat(100)}\n`.repeat(3000));
  fut.close();
});

test("a worker that prints more than is read waits, and nothing is lost", async () => {
  const gate = join(folder, "gate-slow");
  const env = atStart("slow", PRINTS_MUCH.replace("GATE", JSON.stringify(gate)));
  let bytes = 0;
  let open_ = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open_ = resolve;
  });
  const fut = await open(errors, {
    backend: "c",
    env,
    output: (text) => {
      bytes += Buffer.byteLength(text);
      return opened;
    },
  });
  const pid = fut.pid as number;
  writeFileSync(gate, "");
  await until("it prints", () => bytes > 0);
  const before = bytes;
  // A worker that did not wait would exit, and its output would be read.
  assert.equal(await fut.entry.positive(2), 2);
  assert.equal(bytes, before);
  assert.ok(isAlive(pid));
  open_();
  assert.equal((await ended(fut)).exitCode, 7);
  assert.equal(bytes, 3000 * 201);
  await fut.close();
});

test("errors have the end of stderr with every option", async () => {
  for (const output of ["ignore", () => {}] as const) {
    const fut = await open(errors, { backend: "c", output });
    const os = await fut.python("os");
    await os.write(2, new TextEncoder().encode("last words\n"));
    const end = ended(fut);
    await assert.rejects(os._exit(3), { code: "worker-exit", message: /last words/ });
    assert.equal((await end).stderr, "last words\n");
    await fut.close();
  }
});

test("an exception or rejection of the function is reported to the process, and the worker continues", async () => {
  const script = startScript(`
    process.on("uncaughtException", (error) => console.log("printed", error.message));
    const sync = openSync(program("errors"), { backend: "c", logging: true, output: () => { throw new Error("thrown"); } });
    console.log(sync.entry.positive(3));
    sync.close();
    const output = async () => { throw new Error("rejected"); };
    const fut = await open(program("errors"), { backend: "c", output });
    const builtins = await fut.python("builtins");
    await builtins.print("x");
    await builtins.print("y");
    await fut.close();
    console.log(await Promise.resolve(4));
  `);
  const { stdout, stderr, status } = await script.ended;
  assert.deepEqual([status, stderr], [0, ""]);
  assert.deepEqual([...new Set(stdout.trim().split("\n"))].sort(), [
    "3",
    "4",
    "printed rejected",
    "printed thrown",
  ]);
});

test("a function that calls the module during a blocking call is refused", () => {
  const gate = join(folder, "gate-again");
  const env = atStart("again", PRINTS_MUCH.replace("GATE", JSON.stringify(gate)));
  const refused: unknown[] = [];
  const output = (): void => {
    try {
      fut.entry.positive(1);
    } catch (error) {
      refused.push(error);
    }
  };
  const fut = openSync(errors, { backend: "c", env, output });
  writeFileSync(gate, "");
  assert.throws(() => fut.entry.spin(FOREVER), { code: "worker-exit" });
  assert.match(String(refused[0]), /positive: the output callback runs during spin and/);
  assert.equal(new Set(refused.map(String)).size, 1);
  fut.close();
});

test("other values of the option are refused", async () => {
  const wrong = { output: "none" } as never;
  const expected = { code: "bad-argument", message: /"inherit", "ignore" or a function, got none/ };
  await assert.rejects(open(errors, wrong), expected);
  await assert.rejects(openPool(errors, wrong), expected);
  assert.throws(() => openSync(errors, wrong), expected);
});
