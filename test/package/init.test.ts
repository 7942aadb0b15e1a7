import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../ts/setup/places.ts";
import { CommandError, run } from "../../ts/setup/run-command.ts";
import { installedPackage } from "../runner/packed.ts";

const own = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
const tools = ["@types/node", "tsx", "typescript"].map(
  (name) => `${name}@${own.devDependencies[name]}`,
);

test("init writes a project that starts, is tested and has types, and overwrites nothing", async (t) => {
  const installed = await installedPackage(tools);
  if ("missing" in installed) return t.skip(installed.missing);
  const cwd = mkdtempSync(join(installed.folder, "init-"));
  t.after(() => rmSync(cwd, { recursive: true }));
  const cli = join(installed.folder, "node_modules/.bin/futhark-bridge");
  const written = await run(cli, ["init", "My Stats"], { cwd });
  assert.deepEqual(written.trim().split("\n").sort(), [
    ...["My Stats/.gitignore", "My Stats/main.ts", "My Stats/package.json", "My Stats/stats.fut"],
    ...["My Stats/test/stats.test.ts", "My Stats/tsconfig.json"],
  ]);
  const folder = join(cwd, "My Stats");
  const { name, dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  assert.deepEqual([name, dependencies], ["my-stats", { "futhark-bridge": own.version }]);

  const bin = join(installed.folder, "node_modules/.bin");
  // Without the variable the runner in there reports to this one.
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  const env = { ...rest, PATH: `${bin}:${process.env.PATH}` };
  const npm = (...args: string[]) => run("npm", ["--silent", ...args], { cwd: folder, env });
  assert.equal(await npm("start"), "mean: 3\nless the mean: Float64Array(3) [ -2, -1, 3 ]\n");
  const [tested] = await Promise.all([npm("test"), npm("run", "check")]);
  assert.match(tested, /^3 of 3 tests passed in 1 program\n/);
  assert.match(tested, /centred numbers have the mean 0/);

  writeFileSync(join(folder, "main.ts"), "mine\n");
  rmSync(join(folder, "stats.fut"));
  await assert.rejects(run(cli, ["init"], { cwd: folder }), (error) => {
    assert.ok(error instanceof CommandError);
    assert.match(
      error.output,
      /error: nothing was written, because these files exist: package\.json, /,
    );
    return true;
  });
  assert.equal(readFileSync(join(folder, "main.ts"), "utf8"), "mine\n");
  assert.ok(!readdirSync(folder).includes("stats.fut"));
});
