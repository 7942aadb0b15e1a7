// Pythons newer than this machine's: set up as a user does, a program built, and called from both.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { findCompiler } from "../../ts/setup/compiler.ts";
import { findPython } from "../../ts/setup/python-env.ts";
import { CommandError, run } from "../../ts/setup/run-command.ts";
import { VERSION } from "../../ts/version.ts";
import { fetchPython } from "../runner/fetched-python.ts";
import { builtPackage, installedPackage } from "../runner/packed.ts";
import { slow } from "../search/scale.ts";

/** The releases of Debian that have them; the newest is part of every run. */
const PYTHONS = [
  { version: "3.14", release: "forky" },
  { version: "3.13", release: "trixie" },
].slice(0, slow ? 2 : 1);

const PARTS = ["calls", "arrays", "borrow", "errors", "pool"];
const program = fileURLToPath(new URL("smoke/smoke.fut", import.meta.url));

const CODE = `
import sys, numpy as np, futhark_bridge
with futhark_bridge.load(sys.argv[1], backend="c") as fut:
    print(*sys.version_info[:2], fut.entry.add(2, 3), fut.entry.twice(np.arange(3.0)).to_list())
`;

describe("a program is built and called with Python", () => {
  for (const { version, release } of PYTHONS) {
    test(version, async (t: TestContext) => {
      const installed = await installedPackage();
      if ("missing" in installed) return t.skip(installed.missing);
      const fetched = await fetchPython(version, release);
      if ("missing" in fetched) return t.skip(fetched.missing);
      const built = await builtPackage();
      const cache = join(fetched.folder, "cache");
      const uv = dirname(findPython()); // the checkout's, or set-up would fetch another
      const env = {
        ...process.env,
        ...{ XDG_CACHE_HOME: cache, PATH: [uv, process.env.PATH].join(delimiter) },
        ...{ CPATH: join(fetched.folder, "usr/include"), FUTHARK: findCompiler()?.path },
        ...{ FUTHARK_BRIDGE_PYTHON: "", LD_LIBRARY_PATH: "" },
      };
      const base = join(fetched.folder, `usr/bin/python${version}`);
      const main = join(built, "dist/cli/main.js");
      const told = await said(process.execPath, [main, "setup", "--python", base], env);
      assert.match(told, new RegExp(`^ready: Python ${version}\\.`, "m"));

      const folder = mkdtempSync(join(installed.folder, "python-"));
      t.after(() => rmSync(folder, { recursive: true }));
      const script = join(folder, "smoke.mjs");
      const text = readFileSync(new URL("smoke/smoke.ts", import.meta.url), "utf8");
      const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
      writeFileSync(script, ts.transpile(text, options));
      const python = join(cache, `futhark-bridge/python-${VERSION}/bin/python`);
      const named = { ...env, FUTHARK_BRIDGE_PYTHON: python };
      const node = await said(process.execPath, [script, program, ...PARTS], named);
      assert.deepEqual(
        node.trim().split("\n"),
        PARTS.map((part) => `ok ${part}`),
      );
      const own = { ...env, PYTHONPATH: join(built, "py") };
      const called = await said(python, ["-c", CODE, program], own);
      assert.equal(called, `${version.replace(".", " ")} 5 [0.0, 2.0, 4.0]\n`);
    });
  }
});

async function said(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  return await run(command, args, { env, timeoutMs: 300_000 }).catch((error: unknown) => {
    throw error instanceof CommandError ? new Error(`${error.message}\n${error.output}`) : error;
  });
}
