import { errorFromReply, type FutharkError, OutOfMemoryError, ProtocolError } from "../errors.ts";
import { appendFrame, checkFrameLength, type FrameBody } from "../wire/frame-writer.ts";
import { type Frame, FrameReader } from "../wire/frames.ts";
import { ERROR, FREE, OK, requestName } from "../wire/messages.ts";
import { Packer } from "../wire/packer.ts";
import { Unpacker } from "../wire/unpacker.ts";
import { rejectWhereAwaited } from "./call-site.ts";
import type { Channel } from "./channel.ts";
import { pendingOf } from "./pending-tuple.ts";
import type { Request } from "./request.ts";
import { PromisedResults } from "./results.ts";
import { SpinWait } from "./spin-wait.ts";
import type { Transport } from "./transport.ts";

/** A request that is to be answered. */
interface Unanswered {
  readonly id: number;
  readonly request: Request<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly done: readonly ((reachable: boolean) => void)[];
}

/** Requests and replies over a {@link Transport}: ids, pending calls, many frames per write. */
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
  /** Requests in the packer. */
  #unsent = 0;
  readonly #spinWait: SpinWait = new SpinWait(
    () => this.#answered < this.#pending.length,
    () => this.#transport.look,
    () => this.#rest(),
  );
  readonly #flushLater: () => void = () => this.#flush();
  #failure: FutharkError | undefined;
  /** Called before a write: what was put off until there is one. */
  beforeFlush: (() => void) | undefined;
  /** Called when the channel has failed: it gives what later requests are told. */
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

  /** What the worker is at: the first request that is unanswered. */
  get running(): string | undefined {
    const request = this.#pending[this.#answered]?.request;
    return request && (request.label ?? requestName(request.kind));
  }

  /** Why the channel can no longer be used. */
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
      // What this turn has asked for is sent at its end, before that.
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
      // Nothing is sent any more.
      this.#transport.whenGone(done);
      return;
    }
    if (this.#afterNext === NOTHING) this.#afterNext = [];
    this.#afterNext.push(done);
  }

  acknowledge(): void {
    if (this.#afterNext.length === 0) return;
    // It frees nothing: its reply tells that the worker has come so far.
    this.request({ kind: FREE, write: noop, decode: noop }).catch(noop);
  }

  checkLength(bytes: number, what: string): void {
    checkFrameLength(bytes, this.#maxBytes, what);
    if (this.#packer.length + this.#transport.queuedBytes > MAX_QUEUED_BYTES) throw flood();
  }

  /** Rejects every pending request, and every later one, with `error`. */
  fail(error: FutharkError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    const pending = this.#pending.slice(this.#answered);
    this.#pending = [];
    this.#answered = 0;
    this.#transport.hold(false);
    const done = [...pending.flatMap((request) => request.done), ...this.#afterNext];
    this.#afterNext = NOTHING;
    // A worker that is being ended may still write where it was told to.
    this.#transport.whenGone((reachable) => {
      for (const release of done) release(reachable);
    });
    for (const [i, { request, resolve, reject }] of pending.entries()) {
      request.failed?.(error);
      // It takes a while: not for a million.
      if (i < MAX_LOCATED) rejectWhereAwaited(resolve, error, true);
      else reject(error);
    }
    this.#failure = this.onFail?.(error) ?? error;
  }

  #append(id: number, kind: number, body: FrameBody): void {
    const packer = this.#packer;
    // What was freed goes first: Futhark takes its memory for what comes next.
    if (packer.length === 0) this.beforeFlush?.();
    appendFrame(packer, id, kind, body, this.#maxBytes);
    this.#unsent++;
    if (this.#unsent >= FLUSH_REQUESTS || packer.length >= FLUSH_BYTES) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      // At the end of this turn; `queueMicrotask` does the same with more ado.
      void READY.then(this.#flushLater);
    }
  }

  #flush(): void {
    this.beforeFlush?.();
    this.#scheduled = false;
    this.#unsent = 0;
    if (this.#packer.length === 0) return;
    this.#transport.write(this.#packer.take());
    // Nearly always the system took it all at once.
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
      // In a run of calls the next one may come in this turn, or the next.
      if (!this.#spinWait.turning) this.#rest();
    } else if (this.#answered > MAX_ANSWERED) {
      this.#pending = this.#pending.slice(this.#answered);
      this.#answered = 0;
    }
  }

  #rest(): void {
    if (this.#pending.length === 0) this.#transport.hold(false);
  }

  #settle({ id, kind, body }: Frame): void {
    const unanswered = this.#pending[this.#answered];
    if (unanswered === undefined || unanswered.id !== id) {
      throw new ProtocolError(
        `expected a reply to ${unanswered?.id ?? "nothing"}, got one to ${id}`,
      );
    }
    const { request, resolve, done } = unanswered;
    this.#answered++;
    try {
      const reply = new Unpacker(body);
      if (kind === OK) {
        const value = request.decode(reply);
        reply.end();
        resolve(value as never);
      } else if (kind === ERROR) {
        throw errorFromReply(reply.text());
      } else {
        throw new ProtocolError(`a reply of unknown kind ${kind}`);
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

/** Calls that nobody awaits pile up here as fast as a loop can make them. */
function flood(): OutOfMemoryError {
  return new OutOfMemoryError(
    "too many calls are unanswered, or too much data is unsent: await some calls before making more",
  );
}

const MAX_UNANSWERED = 2 ** 20;
const MAX_QUEUED_BYTES = 2 ** 30;
const MAX_ID = 2 ** 32 - 1;
/** So that the worker starts on a long run of calls while the rest of it is being made. */
const FLUSH_REQUESTS = 128;
const FLUSH_BYTES = 1 << 16;
/** Calls that fail together of which each is told where it was awaited. */
const MAX_LOCATED = 100;
const MAX_ANSWERED = 1 << 12;
