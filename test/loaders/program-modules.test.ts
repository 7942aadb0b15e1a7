import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, type TestContext, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isDeepStrictEqual, stripVTControlCharacters } from "node:util";
import { findPython } from "../../ts/setup/python-env.ts";
import { CommandError, run } from "../../ts/setup/run-command.ts";
import { type Fetched, fetchPackages } from "../runner/fetched.ts";
import { installedPackage } from "../runner/packed.ts";
import { until } from "../support/processes.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsx = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
const tsc = join(root, "node_modules/typescript/bin/tsc");

const PROGRAM = `import "sub/lib"
-- | Adds what the library says.
entry answer (x: i32): i32 = x + k
entry twice [n] (xs: [n]f64): [n]f64 = map (* 2) xs
`;
const LIBRARY = "def k: i32 = 2\n";
/** The name is wrong at line 1, column 14 of what is imported. */
const WRONG = "def k: i32 = kk\n";

/** The app, in each kind of module. */
const USE = `const main = async () => {
  const fut = await answers.open({ backend: "c" });
  const twice = await fut.entry.twice([1, 2]);
  console.log(await fut.entry.answer(40), [...await twice.values()]);
  await fut.close();
  const sync = answers.openSync({ backend: "c" });
  console.log(sync.entry.answer(1));
  sync.close();
};
main();
`;
const SAID = "42 [ 2, 4 ]\n3\n";

