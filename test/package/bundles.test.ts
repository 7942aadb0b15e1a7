import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { CommandError, run } from "../../ts/setup/run-command.ts";
import type { Fetched } from "../runner/fetched.ts";
import { installedPackage } from "../runner/packed.ts";

const program = fileURLToPath(new URL("smoke/smoke.fut", import.meta.url));

/** How each bundler is started in a folder with `app.js`; it writes `out/NAME`. */
const BUNDLES: readonly {
  readonly title: string;
  readonly name: string;
  readonly args: string[];
}[] = [
  {
    title: "esbuild, ES module",
    name: "esbuild.mjs",
    args: ["esbuild/bin/esbuild", "app.js", "--format=esm", "--outfile=out/esbuild.mjs"],
  },
  {
    title: "esbuild, CommonJS",
    name: "esbuild.cjs",
    args: ["esbuild/bin/esbuild", "app.js", "--format=cjs", "--outfile=out/esbuild.cjs"],
  },
  { title: "Vite SSR, ES module", name: "vite.mjs", args: ["vite/bin/vite.js", "build"] },
  { title: "Vite SSR, CommonJS", name: "vite.cjs", args: ["vite/bin/vite.js", "build"] },
];

function viteConfig(name: string): string {
  const format = name.endsWith(".cjs") ? "cjs" : "es";
  return `export default {
    ssr: { noExternal: true, target: "node" },
    logLevel: "warn",
    build: {
      ssr: "app.js", outDir: "out", emptyOutDir: false, minify: false,
      rollupOptions: { output: { format: "${format}", entryFileNames: "${name}", codeSplitting: false } },
    },
  };`;
}

describe("a bundle of everything runs without node_modules, made by", () => {
  let installed: Fetched;
  let app = "";
  const elsewhere = mkdtempSync(join(tmpdir(), "bundle-"));
  const pythonSide = join(elsewhere, "python side");

  before(async () => {
    installed = await installedPackage(["esbuild@0.28.2", "vite@8.3.8"]);
    if ("missing" in installed) return;
    app = mkdtempSync(join(installed.folder, "bundles-"));
    const text = readFileSync(new URL("bundles/app.ts", import.meta.url), "utf8");
    const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    writeFileSync(join(app, "app.js"), ts.transpile(text, options));
    writeFileSync(join(app, "package.json"), '{ "type": "module" }');
    const copied = join(pythonSide, "futhark_bridge");
    mkdirSync(pythonSide);
    const from = join(installed.folder, "node_modules/futhark-bridge/py/futhark_bridge");
    await run("cp", ["-r", from, copied]);
  });

  after(() => {
    rmSync(elsewhere, { recursive: true });
    if (app !== "") rmSync(app, { recursive: true });
  });

  for (const { title, name, args } of BUNDLES) {
    test(title, async (t: TestContext) => {
      if ("missing" in installed) return t.skip(installed.missing);
      const [tool = "", ...rest] = args;
      const bundler = join(installed.folder, "node_modules", tool);
      if (name.startsWith("vite")) writeFileSync(join(app, "vite.config.js"), viteConfig(name));
      else rest.push("--bundle", "--platform=node", "--log-level=error");
      await run(process.execPath, [bundler, ...rest], { cwd: app }).catch(failure);
      const bundle = join(elsewhere, name);
      copyFileSync(join(app, "out", name), bundle);

      // Neither the folder's package.json nor any other file exists.
      const alone = run(process.execPath, [bundle, program]);
      await assert.rejects(alone, (error: CommandError) => {
        assert.match(
          error.output.trim(),
          /^the Python side of futhark-bridge is not beside its code/,
        );
        assert.match(error.output.trim(), /option pythonFolder or FUTHARK_BRIDGE_PYTHON_FOLDER$/);
        return true;
      });
      const byOption = await run(process.execPath, [bundle, program, pythonSide]).catch(failure);
      const env = { ...process.env, FUTHARK_BRIDGE_PYTHON_FOLDER: pythonSide };
      const byVariable = await run(process.execPath, [bundle, program], { env }).catch(failure);
      assert.equal(byVariable, byOption);
      const { arrow, scijs, python, ...rest2 } = JSON.parse(byOption) as Record<string, string>;
      assert.deepEqual(rest2, { sum: 5, right: true, fromTable: "function" });
      assert.match(String(arrow), /^conversion to Arrow needs the package apache-arrow/);
      assert.match(String(scijs), /^toScijs needs the package ndarray/);
      assert.match(String(python), /needs the package pythonia/);
    });
  }
});

/** With all that was written: a command's error leaves it out of its message. */
function failure(error: unknown): never {
  throw error instanceof CommandError ? new Error(`${error.message}\n${error.output}`) : error;
}
