// What there is to know of is in the documentation: exports, options, variables, commands, codes.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { pages, root } from "./blocks.ts";

const read = (path: string) => readFileSync(join(root, path), "utf8");
const reference = read("ts/guide/command-line.md");
const guides = pages().map(read).join("\n");

/** The elements of `all` that `text` does not have as a word in code. */
function missingFrom(text: string, all: Iterable<string>): string[] {
  const code = [...text.matchAll(/^```.*?^```$|`[^`\n]+`/gms)].map(([found]) => found).join("\n");
  return [...new Set(all)].filter((name) => {
    const escaped = name.replaceAll("-", "\\-");
    return !new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`).test(code);
  });
}

function sources(folder: string, extension: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(extension))
    .map((name) => read(join(folder, name)));
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
}

interface Exported {
  readonly name: string;
  readonly isType: boolean;
  readonly declaration: ts.Statement;
}

/** What `ts/index.ts` exports, with its declarations. */
function exported(): Exported[] {
  return parse("ts/index.ts").statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause) return [];
    const { exportClause: clause, moduleSpecifier: from } = statement;
    assert.ok(ts.isNamedExports(clause) && from !== undefined && ts.isStringLiteral(from));
    const file = parse(join("ts", from.text));
    return clause.elements.map(({ name: { text: name }, isTypeOnly }) => {
      const declaration = file.statements.find((one) => namesOf(one).includes(name));
      assert.ok(declaration !== undefined, name);
      return { name, isType: isTypeOnly || statement.isTypeOnly, declaration };
    });
  });
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as { name?: ts.Node };
  return name === undefined ? [] : [name.getText()];
}

test("every export says what it is, for the reference", () => {
  const silent = exported().filter(({ declaration }) => {
    return ts.getJSDocCommentsAndTags(declaration).length === 0;
  });
  assert.deepEqual(
    silent.map(({ name }) => name),
    [],
  );
});

test("every function and class that is exported is in a guide", () => {
  const values = exported().filter(({ isType }) => !isType);
  const names = values.map(({ name }) => name);
  assert.ok(names.includes("openPool"));
  assert.deepEqual(missingFrom(guides, names), []);
});

test("every option is among the options", () => {
  const options = exported().filter(({ name }) => name.endsWith("Options"));
  const names = options.flatMap(({ declaration }) => {
    if (!ts.isInterfaceDeclaration(declaration)) return [];
    return declaration.members.map((member) => member.name?.getText() ?? "");
  });
  assert.ok(names.includes("numThreads") && names.includes("retries"));
  assert.deepEqual(missingFrom(reference, names), []);
});

test("every environment variable is in the table", () => {
  const text = [...sources("ts", ".ts"), ...sources("py", ".py")].join("\n");
  const named = [
    ...text.matchAll(/\b(?:env\.|environ(?:\.get\(|\[)")([A-Z][A-Z_]+)/g),
    ...text.matchAll(/\b(FUTHARK_BRIDGE_[A-Z_]+)/g),
  ].map((match) => match[1] as string);
  assert.ok(named.includes("FUTHARK") && named.includes("XDG_RUNTIME_DIR"));
  assert.deepEqual(missingFrom(reference, named), []);
});

test("every command, its options and every script are in the tables", () => {
  const cli = sources("ts/cli", ".ts").join("\n");
  const commands = [...cli.matchAll(/\.command\(\s*"([\w-]+)/g)].map((match) => match[1] as string);
  const options = [...cli.matchAll(/(?:option|Option)\(\s*"(?:-\w, )?(--[\w-]+)/g)];
  assert.ok(commands.includes("run") && options.length > 10);
  const long = options.map((match) => match[1] as string);
  const short = /`-b` back end|`-o` file/.test(reference) ? ["--backend", "--output"] : [];
  assert.deepEqual(
    missingFrom(reference, [...commands, ...long.filter((name) => !short.includes(name))]),
    [],
  );
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = Object.keys(scripts).filter((name) => name !== "prepack");
  assert.deepEqual(missingFrom(reference, named), []);
});

test("every code of an error is in the table, with its class", () => {
  const table = read("ts/guide/errors.md");
  const byCode = read("ts/errors.ts").split("interface FutharkErrorByCode")[1] ?? "";
  const rows = [...byCode.matchAll(/readonly "?([\w-]+)"?: (\w+Error);/g)];
  assert.ok(rows.length >= 12);
  for (const [, code, name] of rows)
    assert.ok(table.includes(`\n| \`${code}\` | \`${name}\` |`), code);
});

test("every link between pages leads somewhere", () => {
  const more = ["SECURITY.md", "CHANGELOG.md", "test/RELIABILITY.md", "ts/README.md"];
  for (const page of [...pages(), ...more, "arrow/README.md", "test/demo/fluid/README.md"]) {
    const text = read(page).replaceAll(/^```.*?^```$/gms, "");
    for (const [, link = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : normalize(join(dirname(page), path));
      assert.ok(existsSync(join(root, target)), `${page}: ${link}`);
      if (anchor === undefined) continue;
      const headings = [...read(target).matchAll(/^#+ (.*)$/gm)].map((match) => match[1] ?? "");
      const anchors = headings.map((heading) => {
        return heading
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, "")
          .replaceAll(" ", "-");
      });
      assert.ok(anchors.includes(anchor), `${page}: ${link}`);
    }
  }
});
