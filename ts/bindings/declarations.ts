import { quoted } from "./escaped.ts";
import type { Expressions } from "./expressions.ts";
import { docComment, interfaceOf, key, objectType, property, unionOf, wrapped } from "./layout.ts";
import type {
  FieldInfo,
  OpaqueArrayTypeInfo,
  OpaqueTypeInfo,
  RecordArrayTypeInfo,
  RecordTypeInfo,
  SumTypeInfo,
} from "./program-info.ts";

/** Generates all declarations for a type: its plain data, its input and its handle. */
export function declareType(info: OpaqueTypeInfo, write: Expressions): string {
  switch (info.kind) {
    case "record":
      return declareRecord(info, write);
    case "sum":
      return declareSum(info, write);
    case "record_array":
    case "opaque_array":
      return declareArray(info, write);
    case "opaque": {
      const handle = `${write.use("FutharkOpaque")}<${quoted(info.name)}>`;
      return joined([
        docComment(docLines(info, "whose contents only the program can read")) +
          `export type ${write.name(info.name)}Handle = ${handle};\n`,
        declareShape(info, write, { value: write.handle(info.name), input: "never" }),
      ]);
    }
  }
}

function declareRecord(info: RecordTypeInfo, write: Expressions): string {
  const name = write.name(info.name);
  const list = (of: (type: string) => string) => info.fields.map(({ type }) => of(type));
  const value = (type: string) => write.value(type);
  const input = (type: string) => write.input(type);
  const members = (of: (type: string) => string) =>
    info.fields.map((field) => property(field.name, of(field.type)));
  return joined([
    docComment(docLines(info, "copied out of Futhark")) +
      (info.tuple
        ? wrapped(`export type ${name} = `, "[", list(value), "]", ";\n")
        : interfaceOf(name, members(value))),
    docComment([`The arguments accepted for a \`${info.name}\`.`]) +
      (info.tuple
        ? wrapped(`export type ${name}Input = `, "readonly [", list(input), "]", ";\n")
        : interfaceOf(`${name}Input`, members(input))),
    declareShape(info, write, {
      value: name,
      input: `${name}Input`,
      fields: fieldsType(info.fields, write),
    }),
    declareHandle(info, write, "FutharkRecord"),
  ]);
}

function declareSum(info: SumTypeInfo, write: Expressions): string {
  const name = write.name(info.name);
  const values = info.variants.map(({ name: variant, payload }) => {
    const parts = payload.map((type) => write.value(type)).join(", ");
    return `{ readonly variant: ${quoted(variant)}; readonly payload: [${parts}] }`;
  });
  const payloads = info.variants.map(({ name: variant, payload }) =>
    property(variant, `readonly [${payload.map((type) => write.input(type)).join(", ")}]`),
  );
  const handles = info.variants.map(
    ({ name: variant, payload }) =>
      `readonly ${key(variant)}: [${payload.map((type) => write.handle(type)).join(", ")}]`,
  );
  return joined([
    docComment(docLines(info, "copied out of Futhark")) + unionOf(name, values),
    docComment([`The payload of each variant of \`${info.name}\`.`]) +
      interfaceOf(`${name}Payloads`, payloads),
    docComment([`The result of \`variant\` for a \`${info.name}\`.`]) +
      `export type ${name}Input = ${write.use("VariantInput")}<${name}Payloads>;\n`,
    declareShape(info, write, {
      value: name,
      input: `${name}Input`,
      payloads: `${name}Payloads`,
      variants: objectType(handles),
    }),
    declareHandle(info, write, "FutharkSum"),
  ]);
}

function declareArray(info: RecordArrayTypeInfo | OpaqueArrayTypeInfo, write: Expressions): string {
  const name = write.name(info.name);
  const nested = "[]".repeat(info.rank);
  const element = write.value(info.elemtype);
  const parts = [
    docComment(docLines(info, "copied out of Futhark")) +
      `export type ${name} = ${element}${nested};\n`,
  ];
  const isRecords = info.kind === "record_array";
  if (isRecords) {
    const columns = info.fields.map((field) => property(field.name, write.input(field.type)));
    parts.push(
      docComment([`The fields of a \`${info.name}\`, one array per field.`]) +
        interfaceOf(`${name}Columns`, columns),
    );
  }
  parts.push(
    docComment([`The arguments accepted for a \`${info.name}\`.`]) +
      `export type ${name}Input = ${arrayInput(info, name, write)};\n`,
    declareShape(info, write, {
      value: name,
      input: `${name}Input`,
      ...(isRecords ? { columns: `${name}Columns` } : {}),
      fields: isRecords ? fieldsType(info.fields, write) : objectType([]),
      rank: String(info.rank),
      element: write.handle(info.elemtype),
      elementInput: info.canSet ? write.input(info.elemtype) : "never",
    }),
    declareHandle(info, write, "FutharkOpaqueArray"),
  );
  return joined(parts);
}

function arrayInput(
  info: RecordArrayTypeInfo | OpaqueArrayTypeInfo,
  name: string,
  write: Expressions,
): string {
  const nest = (element: string) =>
    Array.from({ length: info.rank }).reduce<string>(
      (inner, _, depth) =>
        depth === 0 && inner.includes(" ") ? `readonly (${inner})[]` : arrayOf(inner),
      element,
    );
  if (info.kind === "opaque_array") return info.canNew ? nest(write.input(info.elemtype)) : "never";
  if (!info.canZip) return "never";
  if (write.types.get(info.elemtype)?.kind !== "record") return `${name}Columns`;
  const element = `${write.name(info.elemtype)}Input`;
  return `${nest(`${write.use("RowOf")}<${element}>`)} | ${name}Columns`;
}

function arrayOf(element: string): string {
  return element.startsWith("readonly ") ? `readonly (${element})[]` : `readonly ${element}[]`;
}

/** Declares the type-level description used to type handles and arguments. */
function declareShape(
  info: OpaqueTypeInfo,
  write: Expressions,
  members: Readonly<Record<string, string>>,
): string {
  const all = { name: quoted(info.name), ...members };
  const lines = Object.entries(all).map(([member, type]) => property(member, type));
  return (
    docComment([`The type \`${info.name}\`.`]) + interfaceOf(`${write.name(info.name)}Type`, lines)
  );
}

function declareHandle(info: OpaqueTypeInfo, write: Expressions, handleClass: string): string {
  const name = write.name(info.name);
  return (
    docComment([`Handle of a \`${info.name}\` in Futhark's memory.`]) +
    `export type ${name}Handle = ${write.use(handleClass)}<${name}Type>;\n`
  );
}

function fieldsType(fields: readonly FieldInfo[], write: Expressions): string {
  return objectType(fields.map(({ name, type }) => `readonly ${key(name)}: ${write.handle(type)}`));
}

function docLines(info: OpaqueTypeInfo, what: string): string[] {
  const own = info.doc === undefined ? [] : [info.doc.trim(), ""];
  return [...own, `A \`${info.name}\`, ${what}.`];
}

function joined(parts: readonly string[]): string {
  return parts.join("\n");
}
