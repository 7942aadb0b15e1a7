// Messages between JavaScript and Python objects use the frame format of the control channel:
//   u32 length | u32 length of the JSON | u32 tag | JSON | parts
// Each part starts at a multiple of 64 bytes; `parts` in the JSON lists their sizes. The tag is
// twice the id of a request (also in its reply), or twice the id of a question plus 1, so that an
// unreadable message still fails the request or question that it belongs to.

import { ArgumentError, ProtocolError } from "../errors.ts";
import { FRAME_HEADER_BYTES, type Frame } from "../wire/frames.ts";

/** A message: a JSON body, and binary parts that it refers to by index. */
export interface Message {
  readonly body: Readonly<Record<string, unknown>>;
  readonly parts: readonly Uint8Array[];
}

/**
 * Returns the bytes of a frame in pieces, to be sent in order; the first holds all but the parts.
 * @throws {ArgumentError} The message exceeds the maximum length of a string or of a frame.
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
    throw new ArgumentError(`python: expected a message of at most ${MAX_BYTES} bytes, got ${at}`);
  }
  head.writeUInt32LE(at, 0);
  head.writeUInt32LE(jsonBytes, 4);
  head.writeUInt32LE(tag % 2 ** 32, 8);
  return pieces;
}

/** Decodes a frame; the parts are views of it. If it is unreadable, the error is in `unread`. */
export function unpackMessage(frame: Frame): Message {
  try {
    return unpack(frame);
  } catch (cause) {
    const unread = new ProtocolError(`python: cannot decode a message: ${cause}`, { cause });
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
    throw new ArgumentError(`python: cannot encode the arguments as JSON: ${cause}`, { cause });
  }
}

const ALIGN = 64;
export const MAX_BYTES: number = 2 ** 32 - 1;
