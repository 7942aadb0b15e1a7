import { markHandled } from "../arguments/mark-handled.ts";
import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { OutOfMemoryError, ProtocolError, TimeoutError } from "../errors.ts";
import { isPlainObject } from "../plain-object.ts";
import { CONTEXT, CONTEXT_ACTIONS, TO_PYTHON } from "../wire/messages.ts";
import { asReference, mustWait } from "./arguments.ts";
import { Converter } from "./converter.ts";
import { packMessage, type ReceivedMessage } from "./message.ts";
import { Outgoing } from "./outgoing.ts";
import { OwnObjects } from "./own-objects.ts";
import { FilePart, partBytes, type ReceivedPart } from "./parts.ts";
import { type PythonFailure, pythonError, textOf } from "./python-error.ts";
import { type PythonPlace, PythonSocket } from "./python-socket.ts";
import { type Key, type ObjectRequests, pythoniaBridge } from "./pythonia.ts";
import { SharedParts } from "./shared-parts.ts";

interface Unanswered {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Captures the stack of the request. */
  readonly site: Error;
  /** What Python reads until it replies. */
  readonly shared: SharedParts;
}

interface Reply {
  readonly reply?: number;
  readonly ask?: number;
  readonly v?: unknown;
  readonly error?: PythonFailure;
  /** The error if the message could not be read. */
  readonly unread?: ProtocolError;
  readonly drop?: readonly number[];
  readonly do?: string;
  readonly js?: number;
  readonly args?: readonly unknown[];
}

/** Provides the Python objects of one session as pythonia proxies. */
export class PythonClient implements ObjectRequests {
  readonly #session: Session<"promise">;
  readonly #socket: PythonSocket;
  readonly #own: OwnObjects = new OwnObjects();
  readonly #converter: Converter;
  readonly #pending: Map<number, Unanswered> = new Map();
  /** The slabs that messages have named. */
  readonly #slabs: Set<number> = new Set();
  #lastId = 0;
  #failure: Promise<unknown> | undefined;

