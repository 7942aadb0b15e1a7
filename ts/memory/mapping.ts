// Shared memory as an ArrayBuffer: the buffer of a WebAssembly memory, over whose pages a memory
// file is mapped. V8 owns the mapping, so it is released with the last view of the buffer, or with
// its thread, however that ends. Users cannot transfer or detach the buffer, and growing the memory
// by 0 pages revokes it, which leaves every view empty.
//
// An external ArrayBuffer has none of these properties: there is no notice when a transferred one
// is released, and from Node 24 on one marked as untransferable aborts the process at exit.

import { OutOfMemoryError } from "../errors.ts";
import type { Libc } from "./libc.ts";

/** TypeScript declares WebAssembly only in its DOM library. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
};

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Detaches the previous buffer, even for 0 pages. */
  grow(pages: number): number;
}

/** Whether WebAssembly is available; with `--jitless` it is not. */
export function canMap(): boolean {
  return "WebAssembly" in globalThis;
}

/** Alignment of the size and the file offset of mappings: a WebAssembly page. */
export const MAPPING_UNIT: number = 2 ** 16;
/** Largest mapping: a unit less than 2^32 bytes, which not every engine's ArrayBuffer can have. */
export const MAX_MAPPING_BYTES: number = 2 ** 32 - MAPPING_UNIT;

/** A part of a memory file, mapped for reading and writing. */
export class Mapping {
  readonly #memory: WasmMemory;

  /** @throws {OutOfMemoryError} The system or V8 cannot map as much. */
  constructor(libc: Libc, fd: number, offset: number, bytes: number) {
    const pages = bytes / MAPPING_UNIT;
    try {
      this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
      libc.mapOver(this.#memory.buffer, fd, offset);
    } catch (cause) {
      throw new OutOfMemoryError(`no room to map ${bytes} bytes of shared memory`, { cause });
    }
  }

  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  /** Makes all existing views empty; the memory stays accessible by a new `buffer`. */
  revoke(): void {
    this.#memory.grow(0);
  }
}
