import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

// What looks like an import within a comment or a string is taken as well: a file too many that
// is watched does no harm. Comments may stand between the two words.
const IMPORT = /import(?=(?:\s|--.*\n)*"((?:[^"\\\n]|\\.)+)")/g;

/** The paths of what a program's text imports. */
function importsOf(text: string, path: string): string[] {
  const found = [...text.matchAll(IMPORT)].map(([, name]) => `${name}.fut`);
  return [...new Set(found.map((name) => resolve(dirname(path), name)))];
}

/** A program and all that it imports. */
export interface Sources {
  /** Their paths, the program's first; also of files that are missing, which may come. */
  readonly paths: readonly string[];
  /** Changes with the contents of any. */
  readonly digest: string;
}

/** Reads a program and all that it imports. */
export function readSources(program: string): Sources {
  const paths = new Set([resolve(program)]);
  const hash = createHash("sha256");
  // What is added is visited too.
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
    return ""; // the compiler tells of it
  }
}

/** A line of comment by which generated types tell what they were made of. */
export function sourcesNote({ digest }: Sources): string {
  return `// Of sources with the digest ${digest}.\n`;
}

/** Where TypeScript looks for the types of a program that is imported. */
export function declarationsPath(program: string): string {
  return `${program.slice(0, -".fut".length)}.d.fut.ts`;
}
