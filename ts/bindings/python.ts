import { inLine } from "./escaped.ts";
import type { EntryPointInfo, ProgramInfo } from "./program-info.ts";
import { declarePython, docstring, literals } from "./python-declarations.ts";
import { PythonExpressions } from "./python-expressions.ts";
import { compare, signature } from "./typescript.ts";

/**
 * Generates a stub (`.pyi`) with the Python types of a program's entry points and values. It is
 * imported only for type checking and does not exist at run time.
 */
export function pythonStub(info: ProgramInfo): string {
  const write = new PythonExpressions(info);
  const types = [...info.types].sort((a, b) => compare(a.name, b.name));
  const entries = [...info.entryPoints].sort((a, b) => compare(a.name, b.name));
  const named = entries.filter(({ name }) => isIdentifier(name));
  const others = entries.filter(({ name }) => !isIdentifier(name));
  const methods = [...named.map((entry) => declareEntry(entry, write)), byName(others, write)];
  const parts = [
    ...types.map((type) => declarePython(type, write)),
    `class Entries:\n${docstring(["The entry points of the program."], "    ")}${methods.join("")}`,
    `class Module(FutharkModule):\n${docstring(["The opened program."], "    ")}` +
      "    entry: Entries  # type: ignore[assignment]\n",
  ];
  const body = parts.join("\n");
  return `${header(info, body)}\n${body}`;
}

function header({ compilerVersion }: ProgramInfo, body: string): string {
  const by =
    compilerVersion === null
      ? ""
      : `, for a program compiled by Futhark ${inLine(compilerVersion)}`;
  const rules = ["E501", "PYI021", ...(body.includes("TypedDict(") ? ["UP013"] : [])];
  const uses = (name: string) => new RegExp(`\\b${name}\\b`).test(body);
  const from = (module: string, names: readonly string[]) => {
    const used = names.filter(uses);
    return used.length === 0 ? [] : [`from ${module} import ${used.join(", ")}\n`];
  };
  const arrays = uses("NDArray") ? "import numpy as np\nfrom numpy.typing import NDArray\n" : "";
  const groups = [
    [
      ...from("collections.abc", ["Callable", "Sequence"]),
      ...from("typing", ["Any", "Literal", "TypeAlias", "TypedDict", "overload"]),
    ].join(""),
    arrays,
    `from futhark_bridge import (\n${CLASSES.filter(uses)
      .map((name) => `    ${name},\n`)
      .join("")})\n`,
  ];
  return `# Written by \`futhark-bridge types --python\`${by}: do not edit.
# ruff: noqa: ${rules.join(", ")}
# fmt: off
"""Types of a Futhark program, for type checking.

    if TYPE_CHECKING:
        from this_file import Module
    module = cast("Module", futhark_bridge.load("..."))
"""

${groups.filter(Boolean).join("\n")}`;
}

const CLASSES = [
  ...["FutharkArray", "FutharkModule", "FutharkOpaque", "FutharkOpaqueArray"],
  ...["FutharkRecord", "FutharkSum", "VariantValue"],
];

function declareEntry(entry: EntryPointInfo, write: PythonExpressions): string {
  const taken = new Set(["self"]);
  let named = true; // else the names here are not those that a call takes
  const parameters = entry.inputs.map(({ name, type }, i) => {
    let safe = name.replaceAll("'", "_");
    if (!isIdentifier(safe)) safe = `arg${i}`;
    while (taken.has(safe)) safe += "_";
    taken.add(safe);
    if (safe !== name) named = false;
    return `${safe}: ${write.argument(type)}`;
  });
  const list = ["self", ...parameters, ...(named ? [] : ["/"])].join(", ");
  const doc = entry.doc === undefined ? [] : [entry.doc.trim(), ""];
  return (
    `    def ${entry.name}(${list}) -> ${result(entry, write)}:\n` +
    docstring([...doc, `\`\`${signature(entry)}\`\``], "        ")
  );
}

/** Declares entry points whose names are not identifiers: `entry["foo'"]`. */
function byName(entries: readonly EntryPointInfo[], write: PythonExpressions): string {
  const methods = entries.map((entry) => {
    const args = entry.inputs.map(({ type }) => write.argument(type)).join(", ");
    const type = `Callable[[${args}], ${result(entry, write)}]`;
    return `    def __getitem__(self, name: ${literals([entry.name])}) -> ${type}: ...\n`;
  });
  return methods
    .map((method) => (methods.length > 1 ? `    @overload\n${method}` : method))
    .join("");
}

function result({ outputs }: EntryPointInfo, write: PythonExpressions): string {
  const types = outputs.map(({ type }) => write.handle(type));
  if (types.length === 1) return types.join("");
  return `tuple[${types.length === 0 ? "()" : types.join(", ")}]`;
}

function isIdentifier(name: string): boolean {
  // Names like `__init__` have a special meaning in a class.
  return /^(?!__)[A-Za-z_]\w*$/.test(name) && !KEYWORDS.has(name);
}

const KEYWORDS = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except " +
    "finally for from global if import in is lambda nonlocal not or pass raise return try while " +
    "with yield"
  ).split(" "),
);
