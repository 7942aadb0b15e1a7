import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { declarationsPath, readSources } from "../bindings/sources.ts";
import { BuildError } from "../errors.ts";
import { declarationsAreCurrent } from "./declarations-file.ts";
import { isProgram, sourceModule } from "./module-code.ts";

/** What a hook of Node's module loader answers. */
export interface Loaded {
  readonly format: "module";
  readonly source: string;
  readonly shortCircuit: true;
}

/** The path of the program that a URL names; `undefined` for all other URLs. */
export function programOf(url: string): string | undefined {
  const [address = ""] = url.split(/[?#]/);
  if (!address.startsWith("file:") || !address.endsWith(".fut")) return undefined;
  const path = fileURLToPath(address);
  return isProgram(path) ? path : undefined;
}

/**
 * The module that stands for a program; `undefined` for all other URLs.
 *
 * Nothing is compiled: `open` does that, and tells of errors. The module imports the files that the
 * program imports, as empty modules, for `node --watch` to know them.
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
 * The same in CommonJS, for Nodes without hooks that see both `import` and `require`.
 * @param importer The file that asks for it; that of a program only wants it to be watched.
 */
export function programCode(program: string, importer = ""): string {
  if (!isProgram(importer)) updateTypes(program);
  const requires = importsOf(program).map((path) => `require(${JSON.stringify(path)});\n`);
  const code = sourceModule(program, "cjs", { from: fileURLToPath(OWN) });
  return REQUIRE + requires.join("") + code;
}

/** That of code from a hook knows ES modules only when they are loaded already. */
const REQUIRE = `require = process.getBuiltinModule("node:module").createRequire(__filename);\n`;

/** The files that a program imports; the compiler tells of those that are missing. */
function importsOf(program: string): string[] {
  const [, ...paths] = readSources(program).paths;
  return paths.filter((path) => existsSync(path));
}

/** Where FUTHARK_BRIDGE_TYPES asks for it. Another process: hooks have to answer at once. */
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
/** This very package, wherever the program is. */
const OWN: string = new URL("../index.js", import.meta.url).href;