  constructor(session: Session<"promise">, place: PythonPlace) {
    this.#session = session;
    const requests = ["get", "call", "value", "len", "inspect"] as const;
    const bridge = pythoniaBridge(
      Object.fromEntries(requests.map((name) => [name, this[name].bind(this)])) as never,
    );
    this.#converter = new Converter(session, bridge, this.#own);
    this.#socket = new PythonSocket(
      place,
      (message) => this.#take(message),
      (cause) => this.#end(cause),
    );
  }

  /** Imports a module by name, or a file by path. */
  import(name: string): Promise<unknown> {
    return this.call(0, ["python"], [name], undefined);
  }

  async get(object: number, path: Key[], _args: unknown[], quiet: boolean): Promise<unknown> {
    const got = this.#request({ do: "get", ffid: object, key: [...path] });
    return quiet ? got.catch(() => undefined) : got;
  }

  call(
    object: number,
    path: Key[],
    args: unknown[],
    kwargs: Record<string, unknown> = {},
    set = false,
    timeoutMs?: number,
  ): Promise<unknown> {
    const { $proxy: proxy = false, ...named } = kwargs;
    const key = [...path];
    const iterating = object === 0 && key[0] === "Iterate";
    const values = iterating ? args.map(asReference) : [...args, ...Object.values(named)];
    const names = Object.keys(named);
    const send = (ready: readonly unknown[]): Promise<unknown> => {
      const out = new Outgoing();
      const forms = iterating ? ready : this.#converter.encode(ready, out);
      const body = {
        ...{ do: set ? "set" : "call", ffid: object, key, proxy },
        args: forms.slice(0, args.length),
        kwargs: names.map((name, i) => [name, forms[args.length + i]]),
      };
      return this.#request(body, out);
    };
    let result: Promise<unknown>;
    try {
      markHandled(values, isPlainObject);
      result = values.some(mustWait) ? Promise.all(values).then(send) : send(values);
    } catch (error) {
      result = Promise.reject(error);
    }
    if (timeoutMs !== undefined) result = limited(result, timeoutMs, key);
    // An assignment cannot be awaited, so its failure is emitted as a warning.
    if (set) result.catch((error: Error) => process.emitWarning(error));
    return result;
  }

  value(object: number, path: Key[]): Promise<unknown> {
    return this.#request({ do: "value", ffid: object, key: [...path] });
  }

  len(object: number, path: Key[]): Promise<number> {
    return this.#request({ do: "length", ffid: object, key: [...path] }) as Promise<number>;
  }

  inspect(object: number, path: Key[]): Promise<string> {
    return this.#request({ do: "inspect", ffid: object, key: [...path] }) as Promise<string>;
  }

  async #request(body: object, out: Outgoing = new Outgoing()): Promise<unknown> {
    if (this.#failure !== undefined) {
      this.#converter.drop(out);
      throw await this.#failure;
    }
    this.#lastId++;
    const id = this.#lastId;
    const free = this.#converter.freed;
    const shared = this.#send({ ...body, r: id, free: [...free] }, id * 2, out, true);
    free.length = 0;
    if (this.#pending.size === 0) this.#socket.hold(true);
    const site = new Error();
    return new Promise((resolve, reject) =>
      this.#pending.set(id, { resolve, reject, site, shared }),
    );
  }

  /** @param replied Whether there is a reply, until when parts can be in shared memory. */
  #send(body: object, tag: number, out: Outgoing, replied: boolean): SharedParts {
    const { passed } = out;
    let shared: SharedParts | undefined;
    try {
      const bytes = out.parts.reduce((sum, part) => sum + partBytes(part), 0);
      this.#session.channel.checkLength(bytes, "python");
      shared = new SharedParts(this.#session, replied ? out.parts : [], this.#slabs);
      const { slabs } = shared;
      const parts = replied ? shared.parts : out.parts;
      const more = {
        ...(passed.size > 0 && { passed: [...passed.keys()] }),
        ...(slabs.length > 0 && { slabs }),
      };
      const pieces = packMessage({ body: { ...body, ...more }, parts }, tag);
      const size = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
      this.#session.channel.checkLength(size, "python");
      if (this.#socket.queuedBytes > MAX_QUEUED_BYTES) throw flood();
      for (const [key, slot] of passed) this.#pass(key, slot);
      this.#socket.send(pieces);
      for (const [slab] of slabs) this.#slabs.add(slab);
      return shared;
    } catch (error) {
      shared?.release();
      this.#converter.drop(out);
      throw error;
    }
  }

  #take({ body, parts }: ReceivedMessage): void {
    const said = body as Reply; // trusted: the worker sent it
    // Arguments and results are decoded before these calls return.
    if (said.ask !== undefined) void this.#answer(said.ask, said, parts);
    const pending = this.#pending.get(said.reply ?? 0);
    if (pending !== undefined) {
      this.#pending.delete(said.reply ?? 0);
      pending.shared.release();
      if (this.#pending.size === 0) this.#socket.hold(false);
      this.#settle(pending, said, parts);
    }
    for (const number of said.drop ?? []) this.#own.drop(number);
    const files = parts.filter((part) => part instanceof FilePart);
    if (files.length === 0) return;
    for (const file of files) file.close();
    const read = files.map(({ descriptor }) => descriptor);
    this.#socket.send(packMessage({ body: { read }, parts: [] }, 0));
  }

  #settle(
    { resolve, reject, site }: Unanswered,
    said: Reply,
    parts: readonly ReceivedPart[],
  ): void {
    try {
      if (said.error !== undefined) throw pythonError(said.error, site, this.#own);
      resolve(this.#read(said, () => this.#converter.decode(said.v, parts)));
    } catch (error) {
      reject(error);
    }
  }

  #read<T>(said: Reply, decode: () => T): T {
    if (said.unread !== undefined) throw said.unread;
    try {
      return decode();
    } catch (cause) {
      throw new ProtocolError(`python: cannot decode a value: ${cause}`, { cause });
    }
  }

  /** Performs an operation that Python requests on one of our objects, and replies. */
  async #answer(answer: number, said: Reply, parts: readonly ReceivedPart[]): Promise<void> {
    const tag = answer * 2 + 1;
    try {
      const args = this.#read(said, () =>
        said.args?.map((form) => this.#converter.decode(form, parts)),
      );
      const value = await this.#own.ask(said.do ?? "", said.js ?? 0, args ?? []);
      markHandled(value, isPlainObject);
      const out = new Outgoing();
      const [v] = this.#converter.encode([value], out);
      this.#send({ answer, v }, tag, out, false);
    } catch (error) {
      const failure = { answer, error: textOf(error), id: this.#own.keepError(error) };
      this.#socket.send(packMessage({ body: failure, parts: [] }, tag));
    }
  }

  /** Has the worker copy a value for Python, in order with the calls on it. */
  #pass(key: number, slot: Slot): void {
    this.#session.channel.post(TO_PYTHON, (body) => {
      body.u32(slot.id);
      body.u32(key);
    });
  }

  #end(cause: unknown): void {
    const { channel } = this.#session;
    const shared = [...this.#pending.values()].map((each) => each.shared);
    channel.afterNext((reachable) => {
      const running = reachable || channel.failure === undefined;
      for (const each of shared) each.release(running);
    });
    // The control channel reports why the worker exited.
    this.#failure = channel
      .request<unknown>({
        kind: CONTEXT,
        write: (body) => body.u32(CONTEXT_ACTIONS.sync),
        decode: () => new ProtocolError("the connection to Python was closed", { cause }),
      })
      .catch((error: unknown) => error);
    for (const { reject } of this.#pending.values()) void this.#failure.then(reject);
    this.#pending.clear();
  }
}

function limited(
  result: Promise<unknown>,
  timeoutMs: number,
  path: readonly Key[],
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    const message = `${path.join(".")}: took longer than ${timeoutMs} ms; it continues in Python`;
    timer = setTimeout(() => reject(new TimeoutError(message)), timeoutMs);
  });
  return Promise.race([result, late]).finally(() => clearTimeout(timer));
}

function flood(): OutOfMemoryError {
  return new OutOfMemoryError(
    "python: too much data is queued: await some calls before making more",
  );
}

const MAX_QUEUED_BYTES = 2 ** 30;
