// Shared memory for arrays. A slab is a memory file, divided into blocks, which are reused by size
// class. Idle memory above a limit is returned to the system; its blocks remain. A block that
// another process may still write to is never reused.

import { closeSync } from "node:fs";
import { OutOfMemoryError } from "../errors.ts";
import { Block, type BlockOwner, ELEMENTS_START } from "./block.ts";
import { type Libc, loadLibc } from "./libc.ts";
import { memoryLimit } from "./machine-memory.ts";
import { canMap, Mapping } from "./mapping.ts";

/** All shared memory of this thread. */
export class SlabPool implements BlockOwner {
  readonly libc: Libc;
  readonly #free: Map<number, Block[]> = new Map();
  /** Idle blocks that hold memory, least recently used first. */
  readonly #kept: Set<Block> = new Set();
  readonly #maxUsedBytes: number = memoryLimit() / 2;
  /** The last mapping failed with this error; no other is tried until then. */
  #full: { readonly error: unknown; readonly until: number } | undefined;
  #lastId = 0;
  #idleBytes = 0;
  #usedBytes = 0;

  constructor(libc: Libc) {
    this.libc = libc;
  }

  /**
   * Takes a block for a message of at most `bytes` bytes; its content is undefined.
   * @returns The block, retained once; `undefined` if it would exceed the limit of used memory.
   * @throws The system has no more memory.
   */
  take(bytes: number): Block | undefined {
    const size = sizeClass(ELEMENTS_START + bytes);
    if (this.#usedBytes + size > this.#maxUsedBytes) return undefined;
    const block = this.#free.get(size)?.pop() ?? this.#make(size);
    if (this.#kept.delete(block)) this.#idleBytes -= size;
    else this.#reserve(block);
    this.#usedBytes += size;
    block.expect(bytes);
    return block.retain();
  }

  /**
   * Maps a part of a slab. V8 reserves far more address space than a mapping's size, so the number
   * of mappings is limited; the rest is left to other users of WebAssembly.
   * @throws {OutOfMemoryError} There is no address space for it.
   */
  map(fd: number, offset: number, bytes: number): Mapping {
    if (mappings >= MAX_MAPPINGS) throw new OutOfMemoryError(`${mappings} arrays are mapped`);
    // A failure is slow: V8 collects garbage several times first.
    if (this.#full !== undefined && performance.now() < this.#full.until) throw this.#full.error;
    try {
      const mapping = new Mapping(this.libc, fd, offset, bytes);
      mappings++;
      collected.register(mapping, undefined);
      return mapping;
    } catch (error) {
      this.#full = { error, until: performance.now() + FULL_MS };
      throw error;
    }
  }

  get hasRoom(): boolean {
    return mappings < MAX_MAPPINGS / 2;
  }

  /** Bytes of blocks in use. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Bytes of idle blocks that hold memory. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** Returns a block to the pool. */
  give(block: Block): void {
    this.#usedBytes -= block.bytes;
    this.#addFree(block);
    this.#kept.add(block);
    this.#idleBytes += block.bytes;
    for (const oldest of this.#kept) {
      if (this.#idleBytes <= MAX_IDLE_BYTES) return;
      this.#kept.delete(oldest);
      this.#idleBytes -= oldest.bytes;
      this.#discard(oldest);
    }
  }

  /** Gives up a block that another process may still write to; unmapping it there frees it. */
  abandon(block: Block): void {
    this.#usedBytes -= block.bytes;
    // They must find memory there.
    if (!this.libc.countsMemory) this.#discard(block);
    if (block.slab.bytes === block.bytes) closeSync(block.slab.fd);
  }

  #reserve(block: Block): void {
    if (!this.libc.countsMemory) return;
    try {
      this.libc.reserve(block.slab.fd, block.offset, block.bytes);
    } catch (error) {
      this.#addFree(block);
      throw error;
    }
  }

  #discard(block: Block): void {
    this.libc.discard(block.slab.fd, block.offset, block.bytes);
    block.discarded();
  }

  #addFree(block: Block): void {
    const blocks = this.#free.get(block.bytes);
    if (blocks === undefined) this.#free.set(block.bytes, [block]);
    else blocks.push(block);
  }

  /** Creates a block. Small blocks share a slab, and the rest of it is added to the free ones. */
  #make(size: number): Block {
    const bytes = size > SMALL_BLOCK_BYTES ? size : SHARED_SLAB_BYTES;
    const fd = this.libc.create(bytes);
    this.#lastId++;
    const slab = { id: this.#lastId, bytes, fd, path: `/proc/${process.pid}/fd/${fd}` };
    for (let offset = size; offset < bytes; offset += size) {
      this.#addFree(new Block(this, slab, offset, size));
    }
    return new Block(this, slab, 0, size);
  }
}

/** Returns a power of two for small sizes; above, steps of an eighth reduce waste. */
function sizeClass(bytes: number): number {
  const power = 2 ** Math.ceil(Math.log2(Math.max(bytes, LEAST_BYTES)));
  if (power <= SMALL_BLOCK_BYTES) return power;
  const step = power / 16;
  return Math.ceil(bytes / step) * step;
}

let pool: SlabPool | null | undefined;

/** Returns this thread's pool, created on first use; `undefined` if memory cannot be shared. */
export function slabPool(): SlabPool | undefined {
  if (pool === undefined) {
    const libc = canMap() ? loadLibc() : undefined;
    pool = libc === undefined ? null : new SlabPool(libc);
  }
  return pool ?? undefined;
}

/** Mappings of this thread that were not collected yet. */
let mappings = 0;
const collected = new FinalizationRegistry(() => {
  mappings--;
});

const MAX_MAPPINGS = 2 ** 12;
const FULL_MS = 10_000;
const LEAST_BYTES = 1 << 17;
const SMALL_BLOCK_BYTES = 1 << 20;
const SHARED_SLAB_BYTES = 1 << 24;
const MAX_IDLE_BYTES = 2 ** 29;
