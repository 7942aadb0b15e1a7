import type { Session } from "../client/session.ts";
import { type HasSlots, hasSlots, SLOTS } from "../client/slot.ts";
import { ArgumentError, ProtocolError, TimeoutError } from "../errors.ts";
import { CONTEXT, CONTEXT_ACTIONS, TO_PYTHON } from "../wire/messages.ts";
import type { Message } from "./message.ts";
import { OwnObjects } from "./own-objects.ts";
import { type PythonFailure, pythonError } from "./python-error.ts";
import { type PythonPlace, PythonSocket } from "./python-socket.ts";
import { type Key, type PythoniaBridge, pythoniaBridge, type Requests } from "./pythonia.ts";
import { decodeValue, encodeValue } from "./values.ts";

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Where the request was made. */
  readonly site: Error;
}

interface Reply {
  readonly reply?: number;
  readonly ask?: number;
  readonly v?: unknown;
  readonly error?: PythonFailure;
  readonly drop?: readonly number[];
  readonly do?: string;
  readonly js?: number;
  readonly args?: readonly unknown[];
}

/** Python objects of one session, as pythonia's proxies. */
export class PythonClient implements Requests {
  readonly #session: Session;
  readonly #socket: PythonSocket;
  readonly #bridge: PythoniaBridge;
  readonly #own: OwnObjects = new OwnObjects();
  readonly #pending: Map<number, Pending> = new Map();
  readonly #proxies: WeakMap<object, number> = new WeakMap();
  readonly #registry: FinalizationRegistry<number>;
  #toFree: number[] = [];
  #lastId = 0;
  #lastKey = 0;
  #failure: Promise<unknown> | undefined;

  constructor(session: Session, place: PythonPlace) {
    this.#session = session;
    const requests = ["get", "call", "value", "len", "inspect"] as const;
    this.#bridge = pythoniaBridge(
      Object.fromEntries(requests.map((name) => [name, this[name].bind(this)])) as never, // all of them
    );
    this.#registry = new FinalizationRegistry((number) => this.#toFree.push(number));
    this.#socket = new PythonSocket(
      place,
      MAX_MESSAGE_BYTES,
      (message) => this.#take(message),
      (cause) => this.#end(cause),
    );
  }

  /** Imports a module by name, or a file by its path. */
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
      const parts: Uint8Array[] = [];
      const forms = ready.map((value) => (iterating ? value : this.#encode(value, parts)));
      const body = {
        ...{ do: set ? "set" : "call", ffid: object, key, proxy },
        args: forms.slice(0, args.length),
        kwargs: names.map((name, i) => [name, forms[args.length + i]]),
      };
      return this.#request(body, parts);
    };
    let result: Promise<unknown>;
    try {
      result = values.some(mustWait) ? Promise.all(values).then(send) : send(values);
    } catch (error) {
      result = Promise.reject(error);
    }
    if (timeoutMs !== undefined) result = limited(result, timeoutMs, key);
    // An assignment gives nothing that could be awaited, so that its failure is a warning.
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

  async #request(body: object, parts: readonly Uint8Array[] = []): Promise<unknown> {
    if (this.#failure !== undefined) throw await this.#failure;
    this.#lastId++;
    const id = this.#lastId;
    const free = this.#toFree;
    this.#toFree = [];
    this.#socket.send({ body: { ...body, r: id, free }, parts });
    if (this.#pending.size === 0) this.#socket.hold(true);
    const site = new Error();
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject, site }));
  }

  #take({ body, parts }: Message): void {
    const said = body as Reply; // the worker's word
    if (said.ask !== undefined) void this.#answer(said.ask, said, parts);
    const pending = this.#pending.get(said.reply ?? 0);
    if (pending !== undefined) {
      this.#pending.delete(said.reply ?? 0);
      if (this.#pending.size === 0) this.#socket.hold(false);
      if (said.error === undefined) pending.resolve(this.#decode(said.v, parts));
      else pending.reject(pythonError(said.error, pending.site, this.#own));
    }
    for (const number of said.drop ?? []) this.#own.drop(number);
  }

  /** Does what Python asks of an object of ours. */
  async #answer(answer: number, said: Reply, parts: readonly Uint8Array[]): Promise<void> {
    const answered: Uint8Array[] = [];
    let body: object;
    try {
      const args = (said.args ?? []).map((form) => this.#decode(form, parts));
      const value = await this.#own.ask(said.do ?? "", said.js ?? 0, args);
      body = { answer, v: this.#encode(value, answered) };
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
      body = { answer, error: text, id: this.#own.keepError(error) };
      answered.length = 0;
    }
    this.#socket.send({ body: body as Record<string, unknown>, parts: answered });
  }

  #encode(value: unknown, parts: Uint8Array[]): unknown {
    return encodeValue(value, parts, {
      proxied: (proxy) => this.#proxies.get(proxy),
      refer: (object) => this.#own.add(object),
      lend: (handle) => this.#lend(handle as object & HasSlots),
    });
  }

  #decode(form: unknown, parts: readonly Uint8Array[]): unknown {
    return decodeValue(form, parts, {
      own: (number) => this.#own.get(number),
      proxy: (number, text) => {
        const proxy = this.#bridge.makePyObject(number, text);
        this.#proxies.set(proxy, number);
        this.#registry.register(proxy, number);
        return proxy;
      },
    });
  }

  /** Has the worker copy a value for Python, in the order of the calls on it. */
  #lend(handle: object & HasSlots): number {
    const slot = this.#session.slotOf(handle, "python");
    if (slot === undefined)
      throw new ArgumentError("python: expected one value, got a call of several");
    if (slot.sent !== undefined)
      throw new ArgumentError("python: await what is inside of an argument");
    // Its failure is told by the request that takes it.
    if (handle instanceof Promise) handle.catch(() => {});
    this.#lastKey++;
    const key = this.#lastKey;
    this.#session.channel.post(TO_PYTHON, (body) => {
      body.u32(slot.id);
      body.u32(key);
    });
    return key;
  }

  #end(cause: unknown): void {
    // Why the worker ended is known to its other channel, sooner or later.
    this.#failure = this.#session.channel
      .request(
        CONTEXT,
        (body) => body.u32(CONTEXT_ACTIONS.sync),
        () => new ProtocolError("the connection to Python was closed", { cause }),
      )
      .catch((error: unknown) => error);
    for (const { reject } of this.#pending.values()) void this.#failure.then(reject);
    this.#pending.clear();
  }
}

/** pythonia's own word for an object. */
function asReference(value: unknown): unknown {
  return { $: "ref", v: (value as { ffid: number }).ffid };
}

/** A promise, or a path of attributes that was not awaited. A pending value has its number already. */
function mustWait(value: unknown): boolean {
  if (hasSlots(value)) {
    const [slot, ...others] = value[SLOTS];
    return slot === undefined || slot.sent !== undefined || others.length > 0;
  }
  const kind = typeof value;
  if ((kind !== "object" && kind !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}

function limited(
  result: Promise<unknown>,
  timeoutMs: number,
  path: readonly Key[],
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    const message = `${path.join(".")}: took longer than ${timeoutMs} ms; it goes on in Python`;
    timer = setTimeout(() => reject(new TimeoutError(message)), timeoutMs);
  });
  return Promise.race([result, late]).finally(() => clearTimeout(timer));
}

const MAX_MESSAGE_BYTES = 2 ** 32 - 1;
