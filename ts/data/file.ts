import { fromColumn } from "../arrow/apache.ts";
import { readIpc } from "../arrow/read-ipc.ts";
import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { fromNpy } from "../nd-array/npy.ts";
import { isBinaryData, readBinaryData } from "./binary.ts";
import { type Literal, parseLiterals } from "./literal.ts";

/** One value of a file or an argument, before it is converted to a parameter's type. */
export type Given =
  | { readonly kind: "array"; readonly array: NdArray; readonly arrow: boolean }
  | { readonly kind: "literal"; readonly literal: Literal }
  | { readonly kind: "stored"; readonly bytes: Uint8Array };

/**
 * Reads the values of a file. Its first bytes determine the format: `.npy`, Arrow IPC (a value for
 * each column), the output of `store()`, Futhark's binary format, else text.
 * @param where Prefix of errors.
 * @throws {ArgumentError} The bytes are not valid in that format.
 */
export function readValues(bytes: Uint8Array, where: string): Given[] {
  if (startsWith(bytes, "\x93NUMPY")) return [array(named(where, () => fromNpy(bytes)))];
  if (startsWith(bytes, "FUTV")) return [{ kind: "stored", bytes }];
  if (startsWith(bytes, "ARROW1") || startsWith(bytes, "\xff\xff\xff\xff")) {
    return named(where, () => readIpc(bytes).map((column) => array(fromColumn(column), true)));
  }
  if (isBinaryData(bytes)) return readBinaryData(bytes, where).map((value) => array(value));
  return literals(decodeText(bytes, where), where);
}

/** Reads the values in a text. */
export function literals(text: string, where: string): Given[] {
  return parseLiterals(text, where).map((literal) => ({ kind: "literal", literal }));
}

function array(value: NdArray, arrow = false): Given {
  return { kind: "array", array: value, arrow };
}

function decodeText(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ArgumentError(`${where}: neither text nor a known format`);
  }
}

/** Prefixes errors of readers with the file's name. */
function named<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ArgumentError(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

function startsWith(bytes: Uint8Array, magic: string): boolean {
  return Buffer.from(bytes.subarray(0, magic.length)).equals(Buffer.from(magic, "latin1"));
}
