import { ELEMTYPES, type Elemtype, type Scalar, type TypedArray } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { copyNested } from "../nd-array/nested.ts";
import { elementCount } from "../nd-array/shape.ts";
import type { Empty, Literal, Quoted } from "./literal.ts";

/**
 * Converts a literal to an array of a given type; rank 0 is a scalar. The suffix of a number, if it
 * has one, must be that type.
 * @throws {ArgumentError} Another type, a number out of range, or rows of different lengths.
 */
export function arrayOf(
  literal: Literal,
  elemtype: Elemtype,
  rank: number,
  where: string,
): NdArray {
  if (isEmpty(literal)) {
    if (literal.elemtype !== elemtype || literal.shape.length !== rank) {
      const type = "[]".repeat(literal.shape.length) + literal.elemtype;
      throw new ArgumentError(`${where}: expected ${"[]".repeat(rank)}${elemtype}, got ${type}`);
    }
    return new NdArray(elemtype, emptyData(elemtype), literal.shape);
  }
  checkRows(literal, firstLengths(literal, rank), where);
  return copyNested(nestedOf(literal, elemtype, where), elemtype, rank, where);
}

/** Returns the length of the first array of each level. */
function firstLengths(literal: Literal, rank: number): number[] {
  const lengths: number[] = [];
  for (let level = literal; Array.isArray(level) && lengths.length < rank; level = level[0]) {
    lengths.push(level.length);
  }
  return lengths;
}

/** Checks lengths before memory is allocated: rows may claim the length of a long first one. */
function checkRows(literal: Literal, lengths: readonly number[], where: string, axis = 0): void {
  if (axis === lengths.length || !Array.isArray(literal)) return;
  if (literal.length !== lengths[axis]) {
    throw new ArgumentError(
      `${where}: expected ${lengths[axis]} elements, as in the previous arrays, got ${literal.length}`,
    );
  }
  if (axis === lengths.length - 1) return;
  for (const [i, row] of literal.entries()) checkRows(row, lengths, `${where}[${i}]`, axis + 1);
}

/**
 * Converts a literal to an array of the type of its elements. Without a suffix whole numbers are
 * i32 and others f64, as in Futhark.
 * @throws {ArgumentError} The type is unknown, as for `[]`, or differs between elements.
 */
export function inferredArray(literal: Literal, where: string): NdArray {
  if (isEmpty(literal))
    return new NdArray(literal.elemtype, emptyData(literal.elemtype), literal.shape);
  let rank = 0;
  let first: Literal = literal;
  while (Array.isArray(first)) {
    rank++;
    first = (first as readonly Literal[])[0] ?? null;
  }
  if (isQuoted(first)) return arrayOf(literal, "u8", rank + 1, where);
  const elemtype = typeof first === "boolean" ? "bool" : elemtypeOf(first);
  if (elemtype !== undefined) return arrayOf(literal, elemtype, rank, where);
  const hint = rank > 0 ? ": write empty([0]i32) for an empty array" : "";
  throw new ArgumentError(`${where}: expected numbers or booleans${hint}`);
}

function elemtypeOf(token: Literal): Elemtype | undefined {
  if (typeof token !== "string") return undefined;
  const named = /(?:[iu](?:8|16|32|64)|f(?:16|32|64))$/.exec(withoutHex(token))?.[0];
  if (named !== undefined) return named as Elemtype;
  const special = /f(?:16|32|64)(?=\.)/.exec(token)?.[0];
  if (special !== undefined) return special as Elemtype;
  return isWhole(token) ? "i32" : "f64";
}

/** Removes hexadecimal digits, which may resemble a suffix: 0x1f32. */
function withoutHex(token: string): string {
  return token.replace(/0[xX][\da-fA-F_]+/, "0");
}

function isWhole(token: string): boolean {
  return /^[+-]?(?:0[xX]|0[bB]|[\d_]+(?:[iu]\d+)?$)/.test(token);
}

/** Converts the numbers of a literal to JavaScript values. */
function nestedOf(literal: Literal, elemtype: Elemtype, where: string): unknown {
  if (Array.isArray(literal)) {
    return (literal as readonly Literal[]).map((item, i) =>
      nestedOf(item, elemtype, `${where}[${i}]`),
    );
  }
  if (typeof literal === "string") return numberOf(literal, elemtype, where);
  if (isQuoted(literal)) {
    // A string stands for its bytes, as Futhark has no strings. JSON has NaN and infinities quoted.
    if (elemtype === "u8") return new Uint8Array(Buffer.from(literal.quoted));
    if (ELEMTYPES[elemtype].kind === "float" && SPECIAL.test(literal.quoted))
      return Number(literal.quoted);
  }
  return literal;
}

const SPECIAL = /^(?:NaN|-?Infinity)$/;

function numberOf(token: string, elemtype: Elemtype, where: string): Scalar | string {
  const said = /^[+-]?(?:NaN|Infinity)$/.test(token) ? undefined : suffixOf(token);
  if (said !== undefined && said !== elemtype) {
    throw new ArgumentError(`${where}: expected ${elemtype}, got ${token}`);
  }
  if (/nan$|NaN$/.test(token)) return Number.NaN;
  const sign = token.startsWith("-") ? -1 : 1;
  if (/inf$|Infinity$/.test(token)) return sign * Number.POSITIVE_INFINITY;
  const digits = token.replace(/^[+-]/, "").replaceAll("_", "");
  const bare = said === undefined ? digits : digits.slice(0, -said.length);
  if (ELEMTYPES[elemtype].kind === "float") {
    const value = Number(bare);
    if (Number.isFinite(value)) return sign * value;
    throw new ArgumentError(`${where}: expected a number of ${elemtype}, got ${token}`);
  }
  if (!isWhole(bare)) throw new ArgumentError(`${where}: expected ${elemtype}, got ${token}`);
  return BigInt(bare) * BigInt(sign);
}

function suffixOf(token: string): Elemtype | undefined {
  const found = elemtypeOf(token);
  return found !== undefined && withoutHex(token).includes(found) ? found : undefined;
}

function emptyData(elemtype: Elemtype): TypedArray {
  return new ELEMTYPES[elemtype].array(elementCount([0]));
}

function isEmpty(literal: Literal): literal is Empty {
  return typeof literal === "object" && literal !== null && "elemtype" in literal;
}

function isQuoted(literal: Literal): literal is Quoted {
  return typeof literal === "object" && literal !== null && "quoted" in literal;
}
