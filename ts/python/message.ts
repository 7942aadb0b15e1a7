// Messages between JavaScript and Python objects use the frame format of the control channel:
//   u32 length | u32 length of the JSON | u32 tag | JSON | parts
// Each part starts at a multiple of 64 bytes; `parts` in the JSON lists the sizes of those in the
// frame, and the places of those in shared memory. The tag is twice the id of a request (also in its
// reply), or twice the id of a question plus 1, so that an unreadable message still fails the request
// or question that it belongs to.

import { ArgumentError, ProtocolError } from "../errors.ts";
import { FRAME_HEADER_BYTES, type Frame } from "../wire/frames.ts";
import { FilePart, framedPart, type Part, partBytes, type ReceivedPart } from "./parts.ts";
import type { SlabPlace } from "./shared-parts.ts";

/** A message to be sent: a JSON body, and binary parts that it refers to by index. */
export interface Message {
  readonly body: Readonly<Record<string, unknown>>;
  readonly parts: readonly (Part | SlabPlace)[];
}

/** A message that was received. */
export interface ReceivedMessage {
  readonly body: Readonly<Record<string, unknown>>;
  readonly parts: readonly ReceivedPart[];
}

/**
 * Returns the bytes of a frame in pieces, to be sent in order; the first holds all but the parts.
 * @throws {ArgumentError} The message exceeds the maximum length of a string or of a frame.
 */
export function packMessage({ body, parts }: Message, tag: number): Uint8Array[] {
  const places = parts.map((part) => ("data" in part ? partBytes(part) : part));
  const json = stringify(places.length === 0 ? body : { ...body, parts: places });
  const jsonBytes = Buffer.byteLength(json);
  const head = Buffer.allocUnsafe(FRAME_HEADER_BYTES + jsonBytes);
  head.write(json, FRAME_HEADER_BYTES);
  const pieces: Uint8Array[] = [head];
  let at = jsonBytes;
  for (const part of parts) {
    if (!("data" in part)) continue;
    const gap = padding(at);
    // The caller may change the data before the socket has taken it.
    pieces.push(new Uint8Array(gap), part.header, part.data.slice(), part.footer);
    at += gap + partBytes(part);
  }
  if (at > MAX_BYTES) {
    throw new ArgumentError(`python: expected a message of at most ${MAX_BYTES} bytes, got ${at}`);
  }
  head.writeUInt32LE(at, 0);
  head.writeUInt32LE(jsonBytes, 4);
  head.writeUInt32LE(tag % 2 ** 32, 8);
  return pieces;
}

/**
 * Decodes a frame of the process `pid`. Parts within it are views of it. If it is unreadable, the
 * error is in `unread`.
 */
export function unpackMessage(frame: Frame, pid: number): ReceivedMessage {
  try {
    return unpack(frame, pid);
  } catch (cause) {
    const unread = new ProtocolError(`python: cannot decode a message: ${cause}`, { cause });
    const number = Math.floor(frame.kind / 2);
    return { body: { [frame.kind % 2 === 1 ? "ask" : "reply"]: number, unread }, parts: [] };
  }
}

/** What the JSON of a message from Python says of its parts: sizes, or descriptors and sizes. */
interface WithParts extends Record<string, unknown> {
  readonly parts?: readonly (number | readonly [descriptor: number, bytes: number])[];
}

function unpack({ id: jsonBytes, body }: Frame, pid: number): ReceivedMessage {
  const text = Buffer.from(body.buffer, body.byteOffset, jsonBytes).toString();
  const said: WithParts = JSON.parse(text);
  let at = jsonBytes;
  const parts = (said.parts ?? []).map((place) => {
    if (typeof place !== "number") return new FilePart(pid, ...place);
    const start = at + padding(at);
    at = start + place;
    return framedPart(body.subarray(start, at));
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
