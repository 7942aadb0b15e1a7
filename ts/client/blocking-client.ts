import { writeSync } from "node:fs";
import {
  ArgumentError,
  type FutharkError,
  isFutharkError,
  ProtocolError,
  TimeoutError,
} from "../errors.ts";
import { appendFrame, checkFrameLength, type FrameBody } from "../wire/frame-writer.ts";
import { FRAME_HEADER_BYTES, newBody } from "../wire/frames.ts";
import { ERROR, FREE, LIMIT, requestName } from "../wire/messages.ts";
import { Packer } from "../wire/packer.ts";
import { errorFromReply } from "../wire/replies.ts";
import { Unpacker } from "../wire/unpacker.ts";
import type { Channel } from "./channel.ts";
import type { Request } from "./request.ts";
import { ImmediateResults } from "./results.ts";
import type { BlockingTransport } from "./transport.ts";

/** A {@link Channel} whose requests block until the reply arrives. */
export class BlockingClient extends ImmediateResults implements Channel<"blocking"> {
  readonly #transport: BlockingTransport;
  readonly #maxBytes: number;
  #packer: Packer = new Packer();
  #scratch: Uint8Array = new Uint8Array(1 << 17);
  #afterNext: ((reachable: boolean) => void)[] = [];
  /** The label and time limit of the most recent request. */
  #running = "";
  #runningLimitMs: number | undefined;
  /** Set while waiting for a reply. The user's output listener may run during this time. */
  #waits = false;
  #scheduled = false;
  #lastId = 0;
  #failure: FutharkError | undefined;
  /** Called before each write, to append deferred messages. */
  beforeFlush: (() => void) | undefined;
  /** Called when the channel fails; returns the error that later requests throw. */
  onFail: ((error: FutharkError) => FutharkError) | undefined;

  constructor(transport: BlockingTransport, maxMessageBytes: number) {
    super();
    this.#transport = transport;
    this.#maxBytes = maxMessageBytes;
  }

  /** The error that made the channel unusable, if any. */
  get failure(): FutharkError | undefined {
    return this.#failure;
  }

  /** The label of the most recent request. */
  get running(): string {
    return this.#running;
  }

