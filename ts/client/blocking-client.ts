import { writeSync } from "node:fs";
import {
  ArgumentError,
  errorFromReply,
  type FutharkError,
  isFutharkError,
  ProtocolError,
  TimeoutError,
} from "../errors.ts";
import { appendFrame, checkFrameLength } from "../wire/frame-writer.ts";
import { FRAME_HEADER_BYTES } from "../wire/frames.ts";
import { ERROR, FREE, LIMIT, requestName } from "../wire/messages.ts";
import { Packer } from "../wire/packer.ts";
import { Unpacker } from "../wire/unpacker.ts";
import type { Channel } from "./channel.ts";
import type { Results } from "./pending-tuple.ts";
import type { BlockingTransport } from "./transport.ts";

/**
 * A {@link Channel} that answers at once: each request waits for its reply. What it
 * returns is the result itself, whatever the interface says; see {@link Channel}.
 */
export class BlockingClient implements Channel {
  readonly #transport: BlockingTransport;
  readonly #maxBytes: number;
  readonly #packer: Packer = new Packer();
  readonly #scratch: Uint8Array = new Uint8Array(1 << 16);
  #afterNext: ((reachable: boolean) => void)[] = [];
  #whileNext: (() => void)[] = [];
  #limitMs: number | undefined;
  /** What the worker is at, and its limit. */
  #running = "";
  #runningLimitMs: number | undefined;
  /** A reply is waited for; what the worker prints meanwhile is given to a function of the user's. */
  #waits = false;
  #scheduled = false;
  #lastId = 0;
  #failure: FutharkError | undefined;
  /** Called before a write: what was put off until there is one. */
  beforeFlush: (() => void) | undefined;
  /** Called when the channel has failed: it gives what later requests are told. */
  onFail: ((error: FutharkError) => FutharkError) | undefined;

  constructor(transport: BlockingTransport, maxMessageBytes: number) {
    this.#transport = transport;
    this.#maxBytes = maxMessageBytes;
  }

  /** Why the channel can no longer be used. */
  get failure(): FutharkError | undefined {
    return this.#failure;
  }

  /** What the worker was at last. */
  get running(): string {
    return this.#running;
  }