describe("a program is a module", () => {
  let installed: Fetched;
  let app = "";

  before(async () => {
    installed = await installedPackage(["esbuild@0.28.2", "vite@8.3.8"]);
    if ("missing" in installed) return;
    app = mkdtempSync(join(installed.folder, "program-modules-"));
    writeFileSync(join(app, "package.json"), '{ "type": "module" }');
    mkdirSync(join(app, "sub"));
    writeFileSync(join(app, "answers.fut"), PROGRAM);
    writeFileSync(join(app, "sub/lib.fut"), LIBRARY);
    const imported = `import answers, { openPool } from "./answers.fut";\n`;
    writeFileSync(join(app, "app.js"), `${imported}${USE}if (!openPool) throw 0;\n`);
    writeFileSync(join(app, "app.ts"), `${imported}${USE}export const p: unknown = openPool;\n`);
    writeFileSync(join(app, "app.cts"), `import answers from "./answers.fut";\n${USE}`);
    const required = `const { default: answers } = require("./answers.fut");\n${USE}`;
    writeFileSync(join(app, "app.cjs"), required);
  });

  after(() => {
    if (app !== "") rmSync(app, { recursive: true });
  });

  /** Saves a file as editors do: in one step. */
  function save(name: string, text: string): void {
    const saved = join(app, `${name}.new`);
    writeFileSync(saved, text);
    renameSync(saved, join(app, name));
  }

  for (const version of ["20", "22", "24", "latest"]) {
    test(`on Node ${version}`, async (t: TestContext) => {
      const node = await nodeOf(version);
      if ("missing" in installed) return t.skip(installed.missing);
      if (typeof node !== "string") return t.skip(node.missing);
      const register = ["--import", "futhark-bridge/register"];
      const plain = ["app.js", "app.cjs"].map((file) => [...register, file]);
      const typed = [
        [...register, "--import", tsx, "app.ts"],
        ["--import", tsx, ...register, "app.ts"],
        ["--import", tsx, ...register, "app.cts"],
      ];
      // One that has hooks in the thread of the imports, and one that has not.
      const both = version === "20" || version === "24";
      for (const args of both ? [...plain, ...typed] : plain) {
        assert.equal(await run(node, args, { cwd: app }).catch(failure), SAID, args.join(" "));
      }
    });
  }

  for (const version of ["20", "latest"]) {
    test(`node --watch starts again when what a program imports changes, on Node ${version}`, async (t) => {
      const node = await nodeOf(version);
      if ("missing" in installed) return t.skip(installed.missing);
      if (typeof node !== "string") return t.skip(node.missing);
      const args = ["--watch", "--import", "futhark-bridge/register", "app.js"];
      const child = spawn(node, args, { cwd: app, stdio: ["ignore", "pipe", "inherit"] });
      const said = linesOf(child);
      try {
        await said("42 [ 2, 4 ]");
        await said(/^Completed running/);
        save("sub/lib.fut", "def k: i32 = 3\n");
        await said("43 [ 2, 4 ]");
      } finally {
        child.kill();
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
        save("sub/lib.fut", LIBRARY);
      }
    });
  }

  test("an error of the compiler is shown with its place, at open or with the types", async (t) => {
    if ("missing" in installed) return t.skip(installed.missing);
    const args = ["--import", "futhark-bridge/register", "app.js"];
    const place = `Error at ${join(app, "sub/lib.fut")}:1:14-16:\nUnknown name "kk"`;
    const located = ({ output }: CommandError): boolean => output.includes(place);
    save("sub/lib.fut", WRONG);
    try {
      for (const types of ["0", "1"]) {
        const env = { ...process.env, FUTHARK_BRIDGE_TYPES: types };
        await assert.rejects(run(process.execPath, args, { cwd: app, env }), located, types);
      }
    } finally {
      save("sub/lib.fut", LIBRARY);
    }
  });

  /** What a bundle does where no compiler is, nor anything that was built. */
  async function outputAlone(bundle: string): Promise<string> {
    if ("missing" in installed) return "";
    const { PATH, FUTHARK_BRIDGE_PYTHON = findPython() } = process.env;
    const side = join(installed.folder, "node_modules/futhark-bridge/py");
    const env = { PATH, FUTHARK_BRIDGE_PYTHON, FUTHARK: "/nowhere", HOME: "/nowhere" };
    const all = { ...env, FUTHARK_BRIDGE_PYTHON_FOLDER: side };
    return await run(process.execPath, [bundle], { env: all }).catch(failure);
  }

  async function load<T>(path: string): Promise<T> {
    const folder = "folder" in installed ? installed.folder : "";
    return (await import(pathToFileURL(join(folder, "node_modules", path)).href)) as T;
  }

  test("in bundles of esbuild, which build again when what it imports changes", async (t) => {
    if ("missing" in installed) return t.skip(installed.missing);
    const { default: esbuild } = await load<{ default: Esbuild }>("esbuild/lib/main.js");
    const { futhark } = await load<Plugins>("futhark-bridge/dist/loaders/esbuild.js");
    const plugins = [futhark({ backend: "c" })];
    const common = { bundle: true, platform: "node", absWorkingDir: app, plugins } as const;
    const quiet = { ...common, logLevel: "silent" } as const;
    const moved = join(app, "moved");
    for (const format of ["esm", "cjs"] as const) {
      const extension = format === "esm" ? ".mjs" : ".cjs";
      const entryPoints = { "deep/app": "app.js" };
      const outExtension = { ".js": extension };
      await esbuild.build({ ...quiet, entryPoints, format, outdir: "out", outExtension });
      renameSync(join(app, "out"), moved);
      assert.equal(await outputAlone(join(moved, `deep/app${extension}`)), SAID);
      rmSync(moved, { recursive: true });
    }
    const toFile = { ...quiet, entryPoints: ["app.js"], outfile: "out/app.cjs" };
    const { outputFiles = [] } = await esbuild.build({ ...toFile, write: false });
    assert.equal(existsSync(join(app, "out")), false);
    const names = outputFiles.map(({ path }) => basename(path).replace(/\..*\./, "."));
    assert.deepEqual(names, ["app.cjs", "_answers.so", "answers.json"]);

    let ended: (result: Failed) => void = () => {};
    const built = (): Promise<Failed> => new Promise((resolve) => (ended = resolve));
    const onEnd = (result: Failed): void => ended(result);
    const reporter = {
      name: "reporter",
      setup: (build: { onEnd(run: typeof onEnd): void }) => build.onEnd(onEnd),
    };
    const context = await esbuild.context({ ...toFile, plugins: [...plugins, reporter] });
    try {
      const first = built();
      await context.watch();
      assert.deepEqual((await first).errors, []);
      const second = built();
      save("sub/lib.fut", WRONG);
      const [error] = (await second).errors;
      assert.match(String(error?.text), /^Unknown name "kk"$/);
      const { file, line, column, length, lineText } = error?.location ?? {};
      assert.deepEqual(
        [resolve(app, String(file)), line, column, length, lineText],
        [join(app, "sub/lib.fut"), 1, 13, 2, WRONG.trim()],
      );
      const third = built();
      save("sub/lib.fut", "def k: i32 = 4\n");
      assert.deepEqual((await third).errors, []);
      assert.equal(await outputAlone(join(app, "out/app.cjs")), "44 [ 2, 4 ]\n5\n");
    } finally {
      await context.dispose();
      await esbuild.stop();
      save("sub/lib.fut", LIBRARY);
    }
  });

  test("in Vite: builds for servers, and a development server that loads it again", async (t) => {
    if ("missing" in installed) return t.skip(installed.missing);
    const { build, createServer } = await load<Vite>("vite/dist/node/index.js");
    const { futhark } = await load<Plugins>("futhark-bridge/dist/loaders/vite.js");
    const common = { root: app, configFile: false, logLevel: "silent" } as const;
    const config = { ...common, plugins: [futhark({ backend: "c" })] };
    const outputs = { format: "cjs", entryFileNames: "deep/app.cjs" };
    for (const output of [{ entryFileNames: "app.mjs" }, outputs]) {
      const bundle = { ssr: "app.js", outDir: "out-vite", rollupOptions: { output } };
      await build({ ...config, ssr: { noExternal: true, target: "node" }, build: bundle });
      const said = await outputAlone(join(app, "out-vite", output.entryFileNames));
      assert.equal(said, SAID);
    }
    writeFileSync(
      join(app, "served.js"),
      `import answers from "./answers.fut";
       export async function answer() {
         const fut = await answers.open();
         try { return [fut.backend, await fut.entry.answer(40)]; } finally { await fut.close(); }
       }`,
    );
    const server = await createServer({
      ...config,
      ...{ appType: "custom", server: { middlewareMode: true, ws: false } },
    });
    try {
      const answer = async (): Promise<unknown> =>
        (await server.ssrLoadModule("/served.js")).answer();
      assert.deepEqual(await answer(), ["c", 42]);
      save("sub/lib.fut", WRONG);
      // Until the server has seen the change it is open() that fails, with more words.
      const located = `${join(app, "sub/lib.fut")}:1:14: Unknown name "kk"`;
      const wrong = (): Promise<boolean> =>
        answer().then(
          () => false,
          (error: Error) => error.message === located,
        );
      await until("the server shows the error", wrong);
      save("sub/lib.fut", "def k: i32 = 4\n");
      const right = (): Promise<boolean> =>
        answer().then(
          (found) => isDeepStrictEqual(found, ["c", 44]),
          () => false,
        );
      await until("the server has the change", right);
    } finally {
      await server.close();
      save("sub/lib.fut", LIBRARY);
    }
  });

  test("its types are written when asked for, and wrong uses do not compile", async (t) => {
    if ("missing" in installed) return t.skip(installed.missing);
    const types = join(app, "answers.d.fut.ts");
    const env = { ...process.env, FUTHARK_BRIDGE_TYPES: "1" };
    const args = ["--import", "futhark-bridge/register", "app.js"];
    await run(process.execPath, args, { cwd: app, env }).catch(failure);
    const first = readFileSync(types, "utf8");
    assert.equal(existsSync(join(app, "sub/lib.d.fut.ts")), false);
    // Files that are up to date are not rewritten.
    writeFileSync(types, `${first}// kept\n`);
    await run(process.execPath, args, { cwd: app, env }).catch(failure);
    assert.equal(readFileSync(types, "utf8"), `${first}// kept\n`);
    const main = join(installed.folder, "node_modules/futhark-bridge/dist/cli/main.js");
    await run(process.execPath, [main, "types", "answers.fut", "-o", types], { cwd: app });
    assert.equal(readFileSync(types, "utf8"), first);
    rmSync(types);
    const build = [main, "build", "answers.fut", "-b", "c", "-o", "built", "--bindings", "fut"];
    const built = await run(process.execPath, build, { cwd: app });
    assert.equal(built.trim().split("\n").at(-1), "answers.d.fut.ts");
    assert.equal(readFileSync(types, "utf8"), first);
    writeFileSync(
      join(app, "typed.ts"),
      `import answers, { type Module, openSync } from "./answers.fut";
const fut: Module = await answers.open();
const sum: number = await fut.entry.answer(1);
const sync: number = openSync().entry.answer(sum);
// @ts-expect-error: a number
const text: string = await fut.entry.answer(sync);
// @ts-expect-error: there is no such entry point
await fut.entry.answerr(text);
`,
    );
    const compilerOptions = {
      ...{ target: "es2022", lib: ["es2023", "esnext.disposable"], module: "nodenext" },
      ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
      ...{ allowArbitraryExtensions: true, noEmit: true, types: ["node"], skipLibCheck: false },
      typeRoots: [join(root, "node_modules/@types")],
    };
    const config = { compilerOptions, include: ["typed.ts", "vite.config.ts", "esbuild.ts"] };
    writeFileSync(join(app, "tsconfig.json"), JSON.stringify(config));
    writeFileSync(join(app, "vite.config.ts"), VITE_CONFIG);
    writeFileSync(join(app, "esbuild.ts"), ESBUILD_CONFIG);
    await run(process.execPath, [tsc, "-p", "tsconfig.json"], { cwd: app }).catch(failure);
  });
});

