import { type FutharkError, OutOfMemoryError, ProtocolError } from "../errors.ts";
import { appendFrame, checkFrameLength, type FrameBody } from "../wire/frame-writer.ts";
import { type Frame, FrameReader } from "../wire/frames.ts";
import { ERROR, FREE, OK, requestName } from "../wire/messages.ts";
import { Packer } from "../wire/packer.ts";
import { errorFromReply } from "../wire/replies.ts";
import { Unpacker } from "../wire/unpacker.ts";
import { rejectWhereAwaited } from "./call-site.ts";
import type { Channel } from "./channel.ts";
import { pendingOf } from "./pending-tuple.ts";
import type { Request } from "./request.ts";
import { PromisedResults } from "./results.ts";
import { SpinWait } from "./spin-wait.ts";
import type { Transport } from "./transport.ts";

/** A request awaiting its reply. */
interface Unanswered {
  readonly id: number;
  readonly request: Request<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly done: readonly ((reachable: boolean) => void)[];
}

/** A {@link Channel} that returns promises and batches the messages of a turn into one write. */
export class Client extends PromisedResults implements Channel<"promise"> {
  readonly #transport: Transport;
  readonly #reader: FrameReader;
  readonly #maxBytes: number;
  readonly #packer: Packer = new Packer();
  #pending: Unanswered[] = [];
  #answered = 0;
  #afterNext: ((reachable: boolean) => void)[] = NOTHING;
  #lastId = 0;
  #scheduled = false;
  /** The number of messages in the packer. */
  #unsent = 0;
  readonly #spinWait: SpinWait = new SpinWait(
    () => this.#answered < this.#pending.length,
    () => this.#transport.look,
    () => this.#rest(),
  );
  readonly #flushLater: () => void = () => this.#flush();
  #failure: FutharkError | undefined;
  /** Called before each write, to append deferred messages. */
  beforeFlush: (() => void) | undefined;
  /** Called when the channel fails; returns the error that later requests reject with. */
  onFail: ((error: FutharkError) => FutharkError) | undefined;

  constructor(transport: Transport, maxMessageBytes: number) {
    super();
    this.#transport = transport;
    this.#maxBytes = maxMessageBytes;
    this.#reader = new FrameReader(maxMessageBytes);
    transport.listen(
      (chunk) => this.#receive(chunk),
      (error) => this.fail(error),
      () => this.running,
    );
  }

  /** The label of the oldest unanswered request, which the worker is processing. */
  get running(): string | undefined {
    const request = this.#pending[this.#answered]?.request;
    return request && (request.label ?? requestName(request.kind));
  }

  /** The error that made the channel unusable, if any. */
  get failure(): FutharkError | undefined {
    return this.#failure;
  }

  request<T>(request: Request<T>): Promise<T> {
    const start = (resolve: (value: T) => void, reject: (error: unknown) => void): void => {
      this.#lastId = (this.#lastId % MAX_ID) + 1;
      const id = this.#lastId;
      try {
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#pending.length - this.#answered >= MAX_UNANSWERED) throw flood();
        this.#append(id, request.kind, request);
      } catch (error) {
        request.failed?.(error);
        throw error;
      }
      const done = this.#afterNext;
      this.#pending.push({ id, request, resolve, reject, done });
      this.#afterNext = NOTHING;
      if (this.#pending.length - this.#answered === 1) this.#transport.hold(true);
      // Runs after the flush at the end of this turn.
      if (request.meanwhile !== undefined) setImmediate(() => request.meanwhile?.());
    };
    const { slots } = request;
    return slots === undefined ? new Promise(start) : pendingOf(start, slots);
  }

  post(kind: number, write: (body: Packer) => void): void {
    if (this.#failure === undefined) this.#append(0, kind, { write });
  }

  afterNext(done: (reachable: boolean) => void): void {
    if (this.#failure !== undefined) {
      // No further request will be sent; only the worker's exit releases the memory.
      this.#transport.whenGone(done);
      return;
    }
    if (this.#afterNext === NOTHING) this.#afterNext = [];
    this.#afterNext.push(done);
  }

  acknowledge(): void {
    if (this.#afterNext.length === 0) return;
    // An empty FREE has no effect; its reply confirms that the worker has read what came before.
    this.request({ kind: FREE, write: noop, decode: noop }).catch(noop);
  }

  checkLength(bytes: number, what: string): void {
    checkFrameLength(bytes, this.#maxBytes, what);
    if (this.#packer.length + this.#transport.queuedBytes > MAX_QUEUED_BYTES) throw flood();
  }

  /** Rejects every pending and later request with `error`. */
  fail(error: FutharkError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    const pending = this.#pending.slice(this.#answered);
    this.#pending = [];
    this.#answered = 0;
    this.#transport.hold(false);
    const done = [...pending.flatMap((request) => request.done), ...this.#afterNext];
    this.#afterNext = NOTHING;
    // Until it exits, a terminating worker may still write to shared memory.
    this.#transport.whenGone((reachable) => {
      for (const release of done) release(reachable);
    });
    for (const [i, { request, resolve, reject }] of pending.entries()) {
      request.failed?.(error);
      // Capturing a stack is slow, so limit it when many requests fail together.
      if (i < MAX_LOCATED) rejectWhereAwaited(resolve, error, true);
      else reject(error);
    }
    this.#failure = this.onFail?.(error) ?? error;
  }

  #append(id: number, kind: number, body: FrameBody): void {
    const packer = this.#packer;
    // Frees go first, so that Futhark can reuse the memory for the next request.
    if (packer.length === 0) this.beforeFlush?.();
    appendFrame(packer, id, kind, body, this.#maxBytes);
    this.#unsent++;
    if (this.#unsent >= FLUSH_REQUESTS || packer.length >= FLUSH_BYTES) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      // Runs at the end of this turn. `queueMicrotask` does the same with more overhead.
      void READY.then(this.#flushLater);
    }
  }

  #flush(): void {
    this.beforeFlush?.();
    this.#scheduled = false;
    this.#unsent = 0;
    if (this.#packer.length === 0) return;
    this.#transport.write(this.#packer.take());
    // The usual case: the system accepted all bytes at once, so the buffer can be reused.
    if (this.#transport.queuedBytes === 0) this.#packer.reuse();
    this.#spinWait.start();
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
      // In a sequence of calls, the next one may follow in this turn or the next.
      if (!this.#spinWait.turning) this.#rest();
    } else if (this.#answered > MAX_ANSWERED) {
      this.#pending = this.#pending.slice(this.#answered);
      this.#answered = 0;
    }
  }

  #rest(): void {
    if (this.#pending.length === 0) this.#transport.hold(false);
  }

  #settle({ id, kind, body, failure }: Frame): void {
    const unanswered = this.#pending[this.#answered];
    if (unanswered === undefined || unanswered.id !== id) {
      throw new ProtocolError(
        `expected a reply to request ${unanswered?.id ?? "(none)"}, got a reply to ${id}`,
      );
    }
    const { request, resolve, done } = unanswered;
    this.#answered++;
    try {
      if (failure !== undefined) throw failure;
      const reply = new Unpacker(body);
      if (kind === OK) {
        const value = request.decode(reply);
        reply.end();
        resolve(value as never);
      } else if (kind === ERROR) {
        throw errorFromReply(reply.text());
      } else {
        throw new ProtocolError(`unknown kind of reply ${kind}`);
      }
    } catch (error) {
      request.failed?.(error);
      rejectWhereAwaited(resolve, error, false);
    } finally {
      for (const each of done) each(false);
    }
  }
}

const NOTHING: never[] = [];
const READY: Promise<void> = Promise.resolve();
function noop(): void {}

/** A loop that makes calls without awaiting them would otherwise exhaust memory. */
function flood(): OutOfMemoryError {
  return new OutOfMemoryError(
    "too many calls are pending, or too much data is queued: await some calls before making more",
  );
}

const MAX_UNANSWERED = 2 ** 20;
const MAX_QUEUED_BYTES = 2 ** 30;
const MAX_ID = 2 ** 32 - 1;
/** Flushing early lets the worker start while later calls are still being made. */
const FLUSH_REQUESTS = 128;
const FLUSH_BYTES = 1 << 16;
/** When the channel fails, at most this many calls get a stack showing where they were awaited. */
const MAX_LOCATED = 100;
const MAX_ANSWERED = 1 << 12;
