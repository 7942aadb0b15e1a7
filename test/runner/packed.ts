// The package as users get it: packed, and installed into an empty folder.
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../ts/setup/places.ts";
import { run } from "../../ts/setup/run-command.ts";
import { type Fetched, fetchPackages, keepingPlace, rename } from "./fetched.ts";

const SOURCES = ["package.json", "tsconfig.json", "tsconfig.build.json", "ts", "py"] as const;
const REST = [
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "requirements.lock",
  "pyproject.toml",
  // What the README's links lead to.
  ...["SECURITY.md", "arrow/README.md", "notebooks", "test/RELIABILITY.md", "test/bench/results"],
  ...["test/demo/fluid", "test/demo/stl-co2.ts"],
  ...["dct", "fluid", "loeffler"].map((name) => `test/programs/${name}.fut`),
] as const;

/**
 * Compiles the package, into a folder beside the checkout's node_modules; it is kept until a file
 * in it changes. What starts a process many times starts it there: tsx takes half a second each.
 */
export async function builtPackage(): Promise<string> {
  const place = keepingPlace();
  const folder = join(place, `futhark-bridge-${digest()}`);
  if (existsSync(folder)) return folder;
  const made = mkdtempSync(join(place, "work-"));
  try {
    for (const name of [...SOURCES, ...REST]) {
      cpSync(join(packageRoot, name), join(made, name), {
        recursive: true,
        filter: (path) => !path.endsWith("__pycache__"),
      });
    }
    const compiler = join(packageRoot, "node_modules/typescript/bin/tsc");
    const out = ["--outDir", join(made, "dist")];
    await run(
      process.execPath,
      [compiler, "--noCheck", "-p", join(packageRoot, "tsconfig.build.json"), ...out],
      { cwd: packageRoot },
    );
    symlinkSync(join(packageRoot, "node_modules"), join(made, "node_modules"));
    rename(made, folder);
    removeOld(place, folder);
    return folder;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** Packs the package; the archive is kept as {@link builtPackage} is. */
export async function packedPackage(): Promise<string> {
  const built = await builtPackage();
  const tarball = `${built}.tgz`;
  if (existsSync(tarball)) return tarball;
  const made = mkdtempSync(join(keepingPlace(), "work-"));
  try {
    const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", made];
    await run("npm", args, { cwd: built });
    const name = readdirSync(made).find((file) => file.endsWith(".tgz")) as string;
    rename(join(made, name), tarball);
    return tarball;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/**
 * A folder with the packed package, and `more` packages, in `node_modules`; to work in folders
 * made inside.
 */
export async function installedPackage(more: readonly string[] = []): Promise<Fetched> {
  const tarball = await packedPackage();
  const id = createHash("sha256")
    .update([tarball, ...more].join("\n"))
    .digest("hex")
    .slice(0, 16);
  return await fetchPackages([tarball, ...more], `futhark-bridge-${id}`);
}

/** Of all that goes into the package. */
function digest(): string {
  const hash = createHash("sha256");
  const files = [...SOURCES, ...REST].flatMap((name) => filesOf(name)).sort();
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(packageRoot, file)));
  return hash.digest("hex").slice(0, 16);
}

function filesOf(name: string): string[] {
  const path = join(packageRoot, name);
  if (!statSync(path).isDirectory()) return [name];
  return readdirSync(path)
    .filter((entry) => entry !== "__pycache__")
    .flatMap((entry) => filesOf(join(name, entry)));
}

/** Removes builds and archives older than a day. */
function removeOld(place: string, present: string): void {
  for (const name of readdirSync(place)) {
    const path = join(place, name);
    if (!name.startsWith("futhark-bridge-") || path.startsWith(present)) continue;
    const age = Date.now() - statSync(path).mtimeMs;
    if (age > DAY_MS) rmSync(path, { recursive: true, force: true });
  }
}

const DAY_MS = 86_400_000;
