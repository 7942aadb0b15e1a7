// Shared memory for arrays. Slabs are mapped for good: nothing is ever unmapped, so no view
// of one, however old, can become invalid. What is reused is blocks, by size class; memory
// that lies unused beyond a limit goes back to the system while its addresses stay.

import { totalmem } from "node:os";
import type { TypedArray } from "../elemtypes.ts";
import { type Libc, loadLibc, MAX_VIEW_BYTES } from "./libc.ts";

/** A piece of memory that other processes can map by its path. */
export interface Slab {
  /** Its number on the wire, the same for all workers. */
  readonly id: number;
  readonly bytes: number;
  /** Under /proc, while this process lives: nothing stays behind in any folder. */
  readonly path: string;
  readonly address: bigint;
}

/** A part of a slab, in use until its last user has released it. */
export class Block {
  readonly slab: Slab;
  readonly offset: number;
  readonly bytes: number;
  readonly #pool: SlabPool;
  #users = 0;

  constructor(pool: SlabPool, slab: Slab, offset: number, bytes: number) {
    this.#pool = pool;
    this.slab = slab;
    this.offset = offset;
    this.bytes = bytes;
  }

  retain(): this {
    this.#users++;
    return this;
  }

  release(): void {
    this.#users--;
    if (this.#users === 0) this.#pool.give(this);
  }

  /** The bytes from `start` on, in this process's memory. */
  view(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#pool.libc.view(this.address + BigInt(start), length));
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

  get address(): bigint {
    return this.slab.address + BigInt(this.offset);
  }
}

/** All shared memory of this process. */
export class SlabPool {
  readonly libc: Libc;
  readonly #free: Map<number, Block[]> = new Map();
  #lastId = 0;
  #idleBytes = 0;
  #usedBytes = 0;

  constructor(libc: Libc) {
    this.libc = libc;
  }

  /**
   * Takes a block of at least `bytes`, at a multiple of 64 in its slab; its content is anything.
   * @returns Retained once; `undefined` when so much is in use that another would endanger the system.
   * @throws The system has no more memory.
   */
  take(bytes: number): Block | undefined {
    const size = sizeClass(bytes);
    if (this.#usedBytes + size > MAX_USED_BYTES) return undefined;
    const block = this.#free.get(size)?.pop() ?? this.#make(size);
    this.#usedBytes += size;
    if (size > SMALL_BYTES) this.#idleBytes = Math.max(0, this.#idleBytes - size);
    return block.retain();
  }

  /** Bytes in blocks that are in use. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes a block back. */
  give(block: Block): void {
    this.#usedBytes -= block.bytes;
    this.#keep(block);
  }

  #keep(block: Block): void {
    if (block.bytes > SMALL_BYTES) {
      if (this.#idleBytes + block.bytes > MAX_IDLE_BYTES) {
        this.libc.discard(block.address, block.bytes);
      } else {
        this.#idleBytes += block.bytes;
      }
    }
    const blocks = this.#free.get(block.bytes);
    if (blocks === undefined) this.#free.set(block.bytes, [block]);
    else blocks.push(block);
  }

  /** A new block; small ones come several to a slab, the others are left for later. */
  #make(size: number): Block {
    const bytes = size > SMALL_BYTES ? size : SHARED_SLAB_BYTES;
    const slab = this.#newSlab(bytes);
    for (let offset = size; offset < bytes; offset += size) {
      this.#keep(new Block(this, slab, offset, size));
    }
    return new Block(this, slab, 0, size);
  }

  #newSlab(bytes: number): Slab {
    const fd = this.libc.create(bytes);
    const address = this.libc.map(fd, bytes);
    this.#lastId++;
    return { id: this.#lastId, bytes, path: `/proc/${process.pid}/fd/${fd}`, address };
  }
}

/** Powers of two when small; in steps of an eighth above, so that little is wasted. */
function sizeClass(bytes: number): number {
  const power = 2 ** Math.ceil(Math.log2(Math.max(bytes, LEAST_BYTES)));
  if (power <= SMALL_BYTES) return power;
  const step = power / 16;
  return Math.ceil(bytes / step) * step;
}

let pool: SlabPool | null | undefined;

/** This process's shared memory, made on first use. `undefined` where there can be none. */
export function slabPool(): SlabPool | undefined {
  if (pool === undefined) {
    const libc = loadLibc();
    pool = libc === undefined ? null : new SlabPool(libc);
  }
  return pool ?? undefined;
}

/** Copies into a block at `start`; a view cannot be of any length, so this goes piece by piece. */
export function copyIntoBlock(block: Block, start: number, data: ArrayBufferView): void {
  for (let at = 0; at < data.byteLength; at += MAX_VIEW_BYTES) {
    const length = Math.min(MAX_VIEW_BYTES, data.byteLength - at);
    block.view(start + at, length).set(new Uint8Array(data.buffer, data.byteOffset + at, length));
  }
}

/** The reverse of {@link copyIntoBlock}. */
export function copyFromBlock(block: Block, start: number, data: ArrayBufferView): void {
  for (let at = 0; at < data.byteLength; at += MAX_VIEW_BYTES) {
    const length = Math.min(MAX_VIEW_BYTES, data.byteLength - at);
    new Uint8Array(data.buffer, data.byteOffset + at, length).set(block.view(start + at, length));
  }
}

const LEAST_BYTES = 1 << 16;
const PREFAULT_BYTES = 1 << 22;
const PAGE_BYTES = 1 << 12;
const SMALL_BYTES = 1 << 20;
const SHARED_SLAB_BYTES = 1 << 24;
const MAX_IDLE_BYTES = 2 ** 29;
const MAX_USED_BYTES = totalmem() / 2;
