// numpy's file format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { ELEMTYPES, type Elemtype, type TypedArray } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "./nd-array.ts";
import { elementCount, rowMajorStrides } from "./shape.ts";
import { checkBoolBytes } from "./typed-array.ts";

const MAGIC = Buffer.from("\x93NUMPY", "latin1");
const ALIGN = 64;
const MAX_HEADER = 10_000; // numpy's own limit
const MAX_RANK = 64; // likewise
// numpy pads the header so that the first dimension can grow in place.
const DIMENSION_ROOM = 21;

// Byte order, kind and size: `<f4`.
const DESCR = /^[<>|][biuf]\d$/;
const KIND_LETTERS = { int: "i", uint: "u", float: "f", bool: "b" } as const;

/** Returns a `.npy` file as `numpy.save` writes it: version 1.0, row-major. Copies the elements. */
export function toNpy(array: NdArray): Uint8Array {
  const { elemtype, shape } = array;
  const { kind, bytes } = ELEMTYPES[elemtype];
  const order = bytes === 1 ? "|" : "<";
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const fields = [
    `'descr': '${order}${KIND_LETTERS[kind]}${bytes}'`,
    "'fortran_order': False",
    `'shape': (${dimensions})`,
  ];
  const room = shape.length > 0 ? DIMENSION_ROOM - String(shape[0]).length : 0;
  const text = `{${fields.join(", ")}, }${" ".repeat(room)}`;
  //  0 magic | 6 version | 8 u16 length of what follows, up to the elements | 10 text
  const start = Math.ceil((10 + text.length + 1) / ALIGN) * ALIGN;
  const { data } = array.contiguous();
  const file = Buffer.alloc(start + data.byteLength);
  MAGIC.copy(file);
  file[6] = 1;
  file.writeUInt16LE(start - 10, 8);
  file.write(`${text.padEnd(start - 11)}\n`, 10, "latin1");
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
}

/**
 * Reads the array in a `.npy` file of version 1 to 3. Returns a view of `bytes` if the elements are
 * aligned and little-endian, else a copy. Column-major files yield column-major strides.
 * @throws {ArgumentError} Not a `.npy` file of one array of an elemtype, or a truncated one.
 */
export function fromNpy(bytes: Uint8Array): NdArray {
  const { text, start } = readHeader(bytes);
  const { elemtype, swapped, columnMajor, shape } = parseHeader(text);
  const body = bytes.subarray(start);
  const expected = elementCount(shape) * ELEMTYPES[elemtype].bytes;
  if (body.byteLength !== expected) {
    throw new ArgumentError(
      `.npy file: expected ${expected} bytes for ${elemtype} of shape (${shape}), got ${body.byteLength}`,
    );
  }
  const data = typedBody(elemtype, body, swapped);
  if (elemtype === "bool") checkBoolBytes(data as Uint8Array);
  if (!columnMajor) return new NdArray(elemtype, data, shape);
  const strides = rowMajorStrides(shape.toReversed()).toReversed();
  return new NdArray(elemtype, data, shape, strides);
}

function readHeader(bytes: Uint8Array): { text: string; start: number } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = file[6] ?? 0;
  if (file.length < 12 || !file.subarray(0, 6).equals(MAGIC) || major < 1 || major > 3) {
    throw new ArgumentError("expected a .npy file of version 1, 2 or 3");
  }
  const first = major === 1 ? 10 : 12;
  const start = first + (major === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8));
  if (start - first > MAX_HEADER) {
    throw new ArgumentError(`.npy file: expected a header of ${MAX_HEADER} bytes at most`);
  }
  if (start > file.length) throw new ArgumentError(".npy file: cut short within its header");
  return { text: file.toString(major === 3 ? "utf8" : "latin1", first, start), start };
}

function parseHeader(text: string): {
  elemtype: Elemtype;
  swapped: boolean;
  columnMajor: boolean;
  shape: number[];
} {
  const values = headerValues(text);
  const [descr, order, dimensions] = FIELDS.map((name) => values?.get(name));
  if (descr === undefined || order === undefined || dimensions === undefined) {
    const got = text.trim().slice(0, 200);
    throw new ArgumentError(`.npy file: expected the header of one array, got ${got}`);
  }
  const elemtype = DESCR.test(descr) ? BY_DESCR.get(descr.slice(1)) : undefined;
  if (elemtype === undefined) {
    throw new ArgumentError(`.npy file: expected numbers or bool, got elements of '${descr}'`);
  }
  const shape = (dimensions.match(/\d+/g) ?? []).map(Number);
  if (!shape.every(Number.isSafeInteger) || shape.length > MAX_RANK) {
    throw new ArgumentError(`.npy file: shape (${dimensions}) is too large`);
  }
  return { elemtype, swapped: descr[0] === ">", columnMajor: order === "True", shape };
}

const FIELDS = ["descr", "fortran_order", "shape"] as const;
const HEADER = /^\s*\{([^{}]*)\}\s*$/;
const FIELD =
  /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*(?:(['"])([^'"\\]*)\3|(True|False)|\(([\d\sL,]*)\))\s*(?:,|$)/y;
const DIMENSIONS = /^\s*$|^\s*\d+L?\s*(?:,\s*\d+L?\s*)*,\s*$|^\s*\d+L?\s*(?:,\s*\d+L?\s*)+$/;

/** Parses the header's Python dictionary: exactly three fields, each of one fixed notation. */
function headerValues(text: string): Map<string, string> | undefined {
  const inner = HEADER.exec(text)?.[1]?.trimEnd();
  if (inner === undefined) return undefined;
  const values = new Map<string, string>();
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < inner.length) {
    const [, , name = "", , word, truth, dimensions] = FIELD.exec(inner) ?? [];
    const value = name === "descr" ? word : name === "shape" ? dimensions : truth;
    if (value === undefined || values.has(name)) return undefined;
    if (name === "shape" && (!DIMENSIONS.test(value) || /\b0\d/.test(value))) return undefined;
    values.set(name, value);
  }
  return values;
}

const BY_DESCR = new Map<string, Elemtype>(
  Object.values(ELEMTYPES).map(({ name, kind, bytes }) => [KIND_LETTERS[kind] + bytes, name]),
);

function typedBody(elemtype: Elemtype, body: Uint8Array, swapped: boolean): TypedArray {
  const { array, bytes } = ELEMTYPES[elemtype];
  const fits = body.byteOffset % bytes === 0 && !(swapped && bytes > 1);
  const own = fits ? body : new Uint8Array(body); // copies, unlike a Buffer's slice
  if (swapped && bytes > 1) {
    const buffer = Buffer.from(own.buffer, own.byteOffset, own.byteLength);
    if (bytes === 2) buffer.swap16();
    else if (bytes === 4) buffer.swap32();
    else buffer.swap64();
  }
  return new array(own.buffer, own.byteOffset, own.byteLength / bytes);
}
