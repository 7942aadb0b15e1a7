// Shared memory for arrays. A slab is a file of memory; what is taken and reused is blocks of it,
// by size class. Memory that lies unused beyond a limit goes back to the system, and the
// block stays. A block that a stranger may still write to is never used again.

import { closeSync } from "node:fs";
import { OutOfMemoryError } from "../errors.ts";
import { Block, type BlockOwner, ELEMENTS_START } from "./block.ts";
import { type Libc, loadLibc } from "./libc.ts";
import { memoryLimit } from "./limit.ts";
import { canMap, Mapping } from "./mapping.ts";

/** All shared memory of this thread. */
export class SlabPool implements BlockOwner {
  readonly libc: Libc;
  readonly #free: Map<number, Block[]> = new Map();
  /** Blocks in no use that hold memory, the one first that has not been used for longest. */
  readonly #kept: Set<Block> = new Set();
  readonly #maxUsedBytes: number = memoryLimit() / 2;
  /** There was no room for another mapping; until then none is tried. */
  #full: { readonly error: unknown; readonly until: number } | undefined;
  #lastId = 0;
  #idleBytes = 0;
  #usedBytes = 0;

  constructor(libc: Libc) {
    this.libc = libc;
  }

  /**
   * Takes a block for a message of at most `bytes`; its content is anything.
   * @returns Retained once; `undefined` when so much is in use that another would endanger the system.
   * @throws The system has no more memory.
   */
  take(bytes: number): Block | undefined {
    const size = sizeClass(ELEMENTS_START + bytes);
    if (this.#usedBytes + size > this.#maxUsedBytes) return undefined;
    const block = this.#free.get(size)?.pop() ?? this.#make(size);
    this.#usedBytes += size;
    if (this.#kept.delete(block)) this.#idleBytes -= size;
    block.expect(bytes);
    return block.retain();
  }

  /**
   * Maps a part of a slab. V8 reserves 10 GiB of addresses for each mapping, of which a process has
   * some 12 000 times as much, or less where they are limited. Some are left to others who use
   * WebAssembly.
   * @throws {OutOfMemoryError} There is no room.
   */
  map(fd: number, offset: number, bytes: number): Mapping {
    if (mappings >= MAX_MAPPINGS) throw new OutOfMemoryError(`${mappings} arrays are mapped`);
    // V8 collects garbage several times before it says no.
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

  /** Bytes in blocks that are in use. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Bytes that are in no use, and kept for the next. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** Takes a block back. */
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

  /** Lets go of a block that others may still write to. Its memory goes when they do. */
  abandon(block: Block): void {
    this.#usedBytes -= block.bytes;
    this.#discard(block);
    if (block.slab.bytes === block.bytes) closeSync(block.slab.fd);
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

  /** A new block; small ones come several to a slab, the others are left for later. */
  #make(size: number): Block {
    const bytes = size > SMALL_BYTES ? size : SHARED_SLAB_BYTES;
    const fd = this.libc.create(bytes);
    this.#lastId++;
    const slab = { id: this.#lastId, bytes, fd, path: `/proc/${process.pid}/fd/${fd}` };
    for (let offset = size; offset < bytes; offset += size) {
      this.#addFree(new Block(this, slab, offset, size));
    }
    return new Block(this, slab, 0, size);
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

/** This thread's shared memory, made on first use. `undefined` where there can be none. */
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
const SMALL_BYTES = 1 << 20;
const SHARED_SLAB_BYTES = 1 << 24;
const MAX_IDLE_BYTES = 2 ** 29;
