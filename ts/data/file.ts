import { fromColumn } from "../arrow/apache.ts";
import { readIpc } from "../arrow/read-ipc.ts";
import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { fromNpy } from "../nd-array/npy.ts";
import { isBinaryData, readBinaryData } from "./binary.ts";
import { type Literal, parseLiterals } from "./literal.ts";

/** One value that a file or an argument holds, before its type is known. */
export type Given =
  | { readonly kind: "array"; readonly array: NdArray; readonly arrow: boolean }
  | { readonly kind: "literal"; readonly literal: Literal }
  | { readonly kind: "stored"; readonly bytes: Uint8Array };

/**
 * The values in the bytes of a file, whose format is told by its first bytes: `.npy`, Arrow IPC
 * (a value for each column), what `store()` gave, Futhark's binary format, else text.
 * @param where Put before what is wrong.
 * @throws {ArgumentError} The bytes are not what they seem.
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

/** The values that a text holds. */
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
    throw new ArgumentError(`${where}: neither text nor a format that is known`);
  }
}

/** Says in errors of readers which file it was. */
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
