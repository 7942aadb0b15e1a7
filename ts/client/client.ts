import {
  ArgumentError,
  errorFromWire,
  type FutharkError,
  ProtocolError,
  type WireError,
} from "../errors.ts";
import { FRAME_HEADER_BYTES, type Frame, FrameReader } from "../wire/frames.ts";
import { ERROR, OK } from "../wire/messages.ts";
import { Packer } from "../wire/packer.ts";
import { Unpacker } from "../wire/unpacker.ts";
import type { Channel } from "./channel.ts";
import { Pending } from "./pending.ts";
import type { Slot } from "./slot.ts";

/** A stream of bytes to a worker and back. */
export interface Transport {
  /** Sends bytes, in order. They stay unchanged. */
  write(bytes: Uint8Array): void;
  /** Whether a wait for the worker keeps Node running: true while a request is unanswered. */
  hold(yes: boolean): void;
  /** Sets who takes the worker's bytes, and who learns of its end. */
  listen(onData: (chunk: Uint8Array) => void, onEnd: (error: FutharkError) => void): void;
  /** Ends the worker at once. */
  kill(): void;
  /** Resolves when the worker is gone; keeps Node running until then. */
  gone(): Promise<void>;
}

interface Request {
  readonly id: number;
  readonly decode: (reply: Unpacker) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly done: readonly (() => void)[];
}

/** Requests and replies over a {@link Transport}: ids, pending calls, many frames per write. */
export class Client implements Channel {
  readonly #transport: Transport;
  readonly #reader: FrameReader;
  readonly #maxBytes: number;
  readonly #packer: Packer = new Packer();
  #pending: Request[] = [];
  #answered = 0;
  #afterNext: (() => void)[] = NOTHING;
  #lastId = 0;
  #scheduled = false;
  #failure: FutharkError | undefined;
  /** Called before a write: what was put off until there is one. */
  beforeFlush: (() => void) | undefined;

  constructor(transport: Transport, maxMessageBytes: number) {
    this.#transport = transport;
    this.#maxBytes = maxMessageBytes;
    this.#reader = new FrameReader(maxMessageBytes);
    transport.listen(
      (chunk) => this.#receive(chunk),
      (error) => this.fail(error),
    );
  }

  /** Why the channel can no longer be used. */
  get failure(): FutharkError | undefined {
    return this.#failure;
  }

  request<T>(
    kind: number,
    write: (body: Packer) => void,
    decode: (reply: Unpacker) => T,
    slots?: readonly Slot[],
  ): Promise<T> {
    const start = (resolve: (value: T) => void, reject: (error: unknown) => void): void => {
      if (this.#failure !== undefined) throw this.#failure;
      this.#lastId = (this.#lastId % MAX_ID) + 1;
      const id = this.#lastId;
      this.#append(id, kind, write);
      this.#pending.push({ id, decode, resolve, reject, done: this.#afterNext });
      this.#afterNext = NOTHING;
      if (this.#pending.length - this.#answered === 1) this.#transport.hold(true);
    };
    return slots === undefined ? new Promise(start) : new Pending(start, slots);
  }

  post(kind: number, write: (body: Packer) => void): void {
    if (this.#failure === undefined) this.#append(0, kind, write);
  }

  afterNext(done: () => void): void {
    if (this.#afterNext === NOTHING) this.#afterNext = [];
    this.#afterNext.push(done);
  }

  limitNext(): boolean {
    return false;
  }

  resolved<T>(value: T): Promise<T> {
    return Promise.resolve(value);
  }

  rejected(error: unknown): Promise<never> {
    return Promise.reject(error);
  }

  checkLength(bytes: number, what: string): void {
    if (bytes > this.#maxBytes) {
      throw new ArgumentError(
        `${what}: a message of ${bytes} bytes is longer than the limit of ${this.#maxBytes} (option maxMessageBytes)`,
      );
    }
  }

  /** Rejects every pending request, and every later one, with `error`. */
  fail(error: FutharkError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    const pending = this.#pending.slice(this.#answered);
    this.#pending = [];
    this.#answered = 0;
    this.#transport.hold(false);
    for (const request of pending) {
      request.reject(error);
      for (const done of request.done) done();
    }
  }

  #append(id: number, kind: number, write: (body: Packer) => void): void {
    const packer = this.#packer;
    const start = packer.length;
    try {
      packer.u32(0);
      packer.u32(id);
      packer.u32(kind);
      write(packer);
      const length = packer.length - start - FRAME_HEADER_BYTES;
      this.checkLength(length, "request");
      packer.u32At(start, length);
    } catch (error) {
      packer.rewind(start);
      throw error;
    }
    if (packer.length >= FLUSH_BYTES) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => this.#flush());
    }
  }

  #flush(): void {
    this.beforeFlush?.();
    this.#scheduled = false;
    if (this.#packer.length > 0) this.#transport.write(this.#packer.take());
  }

  #receive(chunk: Uint8Array): void {
    // Node's chunks are Buffers, whose `slice` does not copy.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    try {
      this.#reader.push(bytes, (frame) => this.#settle(frame));
    } catch (error) {
      this.fail(error as FutharkError);
      this.#transport.kill();
      return;
    }
    if (this.#answered === this.#pending.length) {
      this.#pending = [];
      this.#answered = 0;
      this.#transport.hold(false);
    } else if (this.#answered > MAX_ANSWERED) {
      this.#pending = this.#pending.slice(this.#answered);
      this.#answered = 0;
    }
  }

  #settle({ id, kind, body }: Frame): void {
    const request = this.#pending[this.#answered];
    if (request === undefined || request.id !== id) {
      throw new ProtocolError(`expected a reply to ${request?.id ?? "nothing"}, got one to ${id}`);
    }
    this.#answered++;
    try {
      const reply = new Unpacker(body);
      if (kind === OK) {
        const value = request.decode(reply);
        reply.end();
        request.resolve(value as never);
      } else if (kind === ERROR) {
        request.reject(errorFromWire(JSON.parse(reply.text()) as WireError));
      } else {
        throw new ProtocolError(`a reply of unknown kind ${kind}`);
      }
    } catch (error) {
      request.reject(error);
    } finally {
      for (const done of request.done) done();
    }
  }
}

const NOTHING: never[] = [];
const MAX_ID = 2 ** 32 - 1;
const FLUSH_BYTES = 1 << 16;
const MAX_ANSWERED = 1 << 12;
