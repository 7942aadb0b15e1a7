import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import type { Outgoing } from "./outgoing.ts";
import type { OwnObjects } from "./own-objects.ts";
import type { PythoniaBridge } from "./pythonia.ts";
import { decodeValue, encodeValue, type Objects, type References } from "./values.ts";

/** Converts values of one session to what messages carry, and back: handles, proxies, objects of ours. */
export class Converter {
  /** Numbers of the Python objects whose proxies were collected, to be told to Python. */
  readonly freed: number[] = [];
  readonly #session: Session;
  readonly #own: OwnObjects;
  readonly #objects: Objects;
  readonly #proxies: WeakMap<object, number> = new WeakMap();
  #lastKey = 0;

  constructor(session: Session, bridge: PythoniaBridge, own: OwnObjects) {
    this.#session = session;
    this.#own = own;
    const registry = new FinalizationRegistry<number>((number) => this.freed.push(number));
    this.#objects = {
      own: (number) => own.get(number),
      proxy: (number, text) => {
        const proxy = bridge.makePyObject(number, text);
        this.#proxies.set(proxy, number);
        registry.register(proxy, number);
        return proxy;
      },
    };
  }

  /** @throws {ArgumentError} Python can have no such value; nothing is kept for Python then. */
  encode(values: readonly unknown[], out: Outgoing): unknown[] {
    const to: References = {
      proxied: (proxy) => this.#proxies.get(proxy),
      refer: (object) => {
        const number = this.#own.add(object);
        out.own.push(number);
        return number;
      },
      lend: (handle) => {
        this.#lastKey++;
        out.lent.set(this.#lastKey, this.#slotOf(handle));
        return this.#lastKey;
      },
    };
    try {
      return values.map((value) => encodeValue(value, out.parts, to));
    } catch (error) {
      this.drop(out);
      throw error;
    }
  }

  decode(form: unknown, parts: readonly Uint8Array[]): unknown {
    return decodeValue(form, parts, this.#objects);
  }

  /** Forgets what Python was to be told of. */
  drop({ own }: Outgoing): void {
    for (const number of own) this.#own.drop(number);
  }

  /** The one value that a handle or a pending call stands for. */
  #slotOf(handle: object): Slot {
    const slot = this.#session.slotOf(handle, "python");
    if (slot === undefined)
      throw new ArgumentError("python: expected one value, got a call of several");
    if (slot.sent !== undefined)
      throw new ArgumentError("python: await what is inside of an argument");
    return slot;
  }
}
