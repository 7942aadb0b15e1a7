/** One slot of a table: its type and value; a `ref` is set when its target is written. */
export type Slot = readonly ["u8" | "i16" | "i32" | "i64", number] | "ref" | null;

const SIZES = { u8: 1, i16: 2, i32: 4, i64: 8 } as const;

/**
 * Writes a flatbuffer from front to back.
 *
 * References of the format point forward, except that of a table to its vtable: a target is
 * written after the `ref`, which is then set to the distance.
 * https://flatbuffers.dev/internals/
 */
export class Flat {
  readonly #bytes = new Uint8Array(1024);
  readonly #view: DataView = new DataView(this.#bytes.buffer);
  #end = 4;

  /** Position after the bytes written so far. */
  get end(): number {
    return this.#end;
  }

  /** Returns a copy of the bytes written so far. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#end);
  }

  /** Appends a table; returns the position of each slot (0 if absent). */
  table(ref: number, ...slots: Slot[]): number[] {
    const view = this.#view;
    const vtable = this.#align(4);
    this.#end += 4 + 2 * slots.length;
    const table = this.#align(4);
    this.#link(ref, table);
    view.setInt32(table, table - vtable, true);
    this.#end += 4;
    const positions = slots.map((slot, i) => {
      if (slot === null) return 0;
      const [kind, value] = slot === "ref" ? (["i32", 0] as const) : slot;
      const position = this.#align(SIZES[kind]);
      this.#end += SIZES[kind];
      if (kind === "u8") view.setUint8(position, value);
      else if (kind === "i16") view.setInt16(position, value, true);
      else if (kind === "i32") view.setInt32(position, value, true);
      else view.setBigInt64(position, BigInt(value), true);
      view.setUint16(vtable + 4 + 2 * i, position - table, true);
      return position;
    });
    view.setUint16(vtable, 4 + 2 * slots.length, true);
    view.setUint16(vtable + 2, this.#end - table, true);
    return positions;
  }

  /** Appends a vector of references; returns the position of each. */
  refs(ref: number, count: number): number[] {
    this.text(ref, count);
    const first = this.#end;
    this.#end += 4 * count;
    return Array.from({ length: count }, (_, i) => first + 4 * i);
  }

  /** Appends a vector of structs of two i64, all zero; returns the position of the first. */
  pairs(ref: number, count: number): number {
    while (this.#end % 8 !== 4) this.#end++;
    this.text(ref, count);
    const first = this.#end;
    this.#end += 16 * count;
    return first;
  }

  /** Appends a string of ASCII characters. */
  string(ref: number, text: string): void {
    this.text(ref, text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#end + i] = text.charCodeAt(i);
    this.#end += text.length + 1;
  }

  /** Appends the length of a string or vector; the caller appends its contents. */
  text(ref: number, length = 0): void {
    const position = this.#align(4);
    this.#link(ref, position);
    this.#view.setUint32(position, length, true);
    this.#end += 4;
  }

  /** Appends metadata. A last value of `null` is left to be filled in, at the end of the buffer. */
  keyValues(ref: number, pairs: readonly (readonly [string, string | null])[]): void {
    const refs = this.refs(ref, pairs.length);
    pairs.forEach(([key, value], i) => {
      const [keyAt = 0, valueAt = 0] = this.table(refs[i] ?? 0, "ref", "ref");
      this.string(keyAt, key);
      if (value === null) this.text(valueAt);
      else this.string(valueAt, value);
    });
  }

  /** Overwrites an i64. */
  setInt64(position: number, value: number): void {
    this.#view.setBigInt64(position, BigInt(value), true);
  }

  #link(ref: number, position: number): void {
    this.#view.setUint32(ref, position - ref, true);
  }

  #align(size: number): number {
    while (this.#end % size !== 0) this.#end++;
    return this.#end;
  }
}
