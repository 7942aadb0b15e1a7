// One message between JavaScript and Python objects, in a frame of the control channel's form:
//   u32 length | u32 length of the JSON | u32 0 | JSON | parts
// Each part begins at the next multiple of 64 bytes; `parts` in the JSON has their sizes.

import { FRAME_HEADER_BYTES, type Frame } from "../wire/frames.ts";

/** What a message says; its parts are bytes that it refers to by number. */
export interface Message {
  readonly body: Readonly<Record<string, unknown>>;
  readonly parts: readonly Uint8Array[];
}

/** The bytes of a frame, in pieces to be sent one after the other: the first has all but the parts. */
export function packMessage({ body, parts }: Message): Uint8Array[] {
  const sizes = parts.map((part) => part.byteLength);
  const json = JSON.stringify(sizes.length === 0 ? body : { ...body, parts: sizes });
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
  head.writeUInt32LE(at, 0);
  head.writeUInt32LE(jsonBytes, 4);
  head.writeUInt32LE(0, 8);
  return pieces;
}

/** Reads a frame; the parts are views of it. */
export function unpackMessage({ id: jsonBytes, body }: Frame): Message {
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

const ALIGN = 64;