  request<T>(
    kind: number,
    write: (body: Packer) => void,
    decode: (reply: Unpacker) => T,
    _results?: Results,
    failed?: (error: unknown) => void,
    label?: string,
  ): Promise<T> {
    if (this.#waits) return this.rejected(reentered(label ?? requestName(kind), this.#running));
    try {
      if (this.#failure !== undefined) throw this.#failure;
      this.#running = label ?? requestName(kind);
      this.#runningLimitMs = this.#limitMs;
      this.#lastId = (this.#lastId % (2 ** 32 - 1)) + 1;
      this.#appendLimited(this.#lastId, kind, write);
      this.#flush();
      for (const run of this.#whileNext) run();
      this.#waits = true;
      const reply = this.#receive(this.#lastId);
      const value = decode(reply);
      reply.end();
      return value as Promise<T>;
    } catch (error) {
      failed?.(error);
      throw error;
    } finally {
      this.#waits = false;
      this.#whileNext = [];
      for (const done of this.#afterNext.splice(0)) done(false);
    }
  }

  post(kind: number, write: (body: Packer) => void): void {
    if (this.#failure !== undefined) return;
    this.#append(0, kind, write);
    if (this.#packer.length >= FLUSH_BYTES) this.#flushUnasked();
    else this.#flushLater();
  }

  afterNext(done: (reachable: boolean) => void): void {
    this.#afterNext.push(done);
  }

  acknowledge(): void {
    if (this.#afterNext.length === 0) return;
    try {
      // It frees nothing: its reply tells that the worker has come so far.
      void this.request(FREE, noop, noop);
    } catch {
      // The worker has ended: the next request reports it.
    }
  }

  whileNext(run: () => void): void {
    this.#whileNext.push(run);
  }

  limitNext(timeoutMs: number | undefined): boolean {
    // The timers of a thread that waits do not run: the worker has one of its own.
    this.#limitMs = timeoutMs;
    return true;
  }

  resolved<T>(value: T): Promise<T> {
    return value as Promise<T>;
  }

  rejected(error: unknown): Promise<never> {
    throw error;
  }

  checkLength(bytes: number, what: string): void {
    checkFrameLength(bytes, this.#maxBytes, what);
  }

  /** Makes every later request throw `error`, and closes the pipes. */
  fail(error: FutharkError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#transport.close();
    this.#failure = this.onFail?.(error) ?? error;
  }

  /** Appends a request, with its limit right before it: none stays behind of one that is refused. */
  #appendLimited(id: number, kind: number, write: (body: Packer) => void): void {
    const limitMs = this.#limitMs;
    if (limitMs === undefined) {
      this.#append(id, kind, write);
      return;
    }
    this.#limitMs = undefined;
    this.beforeFlush?.();
    const start = this.#packer.length;
    try {
      this.#append(0, LIMIT, (body) => body.u32(Math.min(limitMs, 2 ** 31)));
      this.#append(id, kind, write);
    } catch (error) {
      this.#packer.rewind(start);
      throw error;
    }
  }

  #append(id: number, kind: number, write: (body: Packer) => void): void {
    const packer = this.#packer;
    // What was freed goes first: Futhark takes its memory for what comes next.
    if (packer.length === 0) this.beforeFlush?.();
    appendFrame(packer, id, kind, write, this.#maxBytes);
  }

  /** Sends what was posted when the thread gets to rest without another request. */
  #flushLater(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#failure === undefined && this.#packer.length > 0) this.#flushUnasked();
    });
  }

  #flushUnasked(): void {
    try {
      this.#flush();
    } catch {
      // The worker has ended: the next request reports it.
    }
  }

  #flush(): void {
    this.beforeFlush?.();
    const bytes = this.#packer.take();
    try {
      for (let at = 0; at < bytes.byteLength; ) {
        at += writeSync(this.#transport.requests, bytes, at);
      }
    } catch {
      // The other end is closed.
      throw this.#ended();
    }
  }

  #receive(id: number): Unpacker {
    const scratch = this.#scratch;
    let filled = 0;
    this.#transport.lookOut.wait();
    while (filled < FRAME_HEADER_BYTES) filled += this.#read(scratch, filled);
    const view = new DataView(scratch.buffer);
    const length = view.getUint32(0, true);
    const got = view.getUint32(4, true);
    const kind = view.getUint32(8, true);
    if (got !== id || length > this.#maxBytes) {
      const error = new ProtocolError(
        `expected a reply to ${id} of ${this.#maxBytes} bytes at most, got one to ${got} of ${length} bytes`,
      );
      this.fail(error);
      throw error;
    }
    const body = this.#body(length, filled);
    const reply = new Unpacker(body);
    if (kind === ERROR) throw errorFromReply(reply.text());
    return reply;
  }

  /** The body of a reply whose header, and perhaps more, is in the scratch buffer. */
  #body(length: number, filled: number): Uint8Array {
    const end = FRAME_HEADER_BYTES + length;
    if (end <= this.#scratch.byteLength) {
      let at = filled;
      while (at < end) at += this.#read(this.#scratch, at);
      return this.#scratch.subarray(FRAME_HEADER_BYTES, end);
    }
    const body = new Uint8Array(length);
    body.set(this.#scratch.subarray(FRAME_HEADER_BYTES, filled));
    for (let at = filled - FRAME_HEADER_BYTES; at < length; ) at += this.#read(body, at);
    return body;
  }

  #read(into: Uint8Array, at: number): number {
    let count: number;
    try {
      count = this.#transport.read(into, at);
    } catch (error) {
      if (isFutharkError(error)) throw error;
      // The system cannot read from the pipe: nothing more will come.
      throw this.#ended();
    }
    if (count === 0) throw this.#ended();
    return count;
  }

  #ended(): FutharkError {
    const exit = this.#transport.exitError(this.#running);
    const limitMs = this.#runningLimitMs;
    const late = limitMs !== undefined && exit.signal === "SIGALRM";
    const error = late
      ? new TimeoutError(`${this.#running}: took longer than ${limitMs} ms; its worker was ended`, {
          cause: exit,
        })
      : exit;
    this.fail(error);
    return error;
  }
}

function noop(): void {}

function reentered(what: string, running: string): ArgumentError {
  return new ArgumentError(
    `${what}: the function of option output was called during ${running}, and cannot call the module`,
  );
}

const FLUSH_BYTES = 1 << 16;
