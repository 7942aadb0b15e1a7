import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CommandError, run } from "../../ts/setup/run-command.ts";
import type { Fetched } from "../runner/fetched.ts";
import { installedPackage } from "../runner/packed.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsc = join(root, "node_modules/typescript/bin/tsc");

/** All that a careful project switches on. */
const STRICT = {
  ...{ target: "es2022", lib: ["es2023", "esnext.disposable"], module: "nodenext", strict: true },
  ...{ noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
  ...{ rewriteRelativeImportExtensions: true, types: ["node"], noUnusedLocals: true },
  typeRoots: [join(root, "node_modules/@types")],
};

describe("with the packed package in a project of its own", () => {
  let installed: Fetched;
  let app = "";

  before(async () => {
    installed = await installedPackage();
    if ("missing" in installed) return;
    app = mkdtempSync(join(installed.folder, "deploy-"));
    for (const folder of ["futhark", "src", "lib"]) mkdirSync(join(app, folder));
    writeFileSync(join(app, "package.json"), '{ "type": "module" }');
    cpSync(join(root, "test/package/smoke/smoke.fut"), join(app, "futhark/smoke.fut"));
    await cli("build", "futhark/smoke.fut", "-b", "c", "-o", "build", "--bindings", "js");
  });

  after(() => {
    if (app !== "") rmSync(app, { recursive: true });
  });

  async function cli(...args: string[]): Promise<string> {
    const folder = "folder" in installed ? installed.folder : "";
    const main = join(folder, "node_modules/futhark-bridge/dist/cli/main.js");
    return await run(process.execPath, [main, ...args], { cwd: app }).catch(failure);
  }

  async function node(...args: string[]): Promise<string> {
    return await run(process.execPath, args, { cwd: app }).catch(failure);
  }

  test("bindings work after tsc with outDir and rootDir, and type pools", async (t: TestContext) => {
    if ("missing" in installed) return t.skip(installed.missing);
    await cli("types", "build/smoke.json", "-o", "src/smoke.ts");
    cpSync(join(root, "test/package/deploy"), join(app, "src"), { recursive: true });
    const compilerOptions = { ...STRICT, rootDir: ".", outDir: "dist" };
    writeFileSync(
      join(app, "tsconfig.json"),
      JSON.stringify({ compilerOptions, include: ["src"] }),
    );
    await node(tsc, "-p", "tsconfig.json");
    const said = await node("dist/src/main.js");
    assert.deepEqual(JSON.parse(said), [5, 2, { x: 2, y: 1 }, [2, 4]]);
  });

  test("build writes JavaScript with its types", async (t: TestContext) => {
    if ("missing" in installed) return t.skip(installed.missing);
    assert.ok(existsSync(join(app, "build/smoke.d.ts")));
    writeFileSync(
      join(app, "use.mjs"),
      `import { open } from "./build/smoke.js";
       const fut = await open();
       console.log(await fut.entry.add(2, 3));
       await fut.close();`,
    );
    assert.equal(await node("use.mjs"), "5\n");
    writeFileSync(
      join(app, "by-url.mjs"),
      `import { open } from "futhark-bridge";
       const fut = await open(new URL("./build/smoke.json", import.meta.url));
       console.log(await fut.entry.add(3, 3));
       await fut.close();`,
    );
    assert.equal(await node("by-url.mjs"), "6\n");
  });

  test("types writes CommonJS, which require loads and tsc understands", async (t: TestContext) => {
    if ("missing" in installed) return t.skip(installed.missing);
    await cli("types", "build/smoke.json", "-o", "lib/smoke.cjs");
    writeFileSync(
      join(app, "use.cts"),
      `import { openSync } from "./lib/smoke.cjs";
const fut = openSync();
const sum: number = fut.entry.add(2, 3);
// @ts-expect-error: there is no such entry point
if (sum < 0) fut.entry.energyy(1);
process.stdout.write(String(sum));
fut.close();
`,
    );
    const compilerOptions = { ...STRICT };
    const config = { compilerOptions, include: ["use.cts"] };
    writeFileSync(join(app, "tsconfig.json"), JSON.stringify(config));
    await node(tsc, "-p", "tsconfig.json");
    assert.equal(await node("use.cjs"), "5");
  });

  test("the error for a missing program names the searched places", async (t: TestContext) => {
    if ("missing" in installed) return t.skip(installed.missing);
    await cli("types", "build/smoke.json", "-o", "lib/moved.js");
    const moved = mkdtempSync(join(installed.folder, "moved-"));
    t.after(() => rmSync(moved, { recursive: true }));
    cpSync(join(app, "lib/moved.js"), join(moved, "moved.mjs"));
    const code = `import { open } from "${join(moved, "moved.mjs")}";
      await open().catch((error) => console.log(error.code, error.message));`;
    const said = await node("--input-type=module", "-e", code);
    assert.match(
      said,
      /^build the program of the bindings was not found at .*build\/smoke\.json, nor build\/smoke\.json in a folder above/,
    );
  });
});

/** With all that was written: a command's error leaves it out of its message. */
function failure(error: unknown): never {
  throw error instanceof CommandError ? new Error(`${error.message}\n${error.output}`) : error;
}