  request<T>(request: Request<T>): T {
    if (this.#waits) throw reentered(request.label ?? requestName(request.kind), this.#running);
    try {
      if (this.#failure !== undefined) throw this.#failure;
      this.#running = request.label ?? requestName(request.kind);
      this.#runningLimitMs = request.limitMs;
      this.#lastId = (this.#lastId % (2 ** 32 - 1)) + 1;
      this.#appendLimited(this.#lastId, request);
      this.#flush();
      request.meanwhile?.();
      this.#waits = true;
      const reply = this.#receive(this.#lastId);
      const value = request.decode(reply);
      reply.end();
      return value;
    } catch (error) {
      request.failed?.(error);
      throw error;
    } finally {
      this.#waits = false;
      if (this.#afterNext.length > 0) for (const done of this.#afterNext.splice(0)) done(false);
    }
  }

  post(kind: number, write: (body: Packer) => void): void {
    if (this.#failure !== undefined) return;
    this.#append(0, kind, { write });
    if (this.#packer.length >= FLUSH_BYTES) this.#flushUnasked(requestName(kind));
    else this.#flushLater();
  }

  afterNext(done: (reachable: boolean) => void): void {
    this.#afterNext.push(done);
  }

  acknowledge(): void {
    if (this.#afterNext.length === 0) return;
    try {
      // An empty FREE has no effect; its reply confirms that the worker has read what came before.
      this.request({ kind: FREE, write: noop, decode: noop });
    } catch {
      // The worker has exited; the next request reports it.
    }
  }

  checkLength(bytes: number, what: string): void {
    checkFrameLength(bytes, this.#maxBytes, what);
  }

  /** Makes every later request throw `error`, closes the pipes and frees the buffers. */
  fail(error: FutharkError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#transport.close();
    // The worker's end keeps a reference to this client until the event loop reports it.
    this.#packer = new Packer(0);
    this.#scratch = new Uint8Array(0);
    this.#failure = this.onFail?.(error) ?? error;
  }

  /** Appends a request, preceded by its time limit if any. Appends both or neither. */
  #appendLimited(id: number, request: Request<unknown>): void {
    const { kind, limitMs } = request;
    if (limitMs === undefined) {
      this.#append(id, kind, request);
      return;
    }
    // Timers do not fire while this thread is blocked, so the worker enforces the limit.
    this.beforeFlush?.();
    const start = this.#packer.length;
    try {
      this.#append(0, LIMIT, { write: (body) => body.u32(Math.min(limitMs, 2 ** 31)) });
      this.#append(id, kind, request);
    } catch (error) {
      this.#packer.rewind(start);
      throw error;
    }
  }

  #append(id: number, kind: number, body: FrameBody): void {
    const packer = this.#packer;
    // Frees go first, so that Futhark can reuse the memory for the next request.
    if (packer.length === 0) this.beforeFlush?.();
    appendFrame(packer, id, kind, body, this.#maxBytes);
  }

  /** Schedules a flush of posted messages, in case no request follows in this turn. */
  #flushLater(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#failure === undefined && this.#packer.length > 0) this.#flushUnasked();
    });
  }

  #flushUnasked(running: string = this.#running): void {
    this.#running = running;
    try {
      this.#flush();
    } catch {
      // The worker has exited; the next request reports it.
    }
  }

  #flush(): void {
    this.beforeFlush?.();
    const bytes = this.#packer.take();
    for (let at = 0; at < bytes.byteLength; ) {
      try {
        at += writeSync(this.#transport.requests, bytes, at);
      } catch (error) {
        // Otherwise the worker has closed its end of the pipe.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw this.#ended();
        this.#transport.pause();
      }
    }
  }

  #receive(id: number): Unpacker {
    const scratch = this.#scratch;
    let filled = 0;
    this.#transport.spinWait.wait();
    while (filled < FRAME_HEADER_BYTES) filled += this.#read(scratch, filled);
    const view = new DataView(scratch.buffer);
    const length = view.getUint32(0, true);
    const got = view.getUint32(4, true);
    const kind = view.getUint32(8, true);
    if (got !== id || length > this.#maxBytes) {
      const error = new ProtocolError(
        `expected a reply to request ${id} of at most ${this.#maxBytes} bytes, got a reply to ${got} of ${length} bytes`,
      );
      this.fail(error);
      throw error;
    }
    const body = this.#body(length, filled);
    const reply = new Unpacker(body);
    if (kind === ERROR) throw errorFromReply(reply.text());
    return reply;
  }

  /** Reads the rest of a reply's body; the scratch buffer holds its header and perhaps more. */
  #body(length: number, filled: number): Uint8Array {
    const end = FRAME_HEADER_BYTES + length;
    if (end <= this.#scratch.byteLength) {
      let at = filled;
      while (at < end) at += this.#read(this.#scratch, at);
      return this.#scratch.subarray(FRAME_HEADER_BYTES, end);
    }
    let body: Uint8Array;
    try {
      body = newBody(length);
    } catch (error) {
      // The next reply comes after this one.
      for (let at = filled; at < end; ) {
        at += this.#read(this.#scratch.subarray(0, end - at), 0);
      }
      throw error;
    }
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
      // The pipe is broken, so no more data will arrive.
      throw this.#ended();
    }
    if (count === 0) throw this.#ended();
    return count;
  }

  #ended(): FutharkError {
    const running = this.#running;
    const exit = this.#transport.exitError(running);
    const limitMs = this.#runningLimitMs;
    const late = limitMs !== undefined && exit.signal === "SIGALRM";
    const error = late
      ? new TimeoutError(`${running}: took longer than ${limitMs} ms; its worker was ended`, {
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
    `${what}: the output callback runs during ${running} and cannot call the module`,
  );
}

const FLUSH_BYTES = 1 << 16;
