import { readSync, writeSync } from "node:fs";
import type { TypedArray } from "../elemtypes.ts";
import { OutOfMemoryError } from "../errors.ts";
import type { Libc } from "./libc.ts";
import { MAPPING_UNIT, MAX_MAPPING_BYTES, type Mapping } from "./mapping.ts";

/** A piece of memory that other processes can map by its path. */
export interface Slab {
  /** Its number on the wire, the same for all workers. */
  readonly id: number;
  readonly bytes: number;
  readonly fd: number;
  /** Under /proc, while this process lives: nothing stays behind in any folder. */
  readonly path: string;
}

/** Who a block goes back to. */
export interface BlockOwner {
  readonly libc: Libc;
  /**
   * Maps a part of a slab.
   * @throws {OutOfMemoryError} There is no room for it.
   */
  map(fd: number, offset: number, bytes: number): Mapping;
  /** Whether there is room for mappings that only make copying quicker. */
  readonly hasRoom: boolean;
  /** Takes a block back. */
  give(block: Block): void;
  /** Lets go of a block that others may still write to. */
  abandon(block: Block): void;
}

/**
 * Where the elements of a block's array start, so that they can be mapped without its header:
 * a buffer that users can reach holds nothing else.
 */
export const ELEMENTS_START: number = MAPPING_UNIT;

/** A part of a slab that holds one array's message, in use until its last user has released it. */
export class Block {
  readonly slab: Slab;
  readonly offset: number;
  readonly bytes: number;
  readonly #pool: BlockOwner;
  #users = 0;
  #lost = false;
  /** Of the elements, in pieces. There is none before the first use, and while it is lent. */
  #mappings: Mapping[] = [];
  /** Whether something was copied already: to map a block takes longer than to copy to it once. */
  #copied = false;
  /** How far the elements' part may hold something other than zeros. */
  #filled = 0;

  constructor(pool: BlockOwner, slab: Slab, offset: number, bytes: number) {
    this.#pool = pool;
    this.slab = slab;
    this.offset = offset;
    this.bytes = bytes;
  }

  retain(): this {
    this.#users++;
    return this;
  }

  /** @param reachable Whether another process may go on to write there, nobody knows how long. */
  release(reachable = false): void {
    if (reachable) this.#lost = true;
    this.#users--;
    if (this.#users > 0) return;
    if (this.#lost) {
      this.#mappings = [];
      this.#pool.abandon(this);
    } else this.#pool.give(this);
  }

  /** Where in the slab a message with such a header starts. */
  messageStart(header: Uint8Array): number {
    return this.offset + ELEMENTS_START - header.byteLength;
  }

  /** The longest message with such a header. */
  messageRoom(header: Uint8Array): number {
    return this.bytes - ELEMENTS_START + header.byteLength;
  }

  /** Writes what surrounds the `length` bytes of elements. */
  writeAround(header: Uint8Array, length: number, footer: Uint8Array): void {
    this.#write(header, this.messageStart(header));
    this.#write(footer, this.offset + ELEMENTS_START + length);
  }

  hasHeader(header: Uint8Array): boolean {
    const found = new Uint8Array(header.byteLength);
    readSync(this.slab.fd, found, 0, found.byteLength, this.messageStart(header));
    return Buffer.compare(found, header) === 0;
  }

  /** Copies elements into the block. */
  copyIn(data: ArrayBufferView): void {
    this.#pieces(data, (part, at, piece) => {
      if (piece === undefined) this.#write(part, at);
      else piece.set(part);
    });
  }

  /** Copies elements out of the block. */
  copyOut(data: ArrayBufferView): void {
    this.#pieces(data, (part, at, piece) => {
      if (piece === undefined) this.#read(part, at);
      else part.set(piece);
    });
  }

  /**
   * Hands out the mapping of the elements, until {@link takeBack} or for good.
   * @param length Of elements: after them come zeros.
   * @throws {OutOfMemoryError} There is no room for another mapping.
   */
  lend(length: number): Mapping {
    const mapping = this.#mapping(0);
    this.#mappings = [];
    if (this.#filled > length) {
      new Uint8Array(mapping.buffer, length, this.#filled - length).fill(0);
      this.#filled = length;
    }
    return mapping;
  }

  /** Takes back what was lent: all views of it are empty then. */
  takeBack(mapping: Mapping): void {
    mapping.revoke();
    this.#mappings = [mapping];
  }

  /** Takes note that messages of up to `length` bytes come to lie here. */
  expect(length: number): void {
    this.#filled = Math.min(Math.max(this.#filled, length), this.bytes - ELEMENTS_START);
  }

  /** Takes note that the system has taken the memory, and gives zeros. */
  discarded(): void {
    this.#filled = 0;
  }

  /** Prepares an array of the user's to be copied into: lets the system find its memory now. */
  prefault(data: TypedArray): void {
    if (data.byteLength < PREFAULT_BYTES) return;
    this.#pool.libc.useLargePages(data);
    for (let at = 0; at < data.byteLength; at += PREFAULT_BYTES) {
      const bytes = Math.min(PREFAULT_BYTES, data.byteLength - at);
      const part = new Uint8Array(data.buffer, data.byteOffset + at, bytes);
      for (let i = 0; i < bytes; i += PAGE_BYTES) part[i] = 0;
    }
  }

  #write(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.byteLength; ) {
      const length = Math.min(bytes.byteLength - done, MAX_READ_BYTES);
      done += writeSync(this.slab.fd, bytes, done, length, at + done);
    }
  }

  #read(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.byteLength; ) {
      const room = Math.min(bytes.byteLength - done, MAX_READ_BYTES);
      done += readSync(this.slab.fd, bytes, done, room, at + done);
    }
  }

  /** Goes through an array and its place in the slab, by a mapping where there is room for one. */
  #pieces(
    data: ArrayBufferView,
    copy: (part: Uint8Array, at: number, piece: Uint8Array | undefined) => void,
  ): void {
    for (let at = 0, i = 0; at < data.byteLength; at += MAX_MAPPING_BYTES, i++) {
      const length = Math.min(MAX_MAPPING_BYTES, data.byteLength - at);
      const part = new Uint8Array(data.buffer, data.byteOffset + at, length);
      const mapping = this.#mappings[i] ?? this.#mappingIfRoom(i);
      const piece = mapping && new Uint8Array(mapping.buffer, 0, length);
      copy(part, this.offset + ELEMENTS_START + at, piece);
    }
    this.#copied = true;
  }

  #mappingIfRoom(index: number): Mapping | undefined {
    if (!this.#copied || !this.#pool.hasRoom) return undefined;
    try {
      return this.#mapping(index);
    } catch (error) {
      if (error instanceof OutOfMemoryError) return undefined;
      throw error;
    }
  }

  #mapping(index: number): Mapping {
    const known = this.#mappings[index];
    if (known !== undefined) return known;
    const start = ELEMENTS_START + index * MAX_MAPPING_BYTES;
    const bytes = Math.min(MAX_MAPPING_BYTES, this.bytes - start);
    const mapping = this.#pool.map(this.slab.fd, this.offset + start, bytes);
    this.#mappings[index] = mapping;
    return mapping;
  }
}

/** Node takes no more at a time. */
const MAX_READ_BYTES = 2 ** 30;
const PREFAULT_BYTES = 1 << 22;
const PAGE_BYTES = 1 << 12;
