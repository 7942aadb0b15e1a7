import { closeSync, constants, openSync } from "node:fs";
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";

/** The two ways of a conversation with a worker. */
export interface Pipes {
  readonly requests: Socket;
  readonly replies: Socket;
}

/** What a worker says first: the numbers of its descriptors of two pipes, each u32. */
export const OFFER_BYTES = 8;
/** What it is answered: whether the pipes are used. */
export const TAKEN: Uint8Array = Uint8Array.of(1);
export const DECLINED: Uint8Array = Uint8Array.of(0);

/**
 * Opens the pipes that a worker has made. Node gives its children pairs of sockets only, and
 * reads them into a new buffer each time: a small request and its reply then take 7.1 µs on
 * their way, and 3.7 µs through pipes that are read into one buffer (2026-11-21).
 * @param offer The worker's first {@link OFFER_BYTES}.
 * @param onData Takes what comes, which is valid until it returns.
 * @returns `undefined` where a process's descriptors cannot be opened: then the sockets serve.
 */
export function openPipes(
  pid: number,
  offer: Uint8Array,
  onData: (chunk: Uint8Array) => void,
): Pipes | undefined {
  const view = new DataView(offer.buffer, offer.byteOffset, OFFER_BYTES);
  const path = (at: number): string => `/proc/${pid}/fd/${view.getUint32(at, true)}`;
  let requests: number | undefined;
  try {
    requests = openSync(path(0), constants.O_WRONLY | constants.O_NONBLOCK);
    const replies = openSync(path(4), constants.O_RDONLY | constants.O_NONBLOCK);
    return { requests: writer(requests), replies: reader(replies, onData) };
  } catch {
    if (requests !== undefined) closeSync(requests);
    return undefined;
  }
}

function writer(fd: number): Socket {
  return new Socket({ fd, readable: false, writable: true });
}

function reader(fd: number, onData: (chunk: Uint8Array) => void): Socket {
  const onread = {
    buffer: new Uint8Array(READ_BYTES),
    callback: (count: number, buffer: Uint8Array): boolean => {
      onData(buffer.subarray(0, count));
      return true;
    },
  };
  // The declarations of Node 20 know the option for `connect` only.
  const options: SocketConstructorOpts & ConnectOpts = { fd, writable: false, onread };
  // So that its end is noticed: nothing else reads it.
  return new Socket(options).resume();
}

/** What a pipe holds. */
const READ_BYTES = 1 << 16;
