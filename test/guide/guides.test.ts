import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { findPython } from "../../ts/setup/python-env.ts";
import { CommandError, run } from "../../ts/setup/run-command.ts";
import { slow } from "../search/scale.ts";
import { type Program, pages, programsOf, RUN_ELSEWHERE, root } from "./blocks.ts";
import { makeProject } from "./project.ts";

const LONG = new Set(["ts/guide/bindings-and-deployment.md", "ts/guide/examples.md"]);

/** The page whose Futhark program the others go on with. */
const FIRST = "ts/guide/start-node.md";

describe("the blocks of the guides", () => {
  let project = "";

  before(async () => {
    project = await makeProject();
  });

  after(() => {
    if (project !== "") rmSync(project, { recursive: true });
  });

  for (const page of pages().filter((name) => !(name in RUN_ELSEWHERE))) {
    const programs = programsOf(page);
    if (programs.length === 0) continue;
    const skip = LONG.has(page) && !slow && "npm run test:slow has it: it builds many programs";
    test(`${page} does what it says`, { skip }, async () => {
      const folder = folderOf(page);
      for (const program of programs) {
        if (program.checkOnly || program.file !== undefined) continue;
        const command = commandFor(program, folder);
        if (command === undefined) continue;
        const where = `${page}:${program.line}`;
        const printed = await execute(command, folder, where);
        if (program.printed !== undefined) assert.match(printed, pattern(program.printed), where);
      }
    });
  }

  // After the others, which write what their programs import.
  test("their TypeScript has the right types", async () => {
    for (const page of pages().filter((name) => !(name in RUN_ELSEWHERE))) {
      if (LONG.has(page) && !slow) continue; // what they import is not written
      const folder = folderOf(page);
      for (const { name, language, file, parts } of programsOf(page)) {
        if (language !== "ts" || file !== undefined) continue;
        const source = parts.join("");
        const text = /^(import|export) /m.test(source) ? source : `${source}export {};\n`;
        writeFileSync(join(folder, `${name}.mts`), text);
      }
    }
    await execute([process.execPath, join(project, "node_modules/.bin/tsc")], project, "tsc");
  });

  /** Makes the folder of a page, with the files that its blocks name. */
  function folderOf(page: string): string {
    const folder = join(project, page.replaceAll(/[/.]/g, "-"));
    if (existsSync(folder)) return folder;
    mkdirSync(folder);
    symlinkSync(join(root, "test/programs"), join(folder, "programs"));
    const shared = programsOf(FIRST).filter(({ language }) => language === "futhark");
    for (const { file, parts } of [...shared, ...programsOf(page)]) {
      if (file !== undefined) writeFileSync(join(folder, file), parts.join(""));
    }
    writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }\n');
    return folder;
  }

  /** Runs a command in the project, with its commands and its Python. */
  async function execute(
    [program = "", ...args]: readonly string[],
    cwd: string,
    where: string,
  ): Promise<string> {
    const path = [join(project, "node_modules/.bin"), process.env.PATH].join(delimiter);
    const python = { FUTHARK_BRIDGE_PYTHON: findPython(), PYTHONPATH: join(root, "py") };
    const env = { ...process.env, PATH: path, ...python };
    try {
      return await run(program, args, { cwd, env, timeoutMs: 120_000 });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new Error(`${where}: ${error.message}\n${error.output}`);
    }
  }
});

/** The command that runs a program; undefined for languages that are only shown. */
function commandFor(
  { language, name, parts }: Program,
  folder: string,
): readonly string[] | undefined {
  const file = (extension: string, text = parts.join("")) => {
    const path = join(folder, `${name}.${extension}`);
    writeFileSync(path, text);
    return path;
  };
  if (language === "js") return [process.execPath, file("mjs")];
  if (language === "ts") return [process.execPath, "--import", "tsx", file("mts")];
  // npx takes a second to find what is on the PATH here.
  const direct = () => file("sh", parts.join("").replaceAll(/^npx /gm, ""));
  if (language === "sh") return ["bash", "-euo", "pipefail", direct()];
  if (language === "python") {
    const cells = file("json", JSON.stringify(parts));
    return [findPython(), join(root, "test/guide/cells.py"), cells];
  }
  return undefined;
}

/** What a program prints, where … stands for anything. */
function pattern(text: string): RegExp {
  const parts = text.trimEnd().split("…");
  return new RegExp(`^${parts.map(escapeRegExp).join("[^]*?")}\\s*$`);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
