// The code blocks of the documentation's pages, and what their info strings say of them:
//
//   ts, js, python, sh     run in the page's folder; a block without an import goes on where the
//                          last of its language ended, in the same program
//   … check                type-checked only (ts), or not run: needs a GPU, or the network
//   … NAME.EXT             written to that file, for the blocks after it
//   text                   right after a block that is run: what it prints; … stands for anything

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** Those whose blocks other tests run, with the test. */
export const RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  "notebooks/porting-from-futhark-ffi.md": "test/notebook/test_porting.py",
};

/** The languages of blocks, and how the site names those that it highlights. */
export const LANGUAGES: Readonly<Record<string, string | undefined>> = {
  ...{ ts: "typescript", js: "javascript", python: "python", sh: "bash", json: "json" },
  ...{ dockerfile: "docker", yaml: "yaml", text: "text", futhark: undefined, "": undefined },
};

/** A code block of a page. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  /** The file that it is written to. */
  readonly file: string | undefined;
  /** Not to be run: type-checked, if it is TypeScript. */
  readonly checkOnly: boolean;
  readonly text: string;
}

/** The pages of the documentation, by their paths from the root. */
export function pages(): string[] {
  const guides = ["ts/guide", "notebooks"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  );
  return ["README.md", ...guides.sort()];
}

/** Reads the blocks of a page. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map((match) => {
    const [language = "", ...words] = (match[1] ?? "").split(" ").filter((word) => word !== "");
    const file = words.find((word) => /^[\w-]+(\.[\w-]+)+$/.test(word));
    const strange = words.find((word) => word !== file && word !== "check");
    const line = text.slice(0, match.index).split("\n").length;
    if (strange !== undefined) throw new Error(`${page}:${line}: what is ${strange}?`);
    if (!Object.hasOwn(LANGUAGES, language)) {
      throw new Error(`${page}:${line}: LANGUAGES has no ${language}`);
    }
    const checkOnly = words.includes("check");
    return { page, line, language, file, checkOnly, text: match[2] ?? "" };
  });
}

/** A program made of blocks, and what they say that it prints. */
export interface Program {
  readonly name: string;
  readonly language: string;
  readonly checkOnly: boolean;
  readonly line: number;
  readonly file: string | undefined;
  /** Its blocks, in order. */
  readonly parts: string[];
  printed: string | undefined;
}

const RUN = ["ts", "js", "python", "sh"];

/** Puts a page's blocks together to programs, in order. */
export function programsOf(page: string): Program[] {
  const programs: Program[] = [];
  let last: Program | undefined;
  for (const block of blocksOf(page)) {
    const { language, file, checkOnly, line, text } = block;
    if (language === "text") {
      if (last !== undefined) last.printed = (last.printed ?? "") + text;
      continue;
    }
    // Python's blocks are the cells of one notebook.
    const begins = language === "python" ? false : language === "sh" || /^import /m.test(text);
    const before = programs.findLast((program) => program.language === language);
    if (!begins && file === undefined && before?.file === undefined && RUN.includes(language)) {
      if (before?.checkOnly === checkOnly) {
        last = before;
        last.parts.push(text);
        continue;
      }
    }
    const name = `${basename(page, ".md")}-${line}`;
    last = { name, language, checkOnly, line, file, parts: [text], printed: undefined };
    programs.push(last);
  }
  return programs;
}
