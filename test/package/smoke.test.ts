import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { CommandError, run } from "../../ts/setup/run-command.ts";
import { type Fetched, fetchPackages } from "../runner/fetched.ts";
import { installedPackage } from "../runner/packed.ts";

const ON_ALL = [
  "calls",
  "arrays",
  "borrow",
  "errors",
  "restart",
  "limit",
  "pool",
  "blocking",
  "unclosed",
];
const ON_NODE = ["thread", "thread-terminated", "child", "cluster"];

const platform = `${process.platform}-${process.arch}`;

/** Each engine: its package, the paths of the program in it, and the test to run on it. */
const ENGINES: readonly {
  readonly name: string;
  readonly spec: string;
  readonly programs: readonly string[];
  readonly args?: readonly string[];
  readonly parts: readonly string[];
}[] = [
  ...["20", "22", "24", "latest"].map((version) => ({
    name: `Node ${version}`,
    spec: `node-${platform}@${version}`,
    programs: [`node-${platform}/bin/node`],
    parts: [...ON_ALL, ...ON_NODE],
  })),
  {
    name: "Bun",
    spec: "bun@1.4.5",
    programs: ["linux-x64", "linux-aarch64", "darwin-x64", "darwin-aarch64"].map(
      (name) => `@oven/bun-${name}/bin/bun`,
    ),
    parts: ON_ALL,
  },
  {
    name: "Deno",
    spec: "deno@2.9.6",
    programs: ["linux-x64-glibc", "linux-arm64-glibc", "darwin-x64", "darwin-arm64"].map(
      (name) => `@deno/${name}/deno`,
    ),
    args: ["run", "--allow-all"],
    parts: ON_ALL,
  },
];

const program = fileURLToPath(new URL("smoke/smoke.fut", import.meta.url));

describe("the packed package runs on", () => {
  let installed: Fetched;
  let folder: string | undefined;
  let script = "";

  before(async () => {
    installed = await installedPackage();
    if ("missing" in installed) return;
    folder = mkdtempSync(join(installed.folder, "smoke-"));
    script = join(folder, "smoke.mjs");
    const text = readFileSync(new URL("smoke/smoke.ts", import.meta.url), "utf8");
    const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
    writeFileSync(script, ts.transpile(text, options));
  });

  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  for (const { name, spec, programs, args = [], parts } of ENGINES) {
    test(name, async (t: TestContext) => {
      if ("missing" in installed) return t.skip(installed.missing);
      const fetched = await fetchPackages([spec]);
      if ("missing" in fetched) return t.skip(fetched.missing);
      const paths = programs.map((path) => join(fetched.folder, "node_modules", path));
      const engine = paths.find((path) => existsSync(path));
      if (engine === undefined) return t.skip(`${spec} has no program for ${platform}`);
      const command = [...args, script, program, ...parts];
      const said = await run(engine, command, { timeoutMs: 120_000 }).catch(failure);
      assert.deepEqual(
        said.trim().split("\n"),
        parts.map((part) => `ok ${part}`),
      );
    });
  }
});

/** With all that was written: a command's error leaves it out of its message. */
function failure(error: unknown): never {
  throw error instanceof CommandError ? new Error(`${error.message}\n${error.output}`) : error;
}
