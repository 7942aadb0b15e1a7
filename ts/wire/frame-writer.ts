import { ArgumentError } from "../errors.ts";
import { FRAME_HEADER_BYTES } from "./frames.ts";
import type { Packer } from "./packer.ts";

/** What is sent in a frame. */
export interface FrameBody {
  /** When it throws, nothing of the frame stays. */
  write(body: Packer): void;
}

/**
 * Appends a frame to the packer.
 * @throws {ArgumentError} The body exceeds `maxBytes`.
 */
export function appendFrame(
  packer: Packer,
  id: number,
  kind: number,
  body: FrameBody,
  maxBytes: number,
): void {
  const start = packer.length;
  try {
    packer.u32(0);
    packer.u32(id);
    packer.u32(kind);
    body.write(packer);
    const length = packer.length - start - FRAME_HEADER_BYTES;
    checkFrameLength(length, maxBytes, "request");
    packer.u32At(start, length);
  } catch (error) {
    packer.rewind(start);
    throw error;
  }
}

/** @throws {ArgumentError} A body of `bytes` bytes exceeds the limit. */
export function checkFrameLength(bytes: number, maxBytes: number, what: string): void {
  if (bytes > maxBytes) {
    throw new ArgumentError(
      `${what}: a message of ${bytes} bytes is longer than the limit of ${maxBytes} (option maxMessageBytes)`,
    );
  }
}
