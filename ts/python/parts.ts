// The binary parts of messages. Large ones are in shared memory: those to Python in blocks of our
// slabs (`shared-parts.ts`), those from Python in files in memory, opened by a path under /proc.

import { closeSync, openSync, readSync } from "node:fs";
import { OutOfMemoryError } from "../errors.ts";
import { slabPool } from "../memory/slab-pool.ts";

/** A part to be sent: bytes, with those of a header and a footer around them. */
export interface Part {
  readonly header: Uint8Array;
  readonly data: Uint8Array;
  readonly footer: Uint8Array;
}

export function partBytes({ header, data, footer }: Part): number {
  return header.byteLength + data.byteLength + footer.byteLength;
}

/** A part that was received. */
export interface ReceivedPart {
  readonly byteLength: number;
  /** Returns a copy of a range of its bytes, in a buffer of its own. */
  copy(start: number, end: number): Uint8Array<ArrayBuffer>;
}

/** A part in a frame, whose memory is reused. */
export function framedPart(bytes: Uint8Array): ReceivedPart {
  return { byteLength: bytes.byteLength, copy: (start, end) => bytes.slice(start, end) };
}

/** A part in a file of the worker, which keeps it until it is told that the part was read. */
export class FilePart implements ReceivedPart {
  readonly descriptor: number;
  readonly byteLength: number;
  readonly #path: string;
  #file: number | undefined;

  constructor(pid: number, descriptor: number, byteLength: number) {
    this.descriptor = descriptor;
    this.byteLength = byteLength;
    this.#path = `/proc/${pid}/fd/${descriptor}`;
  }

  /** @throws {OutOfMemoryError} There is no descriptor, or no memory, left. */
  copy(start: number, end: number): Uint8Array<ArrayBuffer> {
    try {
      const copied = new Uint8Array(end - start);
      if (copied.byteLength >= LARGE_BYTES) slabPool()?.libc.useLargePages(copied);
      this.#file ??= openSync(this.#path, "r");
      for (let done = 0; done < copied.byteLength; ) {
        const length = Math.min(copied.byteLength - done, MAX_READ_BYTES);
        const count = readSync(this.#file, copied, done, length, start + done);
        if (count === 0) throw new Error(`the file ends after ${start + done} bytes`);
        done += count;
      }
      return copied;
    } catch (cause) {
      const { message } = cause as Error;
      throw new OutOfMemoryError(
        `python: a result of ${this.byteLength} bytes in shared memory cannot be read: ${message}`,
        { cause },
      );
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** From here on large pages halve the time, as most of it is page faults. */
const LARGE_BYTES = 1 << 22;
/** Below Node's limit for one read. */
const MAX_READ_BYTES = 2 ** 30;
