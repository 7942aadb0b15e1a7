// A project as a reader of the guides has it: the packed package, installed in an empty folder.

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../ts/setup/run-command.ts";
import { packedPackage } from "../runner/packed.ts";
import { root } from "./blocks.ts";

/** The compiler options of the type check: those in the guides. */
const TSCONFIG = {
  compilerOptions: {
    ...{ target: "es2022", lib: ["es2023", "esnext.disposable"], module: "nodenext" },
    ...{ strict: true, noEmit: true, types: ["node"], skipLibCheck: true },
    ...{ allowArbitraryExtensions: true, allowImportingTsExtensions: true },
  },
  include: ["*/*.mts", "*/*.ts"],
};

/** Makes the project; remove the folder that is returned. */
export async function makeProject(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "futhark-bridge-guide-"));
  const modules = join(folder, "node_modules");
  const bin = join(modules, ".bin");
  const own = join(modules, "futhark-bridge");
  for (const made of [bin, own]) mkdirSync(made, { recursive: true });
  await run("tar", ["xzf", await packedPackage(), "--strip-components=1", "-C", own]);
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  for (const name of ["tsx", "esbuild"]) {
    symlinkSync(join(root, "node_modules/.bin", name), join(bin, name));
  }
  symlinkSync(join(root, "node_modules/typescript/bin/tsc"), join(bin, "tsc"));
  const command = join(own, "dist/cli/main.js");
  chmodSync(command, 0o755);
  symlinkSync(command, join(bin, "futhark-bridge"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }\n');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
  return folder;
}
