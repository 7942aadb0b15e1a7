// Shared memory as an ArrayBuffer. The buffer is that of a WebAssembly memory, over whose pages a
// file of memory is mapped. This way the mapping is V8's own: it goes with the last view of the
// buffer, or with its thread, however that ends; nobody can transfer or detach the buffer, and
// we can take it back, which leaves every view of it empty.
//
// An ArrayBuffer over foreign memory has none of that: nothing tells when a transferred one is
// done with, and from Node 24 on one that is marked as untransferable ends the process at exit.

import { OutOfMemoryError } from "../errors.ts";
import type { Libc } from "./libc.ts";

/** What TypeScript declares with the DOM only. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
};

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Whatever the number, a buffer that was taken before is detached. */
  grow(pages: number): number;
}

/** Whether there is a WebAssembly at all: `--jitless` has none. */
export function canMap(): boolean {
  return "WebAssembly" in globalThis;
}

/** What the size of a mapping, and its place in the file, are multiples of: at least a page. */
export const MAPPING_UNIT: number = 2 ** 16;
/** A WebAssembly memory, less a unit: an ArrayBuffer of 2^32 bytes does not exist everywhere. */
export const MAX_MAPPING_BYTES: number = 2 ** 32 - MAPPING_UNIT;

/** A part of a file of memory, mapped for reading and writing. */
export class Mapping {
  readonly #memory: WasmMemory;

  /** @throws {OutOfMemoryError} The system, or V8, has no more room for it. */
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

  /** Makes all views that were taken so far empty, and the memory available by a new buffer. */
  revoke(): void {
    this.#memory.grow(0);
  }
}
