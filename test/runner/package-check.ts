// What a release must have in order: one version, and a package that all ways of resolving accept.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../ts/setup/run-command.ts";
import { VERSION } from "../../ts/version.ts";
import { fetchPackages } from "./fetched.ts";
import { packedPackage } from "./packed.ts";

/** Fails unless the npm package, the wheel and the code have one version. */
export function checkVersions(root: string): void {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const project = readFileSync(join(root, "pyproject.toml"), "utf8");
  const wheel = /^\[project\][^[]*?^version = "([^"]*)"/ms.exec(project)?.[1];
  const python = readFileSync(join(root, "py/futhark_bridge/version.py"), "utf8");
  const found = {
    "package.json": version,
    "pyproject.toml": wheel,
    "ts/version.ts": VERSION,
    "py/futhark_bridge/version.py": /^VERSION = "([^"]*)"/m.exec(python)?.[1],
  };
  if (new Set(Object.values(found)).size === 1) return;
  const list = Object.entries(found).map(([file, value]) => `${file} has ${value}`);
  throw new Error(`expected one version: ${list.join(", ")}`);
}

/** Exact, and apart from the lock file: attw has a TypeScript of its own. */
const TOOLS = { publint: "publint@0.3.25", attw: "@arethetypeswrong/cli@0.18.5" } as const;

/**
 * Runs a tool on the packed package.
 * @returns Why it was left out, where it cannot be fetched.
 */
export async function checkPackage(tool: keyof typeof TOOLS): Promise<string | undefined> {
  const fetched = await fetchPackages([TOOLS[tool]]);
  if ("missing" in fetched) return fetched.missing;
  const tarball = await packedPackage();
  const main = { publint: "publint/src/cli.js", attw: "@arethetypeswrong/cli/dist/index.js" }[tool];
  // ES modules only: CommonJS loads them by require from Node 20.19 on.
  const args = { publint: ["--strict"], attw: ["--profile", "esm-only", "--no-color"] }[tool];
  await run(process.execPath, [join(fetched.folder, "node_modules", main), tarball, ...args]);
  return undefined;
}
