import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

/** What package.json and the first entry of package-lock.json have in common. */
interface PackageFacts {
  readonly [field: string]: unknown;
}

const FIELDS = [
  ...["name", "version", "license", "engines"],
  ...["dependencies", "optionalDependencies", "devDependencies", "peerDependencies"],
] as const;

/** Fails when package-lock.json is not what package.json asks for, or names a host. */
export function checkPackageLock(root: string): void {
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as PackageFacts;
  const text = readFileSync(join(root, "package-lock.json"), "utf8");
  const fault = packageLockFault(wanted, JSON.parse(text));
  if (fault !== undefined) throw new Error(`package-lock.json ${fault}: run npm install`);
}

/** @returns what is wrong, or `undefined`. */
export function packageLockFault(
  wanted: PackageFacts,
  lock: { readonly packages: Readonly<Record<string, PackageFacts>> },
): string | undefined {
  const locked = lock.packages[""] ?? {};
  const stale = FIELDS.find((field) => !isDeepStrictEqual(wanted[field], locked[field]));
  if (stale !== undefined) return `is out of date (${stale})`;
  for (const [path, facts] of Object.entries(lock.packages)) {
    if (facts.resolved !== undefined) return `names where ${path} came from`;
    for (const name of Object.keys(facts.optionalDependencies ?? {})) {
      if (isMissing(lock.packages, path, name)) return `lacks ${name}, which npm ci then refuses`;
    }
  }
  for (const [name, version] of directDependencies(wanted)) {
    if (lock.packages[`node_modules/${name}`]?.version !== version)
      return `lacks ${name} ${version}`;
  }
  return undefined;
}

/** npm leaves out packages of other platforms when the registry did not serve them. */
function isMissing(packages: object, path: string, name: string): boolean {
  return !(`${path}/node_modules/${name}` in packages || `node_modules/${name}` in packages);
}

/** package.json names exact versions only, so they can be compared as strings. */
function directDependencies(wanted: PackageFacts): [string, unknown][] {
  const kinds = ["dependencies", "optionalDependencies", "devDependencies"] as const;
  return kinds.flatMap((kind) => Object.entries(wanted[kind] ?? {}));
}
