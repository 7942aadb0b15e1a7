import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { declarationsPath, readSources } from "../bindings/sources.ts";
import { BuildError } from "../errors.ts";
import { declarationsAreCurrent } from "./declarations-file.ts";
import { isProgram, sourceModule } from "./module-code.ts";

/** The result of a hook of Node's module loader. */
export interface Loaded {
  readonly format: "module";
  readonly source: string;
  readonly shortCircuit: true;
}

/** Returns the path of the program that a URL refers to; `undefined` for other URLs. */
export function programOf(url: string): string | undefined {
  const [address = ""] = url.split(/[?#]/);
  if (!address.startsWith("file:") || !address.endsWith(".fut")) return undefined;
  const path = fileURLToPath(address);
  return isProgram(path) ? path : undefined;
}

/**
 * Returns the module generated for a program; `undefined` for other URLs.
 *
 * Nothing is compiled: `open` does that, and reports errors. The module imports the files that the
 * program imports, as empty modules, so that `node --watch` watches them.
 */
export function loadProgram(url: string): Loaded | undefined {
  const program = programOf(url);
  if (program === undefined) return undefined;
  if (url.endsWith(WATCHED)) return answer("export {};\n");
  updateTypes(program);
  const watched = importsOf(program).map((path) => pathToFileURL(path).href + WATCHED);
  const imports = watched.map((address) => `import ${JSON.stringify(address)};\n`);
  return answer(imports.join("") + sourceModule(program, "js", { from: OWN }));
}

/**
 * Returns the same as CommonJS, for Nodes without hooks for both `import` and `require`.
 * @param importer The requiring file; a program requires its imports only to watch them.
 */
export function programCode(program: string, importer = ""): string {
  if (!isProgram(importer)) updateTypes(program);
  const requires = importsOf(program).map((path) => `require(${JSON.stringify(path)});\n`);
  const code = sourceModule(program, "cjs", { from: fileURLToPath(OWN) });
  return REQUIRE + requires.join("") + code;
}

/** Replaces the `require` of hooks, which finds ES modules only if they are already loaded. */
const REQUIRE = `require = process.getBuiltinModule("node:module").createRequire(__filename);\n`;

/** Returns the existing imports of a program; the compiler reports missing ones. */
function importsOf(program: string): string[] {
  const [, ...paths] = readSources(program).paths;
  return paths.filter((path) => existsSync(path));
}

/** Updates types if FUTHARK_BRIDGE_TYPES is set; in another process, as hooks are synchronous. */
function updateTypes(program: string): void {
  const asked = process.env.FUTHARK_BRIDGE_TYPES ?? "";
  if (asked === "" || asked === "0" || declarationsAreCurrent(program)) return;
  const main = fileURLToPath(new URL("../cli/main.js", import.meta.url));
  const args = [main, "types", program, "-o", declarationsPath(program)];
  const env = { ...process.env, NODE_OPTIONS: "", FUTHARK_BRIDGE_TYPES: "" };
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env });
  if (status !== 0) throw new BuildError(stderr.trim().replace(/^error: /, ""));
}

function answer(source: string): Loaded {
  return { format: "module", source, shortCircuit: true };
}

const WATCHED = "?futhark-source";
/** URL of this package, independent of the program's location. */
const OWN: string = new URL("../index.js", import.meta.url).href;
