import type { Elemtype } from "../elemtypes.ts";
import { ProtocolError } from "../errors.ts";
import { f16ToNumber } from "../nd-array/float16.ts";
import { u32At } from "./frames.ts";

/** Reads the body of one reply front to back; reading past the end is a {@link ProtocolError}. */
export class Unpacker {
  readonly #bytes: Uint8Array;
  #dataView: DataView | undefined;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Created on first use: most replies are a few integers, or empty. */
  get #view(): DataView {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    this.#dataView ??= new DataView(buffer, byteOffset, byteLength);
    return this.#dataView;
  }

  get remaining(): number {
    return this.#bytes.byteLength - this.#at;
  }

  u32(): number {
    return u32At(this.#bytes, this.#take(4));
  }

  /** Reads an i64 that must be a safe integer, such as a dimension or a length. */
  i64(): number {
    const at = this.#take(8);
    const value = (u32At(this.#bytes, at + 4) | 0) * 2 ** 32 + u32At(this.#bytes, at);
    if (!Number.isSafeInteger(value)) {
      throw new ProtocolError(`expected a safe integer, got ${value}`);
    }
    return value;
  }

  dims(rank: number): number[] {
    const shape: number[] = [];
    for (let i = 0; i < rank; i++) shape.push(this.i64());
    return shape;
  }

  scalar(elemtype: Elemtype): number | bigint | boolean {
    switch (elemtype) {
      case "i8":
        return this.#view.getInt8(this.#take(1));
      case "i16":
        return this.#view.getInt16(this.#take(2), true);
      case "i32":
        return this.#view.getInt32(this.#take(4), true);
      case "i64":
        return this.#view.getBigInt64(this.#take(8), true);
      case "u8":
        return this.#view.getUint8(this.#take(1));
      case "u16":
        return this.#view.getUint16(this.#take(2), true);
      case "u32":
        return this.#view.getUint32(this.#take(4), true);
      case "u64":
        return this.#view.getBigUint64(this.#take(8), true);
      case "f16":
        return f16ToNumber(this.#view.getUint16(this.#take(2), true));
      case "f32":
        return this.#view.getFloat32(this.#take(4), true);
      case "f64":
        return this.#view.getFloat64(this.#take(8), true);
      case "bool":
        return this.#view.getUint8(this.#take(1)) !== 0;
    }
  }

  /** Returns a view of the next `count` bytes. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** Returns a view of the remaining bytes. */
  rest(): Uint8Array {
    const rest = this.#bytes.subarray(this.#at);
    this.#at = this.#bytes.byteLength;
    return rest;
  }

  text(): string {
    return new TextDecoder().decode(this.rest());
  }

  /** @throws {ProtocolError} There are bytes left. */
  end(): void {
    if (this.remaining !== 0) {
      throw new ProtocolError(`a reply has ${this.remaining} bytes too many`);
    }
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.byteLength) {
      throw new ProtocolError(`a reply ends early: expected ${count} bytes, got ${this.remaining}`);
    }
    this.#at = at + count;
    return at;
  }
}
