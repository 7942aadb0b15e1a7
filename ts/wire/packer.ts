import type { Elemtype } from "../elemtypes.ts";

/** A growing little-endian byte buffer, written front to back and taken as one view. */
export class Packer {
  #bytes: Uint8Array;
  #view: DataView;
  /** Bounds of the bytes that were not taken yet. */
  #start = 0;
  #end = 0;

  constructor(capacity: number = 1 << 16) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** Returns a view of the bytes written since the last `take`; it is valid until {@link reuse}. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(this.#start, this.#end);
    // Later bytes follow in the rest of the buffer, so views never overlap.
    this.#start = this.#end;
    // A buffer that grew for a large array is not kept.
    const kept = this.#bytes.byteLength <= LARGEST_KEPT;
    if (!kept || this.#bytes.byteLength - this.#end < 1 << 12) this.#allocate(1 << 16);
    return taken;
  }

  /** Reuses the memory of taken views, which the caller must no longer read. */
  reuse(): void {
    if (this.#start === this.#end) this.#start = this.#end = 0;
  }

  /** Drops the bytes after `length`, of a frame that failed halfway. */
  rewind(length: number): void {
    this.#end = this.#start + length;
  }

  u32(value: number): void {
    const at = this.reserve(4);
    this.#view.setUint32(at, value, true);
  }

  /** Overwrites the u32 at offset `length`. */
  u32At(length: number, value: number): void {
    this.#view.setUint32(this.#start + length, value, true);
  }

  /** Writes a safe integer as i64. */
  i64(value: number): void {
    const at = this.reserve(8);
    this.#view.setUint32(at, value >>> 0, true);
    this.#view.setInt32(at + 4, Math.floor(value / 2 ** 32), true);
  }

  bytes(value: Uint8Array): void {
    const at = this.reserve(value.byteLength);
    this.#bytes.set(value, at);
  }

  /** Writes a small array: its sizes and its elements. */
  array(shape: readonly number[], data: ArrayBufferView): void {
    for (const size of shape) this.i64(size);
    this.bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  zeros(count: number): void {
    const at = this.reserve(count);
    this.#bytes.fill(0, at, at + count);
  }

  /** Writes a scalar in its elemtype's width; the caller has checked the value. */
  scalar(elemtype: Elemtype, value: number | bigint | boolean): void {
    SCALARS[elemtype](this, value as never);
  }

  /** Reserves `count` bytes and returns their offset in `view`. */
  reserve(count: number): number {
    if (this.#end + count > this.#bytes.byteLength) this.#grow(this.length + count);
    const at = this.#end;
    this.#end = at + count;
    return at;
  }

  get view(): DataView {
    return this.#view;
  }

  #grow(needed: number): void {
    const old = this.#bytes.subarray(this.#start, this.#end);
    this.#allocate(Math.max(needed, 2 * this.#bytes.byteLength));
    this.#bytes.set(old);
    this.#end = old.byteLength;
  }

  #allocate(capacity: number): void {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
    this.#start = 0;
    this.#end = 0;
  }
}

const LARGEST_KEPT = 1 << 20;

type Put<T> = (packer: Packer, value: T) => void;

const SCALARS: { readonly [E in Elemtype]: Put<never> } = {
  i8: put(1, (view, at, value: number) => view.setInt8(at, value)),
  i16: put(2, (view, at, value: number) => view.setInt16(at, value, true)),
  i32: put(4, (view, at, value: number) => view.setInt32(at, value, true)),
  i64: put(8, (view, at, value: bigint) => view.setBigInt64(at, value, true)),
  u8: put(1, (view, at, value: number) => view.setUint8(at, value)),
  u16: put(2, (view, at, value: number) => view.setUint16(at, value, true)),
  u32: put(4, (view, at, value: number) => view.setUint32(at, value, true)),
  u64: put(8, (view, at, value: bigint) => view.setBigUint64(at, value, true)),
  // f16 is sent as bits, which the caller has rounded to.
  f16: put(2, (view, at, value: number) => view.setUint16(at, value, true)),
  f32: put(4, (view, at, value: number) => view.setFloat32(at, value, true)),
  f64: put(8, (view, at, value: number) => view.setFloat64(at, value, true)),
  bool: put(1, (view, at, value: boolean) => view.setUint8(at, value ? 1 : 0)),
};

function put<T>(width: number, set: (view: DataView, at: number, value: T) => void): Put<T> {
  return (packer, value) => {
    const at = packer.reserve(width);
    set(packer.view, at, value);
  };
}
