import { readSync, writeSync } from "node:fs";
import type { TypedArray } from "../elemtypes.ts";
import { OutOfMemoryError } from "../errors.ts";
import type { Libc } from "./libc.ts";
import { MAPPING_UNIT, MAX_MAPPING_BYTES, type Mapping } from "./mapping.ts";

/** Shared memory that other processes can map by its path. */
export interface Slab {
  /** Number of the slab in messages, the same for all workers. */
  readonly id: number;
  readonly bytes: number;
  readonly fd: number;
  /** A path under /proc, valid while this process runs; no file remains after it. */
  readonly path: string;
}

/** The pool that a block is returned to. */
export interface BlockOwner {
  readonly libc: Libc;
  /**
   * Maps a part of a slab.
   * @throws {OutOfMemoryError} There is no address space for it.
   */
  map(fd: number, offset: number, bytes: number): Mapping;
  /** Whether there is address space for mappings that only make copying quicker. */
  readonly hasRoom: boolean;
  /** Returns a block to the pool. */
  give(block: Block): void;
  /** Gives up a block that another process may still write to. */
  abandon(block: Block): void;
}

/**
 * Offset of the elements in a block. They are mapped without the header, so that a buffer that
 * users can access contains nothing else.
 */
export const ELEMENTS_START: number = MAPPING_UNIT;

/** A part of a slab for one array's message, in use until its last user releases it. */
export class Block {
  readonly slab: Slab;
  readonly offset: number;
  readonly bytes: number;
  readonly #pool: BlockOwner;
  #users = 0;
  #lost = false;
  /** Mappings of the elements, in pieces; empty before the first use and after {@link giveMapping}. */
  #mappings: Mapping[] = [];
  /** Whether it was copied to before: mapping a block takes longer than one copy. */
  #copied = false;
  /** Number of leading bytes of the elements that may be other than zero. */
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

  /** @param reachable Whether another process may still write to the block, for an unknown time. */
  release(reachable = false): void {
    if (reachable) this.#lost = true;
    this.#users--;
    if (this.#users > 0) return;
    if (this.#lost) {
      this.#mappings = [];
      this.#pool.abandon(this);
    } else this.#pool.give(this);
  }

  /** Returns the offset in the slab of a message with this header. */
  messageStart(header: Uint8Array): number {
    return this.offset + ELEMENTS_START - header.byteLength;
  }

  /** Returns the largest size of a message with this header, in bytes. */
  messageRoom(header: Uint8Array): number {
    return this.bytes - ELEMENTS_START + header.byteLength;
  }

  /** Writes the header and footer around `length` bytes of elements. */
  writeAround(header: Uint8Array, length: number, footer: Uint8Array): void {
    this.#write(header, this.messageStart(header));
    this.#write(footer, this.offset + ELEMENTS_START + length);
  }

  hasHeader(header: Uint8Array): boolean {
    const found = new Uint8Array(header.byteLength);
    this.#read(found, this.messageStart(header));
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
   * Transfers the mapping of the elements to the caller, until {@link takeBack} or forever.
   * @param length Size of the elements in bytes; the bytes after them are set to zero.
   * @throws {OutOfMemoryError} There is no address space for another mapping.
   */
  giveMapping(length: number): Mapping {
    const mapping = this.#mapping(0);
    this.#mappings = [];
    if (this.#filled > length) {
      new Uint8Array(mapping.buffer, length, this.#filled - length).fill(0);
      this.#filled = length;
    }
    return mapping;
  }

  /** Takes a mapping back; all views of it become empty. */
  takeBack(mapping: Mapping): void {
    mapping.revoke();
    this.#mappings = [mapping];
  }

  /** Records that messages of up to `length` bytes will be written to the block. */
  expect(length: number): void {
    this.#filled = Math.min(Math.max(this.#filled, length), this.bytes - ELEMENTS_START);
  }

  /** Records that the memory was returned to the system, and reads as zeros. */
  discarded(): void {
    this.#filled = 0;
  }

  /** Touches the pages of a user's array before it is copied into, so that they are allocated. */
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
      done += this.#readSome(bytes, done, room, at + done);
    }
  }

  #readSome(bytes: Uint8Array, from: number, room: number, at: number): number {
    try {
      return readSync(this.slab.fd, bytes, from, room, at);
    } catch (cause) {
      // The system has put it elsewhere, and cannot move it back.
      const { message } = cause as Error;
      throw new OutOfMemoryError(`shared memory cannot be read: ${message}`, { cause });
    }
  }

  /** Iterates over an array and its place in the slab, by mappings as far as there is room. */
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

/** Below Node's limit for one read or write. */
const MAX_READ_BYTES = 2 ** 30;
const PREFAULT_BYTES = 1 << 22;
const PAGE_BYTES = 1 << 12;
