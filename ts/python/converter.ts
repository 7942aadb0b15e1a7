import type { Session } from "../client/session.ts";
import type { Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { decodeValue, encodeValue, type Objects, type References } from "./encoding.ts";
import type { Outgoing } from "./outgoing.ts";
import type { OwnObjects } from "./own-objects.ts";
import type { ReceivedPart } from "./parts.ts";
import type { PythoniaBridge } from "./pythonia.ts";

/** Converts a session's values to and from messages: handles, proxies and callbacks too. */
export class Converter {
  /** Ids of the Python objects whose proxies were collected, to be sent to Python. */
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

  /** @throws {ArgumentError} A value has no Python form. No references are kept in this case. */
  encode(values: readonly unknown[], out: Outgoing): unknown[] {
    const to: References = {
      proxied: (proxy) => this.#proxies.get(proxy),
      refer: (object) => {
        const number = this.#own.add(object);
        out.own.push(number);
        return number;
      },
      pass: (handle) => {
        this.#lastKey++;
        out.passed.set(this.#lastKey, this.#slotOf(handle));
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

  decode(form: unknown, parts: readonly ReceivedPart[]): unknown {
    return decodeValue(form, parts, this.#objects);
  }

  /** Drops the references to our objects in a message that was not sent. */
  drop({ own }: Outgoing): void {
    for (const number of own) this.#own.drop(number);
  }

  /** Returns the slot of a handle or a single pending call. */
  #slotOf(handle: object): Slot {
    const slot = this.#session.slotOf(handle, "python");
    if (slot === undefined)
      throw new ArgumentError("python: expected one value, got a call that returns several");
    if (slot.sent !== undefined)
      throw new ArgumentError(
        "python: await a pending call or promise before putting it inside an argument",
      );
    return slot;
  }
}