/** The parts used of the tools, which are not dependencies of this package. */
interface Failed {
  readonly errors: readonly {
    readonly text?: string;
    readonly location?: Readonly<Record<string, unknown>>;
  }[];
}
interface Esbuild {
  build(options: object): Promise<{ readonly outputFiles?: readonly { readonly path: string }[] }>;
  context(options: object): Promise<{ watch(): Promise<void>; dispose(): Promise<void> }>;
  stop(): Promise<void>;
}
interface Vite {
  build(config: object): Promise<unknown>;
  createServer(config: object): Promise<{
    ssrLoadModule(url: string): Promise<{ readonly answer: () => Promise<unknown> }>;
    close(): Promise<void>;
  }>;
}
interface Plugins {
  futhark(options: object): object;
}

const VITE_CONFIG = `import { defineConfig } from "vite";
import { futhark } from "futhark-bridge/vite";
export default defineConfig({ plugins: [futhark({ backend: "c", types: true })] });
`;
const ESBUILD_CONFIG = `import { build } from "esbuild";
import { futhark } from "futhark-bridge/esbuild";
await build({ entryPoints: ["app.js"], plugins: [futhark({ backend: "c" })] });
`;

async function nodeOf(version: string): Promise<string | { readonly missing: string }> {
  const name = `node-${process.platform}-${process.arch}`;
  const fetched = await fetchPackages([`${name}@${version}`]);
  return "missing" in fetched ? fetched : join(fetched.folder, "node_modules", name, "bin/node");
}

/** Waits for a line of what a process says, after the one that was waited for before. */
function linesOf({ stdout }: ChildProcess): (line: string | RegExp) => Promise<void> {
  if (stdout === null) throw new Error("expected a process with a pipe for stdout");
  const lines = createInterface(stdout)[Symbol.asyncIterator]();
  return async (wanted) => {
    const seen: string[] = [];
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new Error(`expected ${wanted}, got ${seen.join("\n")}`);
      const line = stripVTControlCharacters(value);
      if (typeof wanted === "string" ? line === wanted : wanted.test(line)) return;
      seen.push(line);
    }
  };
}

/** With all that was written: a command's error leaves it out of its message. */
function failure(error: unknown): never {
  throw error instanceof CommandError ? new Error(`${error.message}\n${error.output}`) : error;
}
