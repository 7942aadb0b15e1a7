// One frame of the control channel (all numbers little-endian):
//   0 u32 body length in bytes | 4 u32 id | 8 u32 kind | 12 body
// The client chooses a request's id; 0 requests no reply. A reply has the id of its request, and
// replies arrive in the order of the requests.

import { OutOfMemoryError, ProtocolError } from "../errors.ts";

export const FRAME_HEADER_BYTES = 12;

export interface Frame {
  readonly id: number;
  readonly kind: number;
  /** A view, valid only during the callback; copy what is to be kept. */
  readonly body: Uint8Array;
  /** Set where there is no memory for the body, which then is empty. */
  readonly failure?: OutOfMemoryError;
}

/** Splits a stream of chunks, which may be cut anywhere, into frames. */
export class FrameReader {
  readonly #maxBytes: number;
  #rest: Uint8Array = EMPTY;
  #long: LongFrame | undefined;

  /** @param maxBytes Longest accepted body, checked before it is allocated. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Reads the next chunk, which is not kept, and calls `accept` for each frame that it completes.
   * @throws {ProtocolError} A body exceeds the limit; the reader must be discarded.
   */
  push(chunk: Uint8Array, accept: (frame: Frame) => void): void {
    let bytes = chunk;
    if (this.#long !== undefined) {
      bytes = this.#fill(this.#long, bytes, accept);
    } else if (this.#rest.byteLength > 0) {
      bytes = join(this.#rest, chunk);
    }
    this.#rest = this.#cut(bytes, accept);
  }

  #cut(bytes: Uint8Array, accept: (frame: Frame) => void): Uint8Array {
    let at = 0;
    while (bytes.byteLength - at >= FRAME_HEADER_BYTES) {
      const length = u32At(bytes, at);
      if (length > this.#maxBytes) {
        throw new ProtocolError(
          `a frame of ${length} bytes is longer than the limit of ${this.#maxBytes} (maxMessageBytes)`,
        );
      }
      const id = u32At(bytes, at + 4);
      const kind = u32At(bytes, at + 8);
      const start = at + FRAME_HEADER_BYTES;
      if (bytes.byteLength - start < length) {
        if (length < LONG_BYTES) break;
        // Collected in a buffer of its own: joining chunks would copy the start again and again.
        this.#long = longFrame(id, kind, length);
        return this.#fill(this.#long, bytes.subarray(start), accept);
      }
      at = start + length;
      accept({ id, kind, body: bytes.subarray(start, at) });
    }
    // The caller may reuse the chunk's memory.
    return at === bytes.byteLength ? EMPTY : copy(bytes.subarray(at));
  }

  #fill(frame: LongFrame, bytes: Uint8Array, accept: (frame: Frame) => void): Uint8Array {
    const part = bytes.subarray(0, frame.length - frame.filled);
    if (frame.failure === undefined) frame.body.set(part, frame.filled);
    frame.filled += part.byteLength;
    if (frame.filled < frame.length) return EMPTY;
    this.#long = undefined;
    accept(frame);
    return bytes.subarray(part.byteLength);
  }
}

/** Prepares for a long frame, which is skipped if there is no memory for it. */
function longFrame(id: number, kind: number, length: number): LongFrame {
  try {
    return { id, kind, body: newBody(length), length, filled: 0 };
  } catch (error) {
    const failure = error as OutOfMemoryError;
    return { id, kind, body: EMPTY, failure, length, filled: 0 };
  }
}

/** @throws {OutOfMemoryError} There is no memory for a body of this length. */
export function newBody(length: number): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw noMemory(length, cause);
  }
}

/**
 * Copies bytes of a reply into a buffer of their own.
 * @throws {OutOfMemoryError} There is no memory for them.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  try {
    return bytes.slice();
  } catch (cause) {
    throw noMemory(bytes.byteLength, cause);
  }
}

function noMemory(length: number, cause: unknown): OutOfMemoryError {
  return new OutOfMemoryError(`cannot allocate the ${length} bytes of a reply`, { cause });
}

/** Reads a little-endian u32; faster than creating a DataView for a few integers. */
export function u32At(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  const high = (bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8);
  return (low | (high << 16)) >>> 0;
}

/** Copies, which `slice` of a Buffer does not. */
function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.byteLength + tail.byteLength);
  bytes.set(head);
  bytes.set(tail, head.byteLength);
  return bytes;
}

interface LongFrame extends Frame {
  readonly length: number;
  filled: number;
}

const LONG_BYTES = 1 << 15;
const EMPTY = new Uint8Array(0);
