// What comes with the package, and what is loaded of it.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { CommandError, run } from "../../ts/setup/run-command.ts";
import { installedPackage } from "../runner/packed.ts";

/** Not the version that the package is developed with. */
const ARROW = "18.1.0";

const USE = `
import { tableFromArrays, Vector } from "apache-arrow";
import { fromTable, nd, toArrow } from "futhark-bridge";
const vector = await toArrow(nd(Float32Array.of(1, 2, 3)));
const { x } = fromTable(tableFromArrays({ x: Int32Array.of(4, 5) }));
console.log(vector instanceof Vector, vector.get(2), x.toNested());
`;

/** Refuses to find what only commands and users of other libraries need. */
const HOOK = `
const hook = "export async function resolve(name, context, next) {" +
  "if (/^(commander|apache-arrow|pythonia|ndarray|numpy-ts|sharp)/.test(name)) throw new Error(name);" +
  "return await next(name, context); }";
(await import("node:module")).register("data:text/javascript," + encodeURIComponent(hook));
const { nd } = await import("futhark-bridge");
console.log(nd(Float32Array.of(1)).rank);
`;

async function runIn(folder: string, code: string, t: TestContext): Promise<string> {
  const place = mkdtempSync(join(folder, "dependencies-"));
  t.after(() => rmSync(place, { recursive: true }));
  writeFileSync(join(place, "use.mjs"), code);
  return await run(process.execPath, [join(place, "use.mjs")]).catch((error: unknown) => {
    throw error instanceof CommandError ? new Error(`${error.message}\n${error.output}`) : error;
  });
}

test("beside a user's apache-arrow there is no other, and its classes are used", async (t) => {
  const installed = await installedPackage([`apache-arrow@${ARROW}`]);
  if ("missing" in installed) return t.skip(installed.missing);
  const modules = readdirSync(join(installed.folder, "node_modules"), { recursive: true });
  const copies = modules.filter((path) => /(^|\/)apache-arrow\/package\.json$/.test(String(path)));
  assert.deepEqual(copies, ["apache-arrow/package.json"]);
  assert.equal(await runIn(installed.folder, USE, t), "true 3 [ 4, 5 ]\n");
});

test("the library loads neither commander nor an optional package before it is used", async (t) => {
  const installed = await installedPackage();
  if ("missing" in installed) return t.skip(installed.missing);
  assert.equal(await runIn(installed.folder, HOOK, t), "1\n");
});
