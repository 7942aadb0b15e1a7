import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

// Also matches imports in comments and strings, as watching an extra file is harmless. Comments may
// separate the keyword from the path.
const IMPORT = /import(?=(?:\s|--.*\n)*"((?:[^"\\\n]|\\.)+)")/g;

/** Returns the paths that the source of a program imports. */
function importsOf(text: string, path: string): string[] {
  const found = [...text.matchAll(IMPORT)].map(([, name]) => `${name}.fut`);
  return [...new Set(found.map((name) => resolve(dirname(path), name)))];
}

/** The files of a program and its imports. */
export interface Sources {
  /** Paths of the files, the program first; includes missing files, which may be created. */
  readonly paths: readonly string[];
  /** Hash of the contents of all files. */
  readonly digest: string;
}

/** Reads a program and everything it imports. */
export function readSources(program: string): Sources {
  const paths = new Set([resolve(program)]);
  const hash = createHash("sha256");
  // The loop also visits paths added during iteration.
  for (const path of paths) {
    const text = read(path);
    hash.update(`${text.length} ${text}`);
    for (const imported of importsOf(text, path)) paths.add(imported);
  }
  return { paths: [...paths], digest: hash.digest("hex").slice(0, 16) };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the compiler reports this
  }
}

/** Returns a comment line that records the sources of generated types. */
export function sourcesNote({ digest }: Sources): string {
  return `// Of sources with the digest ${digest}.\n`;
}

/** Returns the path where TypeScript looks for the types of an imported program. */
export function declarationsPath(program: string): string {
  return `${program.slice(0, -".fut".length)}.d.fut.ts`;
}
