import { join } from "node:path";
import { packageRoot } from "../../ts/setup/places.ts";
import { run } from "../../ts/setup/run-command.ts";

export type Api = typeof import("../../ts/index.ts");

/** How futhark-bridge is loaded. */
export interface PackageForm {
  /** The file to import in another process, and the options that Node needs for it. */
  readonly entry: string;
  readonly nodeArgs: readonly string[];
}

/** As published: compiled into `dist`, without type checks. */
export async function compiled(): Promise<PackageForm> {
  const compiler = join(packageRoot, "node_modules", "typescript", "bin", "tsc");
  const project = join(packageRoot, "tsconfig.build.json");
  await run(process.execPath, [compiler, "--noCheck", "-p", project], { cwd: packageRoot });
  const entry = join(packageRoot, "dist", "index.js");
  return { entry, nodeArgs: [] };
}

/** From its sources, compiled by tsx: needs no build, but is slower. */
export function fromSources(): PackageForm {
  const entry = join(packageRoot, "ts", "index.ts");
  return { entry, nodeArgs: ["--import", "tsx"] };
}
