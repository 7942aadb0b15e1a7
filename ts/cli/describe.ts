import type { Backend, ModuleBackend } from "../backends.ts";
import type { EntryPointInfo, TuningParamInfo, TypeInfo } from "../bindings/program-info.ts";
import { signature } from "../bindings/typescript.ts";
import type { FutharkType } from "../module/futhark-type.ts";
import { open } from "../module/open.ts";
import { programInfo } from "./program-manifest.ts";

/** The properties of a program that `info` prints. */
export interface ProgramFacts {
  readonly module: string;
  readonly backend: ModuleBackend;
  readonly compilerVersion: string | null;
  readonly entryPoints: readonly EntryPointInfo[];
  readonly types: readonly TypeInfo[];
  readonly tuningParams: readonly TuningParamInfo[];
}

/** Reads the properties of a module from its manifest or source, or by opening it. */
export async function facts(module: string, backend: Backend): Promise<ProgramFacts> {
  if (/\.(?:json|fut)$/.test(module)) {
    const { operations: _, ...info } = await programInfo(module, backend);
    return { module, ...info };
  }
  await using fut = await open(module);
  const types = Object.values(fut.types as Record<string, FutharkType>).map(({ info }) => info);
  const { backend: own, compilerVersion, entryPoints, tuningParams } = fut;
  return { module, backend: own, compilerVersion, entryPoints, types, tuningParams };
}

/** Formats the properties as text: a line for each entry point and type. */
export function describeProgram(facts: ProgramFacts): string {
  const { module, backend, compilerVersion, entryPoints, types, tuningParams } = facts;
  const compiler = compilerVersion === null ? "compiler unknown" : `Futhark ${compilerVersion}`;
  const sections = [
    section("Entry points", entryPoints.map(entryLines)),
    section("Types", table(types.map((type) => [type.name, structure(type)]))),
    section("Tuning parameters", table(tuningParams.map(({ name, class: of }) => [name, of]))),
  ];
  return [`${module}: ${backend}, ${compiler}`, ...sections.filter(Boolean)].join("\n\n");
}

function section(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return title === "Entry points" ? "No entry points" : "";
  return `${title}\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

function entryLines(entry: EntryPointInfo): string {
  const doc = entry.doc === undefined ? [] : entry.doc.trim().split("\n");
  return [signature(entry), ...doc.map((line) => `    ${line}`)].join("\n  ");
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(28, Math.max(0, ...rows.map(([name]) => name.length)));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`.trimEnd());
}

/** Describes the structure of a type in Futhark's terms. */
function structure(type: TypeInfo): string {
  switch (type.kind) {
    case "array":
      return `array of ${type.elemtype}, rank ${type.rank}`;
    case "record": {
      const parts = type.fields.map(({ name, type: of }) => (type.tuple ? of : `${name}: ${of}`));
      return type.tuple ? `tuple (${parts.join(", ")})` : `record {${parts.join(", ")}}`;
    }
    case "sum":
      return type.variants
        .map(({ name, payload }) => [`#${name}`, ...payload].join(" "))
        .join(" | ");
    case "record_array":
    case "opaque_array":
      return `array of ${type.elemtype}, rank ${type.rank}`;
    case "opaque":
      return "abstract";
  }
}
