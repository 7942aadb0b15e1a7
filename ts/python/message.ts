// One message between JavaScript and Python objects, in a frame of the control channel's form:
//   u32 length | u32 length of the JSON | u32 tag | JSON | parts
// Each part begins at the next multiple of 64 bytes; `parts` in the JSON has their sizes. The tag is
// twice the number of the request that it is, or that it replies to; or of the question, and 1. So
// one that cannot be read still fails what it belongs to.

import { ArgumentError, ProtocolError } from "../errors.ts";
import { FRAME_HEADER_BYTES, type Frame } from "../wire/frames.ts";

/** What a message says; its parts are bytes that it refers to by number. */
export interface Message {
  readonly body: Readonly<Record<string, unknown>>;
  readonly parts: readonly Uint8Array[];
}

/**
 * The bytes of a frame, in pieces to be sent one after the other: the first has all but the parts.
 * @throws {ArgumentError} Its text is longer than a string can be.
 */
export function packMessage({ body, parts }: Message, tag: number): Uint8Array[] {
  const sizes = parts.map((part) => part.byteLength);
  const json = stringify(sizes.length === 0 ? body : { ...body, parts: sizes });
  const jsonBytes = Buffer.byteLength(json);
  const head = Buffer.allocUnsafe(FRAME_HEADER_BYTES + jsonBytes);
  head.write(json, FRAME_HEADER_BYTES);
  const pieces: Uint8Array[] = [head];
  let at = jsonBytes;
  for (const part of parts) {
    const gap = padding(at);
    pieces.push(new Uint8Array(gap), part);
    at += gap + part.byteLength;
  }
  if (at > MAX_BYTES) {
    throw new ArgumentError(`python: a message of ${at} bytes is longer than ${MAX_BYTES}`);
  }
  head.writeUInt32LE(at, 0);
  head.writeUInt32LE(jsonBytes, 4);
  head.writeUInt32LE(tag % 2 ** 32, 8);
  return pieces;
}

/** Reads a frame; the parts are views of it. One that cannot be read has the error as `unread`. */
export function unpackMessage(frame: Frame): Message {
  try {
    return unpack(frame);
  } catch (cause) {
    const unread = new ProtocolError(`python: a message could not be read: ${cause}`, { cause });
    const number = Math.floor(frame.kind / 2);
    return { body: { [frame.kind % 2 === 1 ? "ask" : "reply"]: number, unread }, parts: [] };
  }
}

function unpack({ id: jsonBytes, body }: Frame): Message {
  const text = Buffer.from(body.buffer, body.byteOffset, jsonBytes).toString();
  const said = JSON.parse(text) as Record<string, unknown> & { parts?: number[] };
  let at = jsonBytes;
  const parts = (said.parts ?? []).map((size) => {
    const start = at + padding(at);
    at = start + size;
    return body.subarray(start, at);
  });
  return { body: said, parts };
}

function padding(at: number): number {
  return (ALIGN - (at % ALIGN)) % ALIGN;
}

function stringify(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new ArgumentError(`python: what is to be sent has too much text: ${cause}`, { cause });
  }
}

const ALIGN = 64;
export const MAX_BYTES: number = 2 ** 32 - 1;
