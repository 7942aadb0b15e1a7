// The encoding of JavaScript and Python values in messages. Numbers, strings, bytes, arrays and
// plain objects are passed by value, everything else as a reference to an object on the other side.
// Values that JSON cannot represent exactly are objects with a tag in `$`.

import {
  checkFooter,
  decodeHeader,
  encodeFooter,
  encodeHeader,
  MAX_HEADER,
} from "../arrow/codec.ts";
import { hasSlots } from "../client/slot.ts";
import { ELEMTYPES, type Elemtype, type TypedArray } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { MAX_NESTED } from "../nd-array/shape.ts";
import { isPlainObject } from "../plain-object.ts";
import type { Part, ReceivedPart } from "./parts.ts";

/** Encodes references to the objects of a connection. */
export interface References {
  /** Returns the id of a proxy's Python object, or `undefined` if `value` is not a proxy. */
  proxied(value: object): number | undefined;
  /** Assigns an id to a JavaScript object or function. */
  refer(value: object): number;
  /** Passes a handle or a pending call to Python. Returns its key. */
  pass(value: object): number;
}

/**
 * Encodes one value; binary data that it refers to is appended to `parts`.
 * @throws {ArgumentError} The value has no Python form.
 */
export function encodeValue(value: unknown, parts: Part[], to: References, depth = 0): unknown {
  switch (typeof value) {
    case "undefined":
      return null;
    case "number":
      return encodeNumber(value);
    case "bigint":
      return tagged("int", value < 0n ? `-${(-value).toString(16)}` : value.toString(16));
    case "object":
      return value === null ? null : encodeObject(value, parts, to, depth);
    case "function": {
      const number = to.proxied(value);
      return number === undefined ? tagged("js", to.refer(value)) : tagged("ref", number);
    }
    case "symbol":
      throw new ArgumentError(`python: ${String(value)} cannot be converted to a Python value`);
    default:
      return value;
  }
}

function encodeNumber(value: number): unknown {
  if (Number.isNaN(value)) return tagged("float", "nan");
  if (Number.isFinite(value)) return Object.is(value, -0) ? tagged("float", "-0.0") : value;
  return tagged("float", value > 0 ? "inf" : "-inf");
}

function encodeObject(value: object, parts: Part[], to: References, depth: number): unknown {
  if (depth > MAX_DEPTH) {
    throw new ArgumentError(
      `python: a value is nested more than ${MAX_DEPTH} deep, or contains itself`,
    );
  }
  const each = (item: unknown): unknown => encodeValue(item, parts, to, depth + 1);
  if (hasSlots(value)) return tagged("passed", to.pass(value));
  if (Array.isArray(value)) {
    checkCount(value);
    return Array.from(value, each);
  }
  if (value instanceof NdArray) return encodeArray(value.contiguous(), parts);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return encodeBytes(value, parts);
  if (value instanceof Promise)
    throw new ArgumentError(
      "python: await a pending call or promise before putting it inside an argument",
    );
  if (isPlainObject(value)) {
    return tagged(
      "dict",
      Object.entries(value).map(([key, item]) => [key, each(item)]),
    );
  }
  return tagged("js", to.refer(value));
}

/** @throws {ArgumentError} The array is too long, even if sparse, for Node's or Python's heap. */
function checkCount({ length }: readonly unknown[]): void {
  if (length <= MAX_NESTED) return;
  throw new ArgumentError(
    `python: expected a JS array of at most ${MAX_NESTED} elements, got ${length}: use a typed array`,
  );
}

/** Encodes bytes unchanged, and other typed arrays as arrays of rank 1. */
function encodeBytes(value: ArrayBufferView | ArrayBuffer, parts: Part[]): unknown {
  const name = (Object.getPrototypeOf(value) as { constructor: { name: string } }).constructor.name;
  const elemtype = ELEMTYPE_OF[name];
  if (elemtype !== undefined) {
    const data = value as TypedArray; // checked by its name
    return encodeArray(new NdArray(elemtype, data, [data.length]), parts);
  }
  const bytes =
    value instanceof ArrayBuffer
      ? new Uint8Array(value)
      : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  parts.push({ header: EMPTY, data: bytes, footer: EMPTY });
  return tagged("bytes", parts.length - 1);
}

function encodeArray({ elemtype, data, shape }: NdArray, parts: Part[]): unknown {
  parts.push({
    header: encodeHeader(elemtype, shape),
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    footer: encodeFooter(data.byteLength),
  });
  return tagged("array", parts.length - 1);
}

/** Resolves references on this side. */
export interface Objects {
  /** Returns a proxy for a Python object, logged as `text`. */
  proxy(number: number, text: string): object;
  /** Returns the JavaScript object with an id. */
  own(number: number): unknown;
}

interface Tagged {
  readonly $: string;
  readonly v: never;
  readonly s?: string;
}

/** Decodes a value. Bytes and arrays are copied. */
export function decodeValue(form: unknown, parts: readonly ReceivedPart[], from: Objects): unknown {
  if (typeof form !== "object" || form === null) return form;
  const each = (item: unknown): unknown => decodeValue(item, parts, from);
  if (Array.isArray(form)) return form.map(each);
  const { $: tag, v, s } = form as Tagged;
  switch (tag) {
    case "int":
      return decodeInt(v);
    case "float":
      return v === "nan" ? Number.NaN : v === "inf" ? Infinity : -Infinity;
    case "bytes":
      return copyOf(parts[v] as ReceivedPart);
    case "array":
      return decodeArray(parts[v] as ReceivedPart);
    case "dict":
      return Object.fromEntries((v as [string, unknown][]).map(([key, item]) => [key, each(item)]));
    case "map":
      return new Map((v as [unknown, unknown][]).map(([key, item]) => [each(key), each(item)]));
    case "set":
      return new Set((v as unknown[]).map(each));
    case "js":
      return from.own(v);
    default:
      return from.proxy(v, s ?? "");
  }
}

function decodeInt(hex: string): bigint {
  return hex.startsWith("-") ? -BigInt(`0x${hex.slice(1)}`) : BigInt(`0x${hex}`);
}

function copyOf(part: ReceivedPart): Uint8Array {
  return part.copy(0, part.byteLength);
}

function decodeArray(part: ReceivedPart): NdArray {
  const head = part.copy(0, Math.min(part.byteLength, MAX_HEADER));
  const { elemtype, shape, start, end } = decodeHeader(head, part.byteLength);
  checkFooter(elemtype, shape, part.copy(end, part.byteLength));
  const data = new ELEMTYPES[elemtype].array(part.copy(start, end).buffer);
  return new NdArray(elemtype, data, shape);
}

const EMPTY: Uint8Array = new Uint8Array();

function tagged($: string, v: unknown): object {
  return { $, v };
}

/** JSON encoders and decoders on both sides are recursive, so limit the depth. */
const MAX_DEPTH = 128;

const ELEMTYPE_OF: Readonly<Record<string, Elemtype>> = {
  Int8Array: "i8",
  Int16Array: "i16",
  Uint16Array: "u16",
  Int32Array: "i32",
  Uint32Array: "u32",
  BigInt64Array: "i64",
  BigUint64Array: "u64",
  Float32Array: "f32",
  Float64Array: "f64",
};
