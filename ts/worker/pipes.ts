import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import { mayShare } from "../memory/may-share.ts";
import { InputPoll } from "./input-poll.ts";

/** The two ways of a conversation with a worker. */
export interface Pipes {
  readonly requests: RequestPipe;
  readonly replies: Socket;
  /** Looks for replies. */
  readonly input: InputPoll;
}

/** The end of a pipe that requests go into. */
export class RequestPipe {
  readonly socket: Socket;
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
    this.socket = new Socket({ fd, readable: false, writable: true });
  }

  /** Sends bytes, in order. They stay unchanged while {@link queuedBytes} is not 0. */
  write(bytes: Uint8Array): void {
    // What the pipe has room for goes at once: a stream takes 1 µs more, and makes garbage.
    const sent = this.queuedBytes === 0 ? this.#writeNow(bytes) : 0;
    if (sent < bytes.byteLength) this.socket.write(bytes.subarray(sent));
  }

  get queuedBytes(): number {
    return this.socket.writableLength;
  }

  #writeNow(bytes: Uint8Array): number {
    // The number of a closed file may be another's by now.
    if (this.socket.destroyed) return 0;
    try {
      return writeSync(this.#fd, bytes);
    } catch {
      // The pipe is full; or the worker has gone, which the stream finds out as well.
      return 0;
    }
  }
}

/**
 * What a worker says first: its process id and its descriptors of two pipes, each u32, and the
 * pipes' inodes, each u64. The process is not our child where a script starts it.
 */
export const OFFER_BYTES = 28;
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
  offer: Uint8Array,
  onData: (chunk: Uint8Array) => void,
): Pipes | undefined {
  if (!mayShare()) return undefined;
  const view = new DataView(offer.buffer, offer.byteOffset, OFFER_BYTES);
  const open = (end: number, flags: number): number => {
    const path = `/proc/${view.getUint32(0, true)}/fd/${view.getUint32(4 + 4 * end, true)}`;
    return openSame(path, flags, view.getBigUint64(12 + 8 * end, true));
  };
  const opened: number[] = [];
  try {
    opened.push(open(0, constants.O_WRONLY));
    opened.push(open(1, constants.O_RDONLY));
    const [requests, replies] = opened as [number, number];
    const input = new InputPoll(replies);
    return { replies: reader(replies, onData), requests: new RequestPipe(requests), input };
  } catch {
    for (const fd of opened) closeSync(fd);
    return undefined;
  }
}

/** Opens a file if it is the one that is meant: process ids mean something else in a container. */
function openSame(path: string, flags: number, inode: bigint): number {
  const fd = openSync(path, flags | constants.O_NONBLOCK);
  if (fstatSync(fd, { bigint: true }).ino === inode) return fd;
  closeSync(fd);
  throw new Error(`${path} is another file`);
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
