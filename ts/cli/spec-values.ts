import { readTextData, textOf } from "../data/text.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import type { SpecScanner } from "./spec-scanner.ts";

/** Values of a test: literals, a file beside the program, random values, or those of a script. */
export type Values =
  | { readonly kind: "values"; readonly values: readonly NdArray[] }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "random"; readonly types: readonly string[] }
  | { readonly kind: "script" };

/** Reads values in braces, or the path of a file. */
export function readValues(scan: SpecScanner, where: string): Values {
  if (scan.ahead("{")) return { kind: "values", values: readTextData(scan.braces(), where) };
  return readPath(scan);
}

function readPath(scan: SpecScanner): Values {
  scan.expect("@", "{ values } or @ file");
  const path = scan.take(/\S*/y);
  scan.space();
  return { kind: "file", path };
}

/** Reads the types of random values, or constants. */
export function readRandom(scan: SpecScanner): Values {
  const types = scan.braces().split(/\s+/).filter(Boolean);
  const wrong = types.find((type) => !TYPE.test(type) && !CONSTANT.test(type));
  if (wrong !== undefined) throw scan.wrong(`types with sizes, or numbers (not ${wrong})`);
  return { kind: "random", types: types.map(canonical) };
}

const TYPE = /^(?:\[\d[\d_]*\])*(?:[iu](?:8|16|32|64)|f(?:16|32|64)|bool)$/;
const CONSTANT = /^(?:[+-]?\d[\w.+-]*|-?f\d\d\.(?:nan|inf)|true|false)$/;

function canonical(type: string): string {
  if (TYPE.test(type)) return type.replaceAll("_", "");
  return readTextData(type, type).map(textOf).join(" ");
}

/** Skips a script, in which braces may nest. */
export function readScript(scan: SpecScanner): Values {
  if (!scan.ahead("{")) {
    readPath(scan);
    return { kind: "script" };
  }
  let depth = 0;
  do {
    const mark = scan.take(/[^{}]*[{}]/y);
    if (mark === "") throw scan.wrong("}");
    depth += mark.endsWith("{") ? 1 : -1;
  } while (depth > 0);
  scan.space();
  return { kind: "script" };
}

/** Names a test after its input. */
export function nameOf(input: Values, index: number): string {
  switch (input.kind) {
    case "file":
      return input.path.replace(/\.gz$/, "");
    case "random":
      return input.types.join(" ");
    case "script":
      return `script #${index}`;
    case "values": {
      const text = input.values.map((value) => textOf(value).replaceAll("\n", " ")).join(" ");
      return `#${index} ("${text.length > 50 ? `${text.slice(0, 50)}...` : text}")`;
    }
  }
}
