// Reads untrusted flatbuffers: https://flatbuffers.dev/internals/
// Every position is checked against the buffer. The amount read in total is limited by its size,
// since a table or string may be referenced many times.
import { ArgumentError } from "../errors.ts";

/** A buffer, and how many bytes may still be read from it. */
interface Source {
  readonly view: DataView;
  left: number;
}

/** A table; absent slots have their default values. */
export class FlatTable {
  readonly #source: Source;
  readonly #at: number;
  readonly #vtable: number;
  readonly #slots: number;

  private constructor(source: Source, at: number) {
    this.#source = source;
    this.#at = at;
    spend(source, 4);
    this.#vtable = at - source.view.getInt32(at, true);
    this.#slots = (source.view.getUint16(this.#vtable, true) - 4) >> 1;
  }

  /** @throws {RangeError} A position outside the buffer; all methods throw this. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable({ view, left: 4 * bytes.byteLength }, view.getUint32(0, true));
  }

  has(slot: number): boolean {
    return this.#field(slot) !== undefined;
  }

  u8(slot: number): number {
    const at = this.#field(slot);
    return at === undefined ? 0 : this.#source.view.getUint8(at);
  }

  i16(slot: number): number {
    const at = this.#field(slot);
    return at === undefined ? 0 : this.#source.view.getInt16(at, true);
  }

  i32(slot: number): number {
    const at = this.#field(slot);
    return at === undefined ? 0 : this.#source.view.getInt32(at, true);
  }

  /** Reads a length or position, from 0 to 2^53 - 1. */
  size(slot: number): number {
    const at = this.#field(slot);
    return at === undefined ? 0 : sizeAt(this.#source.view, at);
  }

  table(slot: number): FlatTable | undefined {
    const at = this.#reference(slot);
    return at === undefined ? undefined : new FlatTable(this.#source, at);
  }

  tables(slot: number): FlatTable[] {
    const { view } = this.#source;
    return this.#items(slot, 4).map(
      (at) => new FlatTable(this.#source, at + view.getUint32(at, true)),
    );
  }

  /** Reads a vector of structs of size `bytes`; returns the sizes at offsets `members` in each. */
  sizes(slot: number, bytes: number, members: readonly number[]): number[][] {
    const { view } = this.#source;
    return this.#items(slot, bytes).map((at) => members.map((member) => sizeAt(view, at + member)));
  }

  text(slot: number): string {
    const at = this.#reference(slot);
    if (at === undefined) return "";
    const { view } = this.#source;
    const length = view.getUint32(at, true);
    spend(this.#source, length);
    view.getUint8(at + 4 + length); // throws if the terminating 0 lies outside
    return Buffer.from(view.buffer, view.byteOffset + at + 4, length).toString();
  }

  #field(slot: number): number | undefined {
    if (slot >= this.#slots) return undefined;
    const offset = this.#source.view.getUint16(this.#vtable + 4 + 2 * slot, true);
    return offset === 0 ? undefined : this.#at + offset;
  }

  #reference(slot: number): number | undefined {
    const at = this.#field(slot);
    return at === undefined ? undefined : at + this.#source.view.getUint32(at, true);
  }

  #items(slot: number, bytes: number): number[] {
    const at = this.#reference(slot);
    if (at === undefined) return [];
    const length = this.#source.view.getUint32(at, true);
    spend(this.#source, length * bytes);
    return Array.from({ length }, (_, i) => at + 4 + i * bytes);
  }
}

function sizeAt(view: DataView, at: number): number {
  const value = view.getBigInt64(at, true);
  if (value < 0n || value > Number.MAX_SAFE_INTEGER) {
    throw new ArgumentError(`Arrow data: expected a size, got ${value}`);
  }
  return Number(value);
}

function spend(source: Source, bytes: number): void {
  source.left -= bytes;
  if (source.left < 0) throw new RangeError("its parts are larger than the buffer");
}
