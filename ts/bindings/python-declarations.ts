import { inDocstring, quoted } from "./escaped.ts";
import type {
  ArrayTypeInfo,
  FieldInfo,
  OpaqueArrayTypeInfo,
  RecordArrayTypeInfo,
  RecordTypeInfo,
  SumTypeInfo,
  TypeInfo,
} from "./program-info.ts";
import { ndarray, type PythonExpressions, scalar } from "./python-expressions.ts";

// Generated methods narrow the parameters and results of their base class.
const OVERRIDE = "  # type: ignore[override]";

/** Declares the handle class of a type, its plain data, and its accepted arguments. */
export function declarePython(info: TypeInfo, write: PythonExpressions): string {
  switch (info.kind) {
    case "array":
      return declareArray(info, write);
    case "record":
      return declareRecord(info, write);
    case "sum":
      return declareSum(info, write);
    case "record_array":
    case "opaque_array":
      return declareOpaqueArray(info, write);
    case "opaque": {
      const name = write.name(info.name);
      return classOf(info, name, "FutharkOpaque", []) + alias(`${name}Arg`, [name]);
    }
  }
}

function declareArray(info: ArrayTypeInfo, write: PythonExpressions): string {
  const name = write.name(info.name);
  const { elemtype, rank } = info;
  const array = ndarray(elemtype);
  const methods = [
    `def to_numpy(self, out: NDArray[Any] | None = None) -> ${array}: ...`,
    `def get(self) -> ${array}: ...`,
    `def at(self, *indices: int) -> ${scalar(elemtype)}: ...`,
  ];
  const nested = "Sequence[".repeat(rank) + scalar(elemtype) + "]".repeat(rank);
  return classOf(info, name, "FutharkArray", methods) + alias(`${name}Arg`, [name, array, nested]);
}

function declareRecord(info: RecordTypeInfo, write: PythonExpressions): string {
  const name = write.name(info.name);
  const plain = info.fields.map(({ type }) => write.value(type));
  const inputs = info.fields.map(({ type }) => write.argument(type));
  const methods = [
    ...projections(info.fields, write),
    `def to_object(self) -> ${name}Dict: ...${info.tuple ? "" : OVERRIDE}`,
  ];
  const values = info.tuple
    ? alias(`${name}Dict`, [tuple(plain)]) + alias(`${name}Input`, [tuple(inputs)])
    : typedDict(`${name}Dict`, info.fields, plain) + typedDict(`${name}Input`, info.fields, inputs);
  return (
    classOf(info, name, "FutharkRecord", methods) +
    values +
    alias(`${name}Arg`, [name, `${name}Input`])
  );
}

function declareSum(info: SumTypeInfo, write: PythonExpressions): string {
  const name = write.name(info.name);
  const names = literals(info.variants.map((variant) => variant.name));
  const methods = [
    `def variant(self) -> ${names}: ...`,
    `def destruct(self, name: ${names} | None = None) -> list[Any]: ...${OVERRIDE}`,
    `def to_object(self) -> ${name}Dict: ...${OVERRIDE}`,
  ];
  const fields = [{ name: "variant" }, { name: "payload" }];
  return (
    classOf(info, name, "FutharkSum", methods) +
    typedDict(`${name}Dict`, fields, [names, "list[Any]"]) +
    alias(`${name}Arg`, [name, "VariantValue", `${name}Dict`])
  );
}

function declareOpaqueArray(
  info: RecordArrayTypeInfo | OpaqueArrayTypeInfo,
  write: PythonExpressions,
): string {
  const name = write.name(info.name);
  const fields = info.kind === "record_array" ? info.fields : [];
  const element = write.argument(info.elemtype);
  const set = `def set(self, element: ${element}, *indices: int) -> None: ...`;
  const methods = [
    `def at(self, *indices: int) -> ${write.handle(info.elemtype)}: ...`,
    ...(info.canSet ? [set] : []),
    ...projections(fields, write),
    `def to_objects(self) -> ${write.value(info.name)}: ...`,
  ];
  const nested = "Sequence[".repeat(info.rank) + element + "]".repeat(info.rank);
  const takes = [name];
  if (info.kind === "record_array" ? info.canZip : info.canNew) takes.push(nested);
  let columns = "";
  if (info.kind === "record_array") {
    const inputs = fields.map(({ type }) => write.argument(type));
    columns = typedDict(`${name}Columns`, fields, inputs);
    if (info.canZip) takes.push(`${name}Columns`);
  }
  return classOf(info, name, "FutharkOpaqueArray", methods) + columns + alias(`${name}Arg`, takes);
}

/** Declares `project` with an overload for each field. */
function projections(fields: readonly FieldInfo[], write: PythonExpressions): string[] {
  const methods = fields.map(({ name, type }) => {
    const both = /^(?:0|[1-9]\d{0,8})$/.test(name) ? [`"${name}"`, name] : [quoted(name)];
    return `def project(self, name: Literal[${both.join(", ")}]) -> ${write.handle(type)}: ...`;
  });
  if (methods.length < 2) return methods.map((method) => method + OVERRIDE);
  return methods.flatMap((method, i) => [`@overload${i === 0 ? OVERRIDE : ""}`, method]);
}

function classOf(info: TypeInfo, name: string, base: string, methods: readonly string[]): string {
  const doc = "doc" in info && info.doc !== undefined ? `${info.doc.trim()}\n\n` : "";
  const text = `${doc}A handle of type ${info.name}.`;
  const body = methods.map((method) => `    ${method}\n`);
  return `class ${name}(${base}):\n${docstring([text], "    ")}${body.join("")}\n`;
}

/** Formats a docstring; escapes arbitrary text. */
export function docstring(lines: readonly string[], indent: string): string {
  const safe = lines.flatMap(inDocstring);
  if (safe.length === 1) return `${indent}"""${safe[0]}"""\n`;
  const rest = safe.slice(1).map((line) => (line === "" ? "\n" : `${indent}${line}\n`));
  return `${indent}"""${safe[0]}\n${rest.join("")}${indent}"""\n`;
}

function typedDict(
  name: string,
  fields: readonly { readonly name: string }[],
  types: readonly string[],
): string {
  const items = fields.map((field, i) => `    ${quoted(field.name)}: ${types[i]},\n`);
  return `${name} = TypedDict("${name}", {\n${items.join("")}})\n`;
}

function alias(name: string, types: readonly string[]): string {
  return `${name}: TypeAlias = ${types.join(" | ")}\n`;
}

function tuple(types: readonly string[]): string {
  return `tuple[${types.length === 0 ? "()" : types.join(", ")}]`;
}

/** Formats a literal type of strings. */
export function literals(names: readonly string[]): string {
  return `Literal[${names.map((name) => quoted(name)).join(", ")}]`;
}
