// What a new user does: an empty home, an empty folder, and what the registries have.
import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type CommandError, run } from "../../ts/setup/run-command.ts";
import { UNREACHABLE } from "../runner/fetched.ts";
import { packedPackage } from "../runner/packed.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Names of variables by which a home folder, or we, would be found after all. */
const OURS = /^(HOME|XDG_|FUTHARK|VIRTUAL_ENV|PYTHONPATH|TMPDIR|npm_)/;

/** What other programs keep in a home; pip asks rustc for its version, which rustup notes. */
const OTHERS = /^(\.npm|\.cache\/uv|\.rustup)\//;

const TYPED = `import { open } from "futhark-bridge";
import { open as openSmoke } from "./smoke.ts";
const typed = await openSmoke({ backend: "c" });
const sum: number = await typed.entry.add(2, 3);
await typed.close();
const fut = await open("smoke.fut", { backend: "c" });
console.log(sum, await fut.entry.add(3, 3));
await fut.close();
`;
const REQUIRED = `const { openSync } = require("futhark-bridge");
const fut = openSync("smoke.fut", { backend: "c" });
console.log(fut.entry.add(2, 3));
fut.close();
`;
const COMPILER_OPTIONS = {
  ...{ target: "es2022", lib: ["es2023", "esnext.disposable"], module: "nodenext", strict: true },
  ...{ noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
  ...{ rewriteRelativeImportExtensions: true, types: ["node"] },
  typeRoots: [join(root, "node_modules/@types")],
};

/** It takes half a minute, and downloads what set-up does. */
const skip = process.env.TEST_SLOW === "1" ? false : "long: npm run test:slow runs it";

test("from an empty home: install, set up, open, and remove", { skip }, async (t) => {
  const tarball = await packedPackage();
  const home = mkdtempSync(join(tmpdir(), "empty-home-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const [app, temp] = [join(home, "app"), join(home, "temp")];
  for (const folder of [app, temp]) mkdirSync(folder);
  const kept = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  const compiler = process.env.FUTHARK;
  const env = {
    ...Object.fromEntries(kept),
    ...{ HOME: home, TMPDIR: temp, PATH: process.env.PATH },
    // Where packages come from is the machine's to say, and npm's file for that is in the home.
    ...{ npm_config_userconfig: join(homedir(), ".npmrc"), npm_config_update_notifier: "false" },
    ...(compiler === undefined ? {} : { FUTHARK: compiler }),
  };
  const inApp = async (command: string, ...args: string[]): Promise<string> =>
    await run(command, args, { cwd: app, env }).catch((error: CommandError) => {
      throw new Error(`${error.message}\n${error.output}`);
    });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  writeFileSync(join(app, "package.json"), '{ "private": true, "type": "module" }\n');
  try {
    await inApp("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", tarball);
    await inApp("npx", "futhark-bridge", "setup");
  } catch (error) {
    if (!UNREACHABLE.test(String(error))) throw error;
    return t.skip("a registry cannot be reached");
  }
  cpSync(join(root, "test/package/smoke/smoke.fut"), join(app, "smoke.fut"));
  await inApp("npx", "futhark-bridge", "types", "smoke.fut", "-o", "smoke.ts");
  writeFileSync(join(app, "main.ts"), TYPED);
  const config = { compilerOptions: COMPILER_OPTIONS, include: ["main.ts"] };
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify(config));
  await inApp(process.execPath, tsc, "-p", ".");
  assert.equal(await inApp(process.execPath, "main.js"), "5 6\n");
  writeFileSync(join(app, "main.cjs"), REQUIRED);
  assert.equal(await inApp(process.execPath, "main.cjs"), "5\n");

  // All was in the project and in the cache folder; downloads are in npm's and uv's own.
  await inApp("npm", "uninstall", "--no-audit", "--no-fund", "futhark-bridge");
  assert.equal(existsSync(join(app, "node_modules/futhark-bridge")), false);
  rmSync(join(home, ".cache/futhark-bridge"), { recursive: true });
  const left = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1))
    .filter((path) => !OTHERS.test(path));
  const ours = ["main.cjs", "main.js", "main.ts", "smoke.fut", "smoke.js", "smoke.ts"];
  const project = [...ours, "package.json", "package-lock.json", "tsconfig.json"];
  const known = new Set(
    [...project, "node_modules/.package-lock.json"].map((name) => `app/${name}`),
  );
  assert.deepEqual(
    left.filter((path) => !known.has(path)),
    [],
  );
});
