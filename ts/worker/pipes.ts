import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import { mayShare } from "../memory/may-share.ts";
import { InputPoll } from "./input-poll.ts";

/** The pipes to and from a worker. */
export interface Pipes {
  readonly requests: RequestPipe;
  readonly replies: Socket;
  /** The non-blocking check for replies. */
  readonly input: InputPoll;
}

/** The write end of the request pipe. */
export class RequestPipe {
  readonly socket: Socket;
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
    this.socket = new Socket({ fd, readable: false, writable: true });
  }

  /** Sends bytes, in order. They must not be modified while {@link queuedBytes} is not 0. */
  write(bytes: Uint8Array): void {
    // Writes directly what fits into the pipe: a stream is slower and creates garbage.
    const sent = this.queuedBytes === 0 ? this.#writeNow(bytes) : 0;
    if (sent < bytes.byteLength) this.socket.write(bytes.subarray(sent));
  }

  get queuedBytes(): number {
    return this.socket.writableLength;
  }

  #writeNow(bytes: Uint8Array): number {
    // The number of a closed descriptor may already be reused.
    if (this.socket.destroyed) return 0;
    try {
      return writeSync(this.#fd, bytes);
    } catch {
      // The pipe is full, or the worker has exited, which the stream detects as well.
      return 0;
    }
  }
}

/**
 * The length of a worker's first message: its process id and its descriptors of two pipes (u32
 * each), and the inodes of the pipes (u64 each). A process started by a script is not our child.
 */
export const OFFER_BYTES = 28;
/** The answers to the offer: whether the pipes are used. */
export const TAKEN: Uint8Array = Uint8Array.of(1);
export const DECLINED: Uint8Array = Uint8Array.of(0);

/**
 * Opens the pipes that a worker has created. For its children, Node creates only socket pairs,
 * which it reads into a new buffer each time. Pipes read into a reused buffer have a lower latency.
 * @param offer The worker's first {@link OFFER_BYTES} bytes.
 * @param onData Receives data that is valid only during the call.
 * @returns `undefined` if the descriptors cannot be opened, so that the sockets must be used.
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

/** Opens a file if its inode matches: in a container, a process id may name another process. */
function openSame(path: string, flags: number, inode: bigint): number {
  const fd = openSync(path, flags | constants.O_NONBLOCK);
  if (fstatSync(fd, { bigint: true }).ino === inode) return fd;
  closeSync(fd);
  throw new Error(`${path} has another inode than expected`);
}

function reader(fd: number, onData: (chunk: Uint8Array) => void): Socket {
  const onread = {
    buffer: new Uint8Array(READ_BYTES),
    callback: (count: number, buffer: Uint8Array): boolean => {
      onData(buffer.subarray(0, count));
      return true;
    },
  };
  // The type declarations of Node 20 have this option only for `connect`.
  const options: SocketConstructorOpts & ConnectOpts = { fd, writable: false, onread };
  // Start reading, so that the end of the stream is detected.
  return new Socket(options).resume();
}

/** The capacity of a pipe, as the worker sets it. */
const READ_BYTES = 1 << 17;
