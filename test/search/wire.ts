// What every session of this process sends, held against the rule of slot.ts: no number names two
// values at a time, none is used before its value was made, and none after it was freed.

import assert from "node:assert/strict";
import { isElemtype } from "../../ts/client/operation.ts";
import { Session } from "../../ts/client/session.ts";
import { ELEMTYPES } from "../../ts/elemtypes.ts";
import * as messages from "../../ts/wire/messages.ts";
import { Packer } from "../../ts/wire/packer.ts";

/** The recorded requests. */
export interface Seen {
  frames: number;
  made: number;
  freed: number;
  /** Most values at a time. */
  most: number;
  /** The first breach of the rule, where there was one. */
  breach: string | undefined;
}

/** Watches all that is sent from now on. */
export function watchWire(): Seen {
  const seen: Seen = { frames: 0, made: 0, freed: 0, most: 0, breach: undefined };
  const held: WeakMap<Session, Set<number>> = new WeakMap();
  const { take } = Packer.prototype;
  const { beforeFlush } = Session.prototype;
  let session: Session | undefined;
  // A session adds its deferred requests just before its bytes are taken.
  Session.prototype.beforeFlush = function (): void {
    session = this;
    if (!held.has(this)) held.set(this, new Set());
    beforeFlush.call(this);
  };
  Packer.prototype.take = function (): Uint8Array {
    const bytes = take.call(this);
    try {
      check(bytes);
    } catch (error) {
      seen.breach ??= (error as Error).message;
    }
    return bytes;
  };

  function check(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.byteLength; ) {
      const length = view.getUint32(at, true);
      const kind = view.getUint32(at + 8, true);
      const body = new DataView(bytes.buffer, bytes.byteOffset + at + 12, length);
      at += 12 + length;
      seen.frames++;
      if (session !== undefined && kind !== messages.HELLO) frame(session, kind, body);
    }
  }

  function frame(of: Session, kind: number, body: DataView): void {
    const numbers = held.get(of) as Set<number>;
    const word = (index: number): number => body.getUint32(4 * index, true);
    const use = (number: number): void => {
      assert.ok(numbers.has(number), `kind ${kind} uses ${number}, which no value has`);
    };
    const make = (number: number): void => {
      assert.ok(!numbers.has(number), `kind ${kind} makes ${number}, which a value has`);
      numbers.add(number);
      seen.made++;
      seen.most = Math.max(seen.most, numbers.size);
    };
    switch (kind) {
      case messages.CALL:
        call(of, body, use, make);
        return;
      case messages.NEW:
      case messages.RESTORE:
      case messages.SHARED:
        make(word(0));
        return;
      case messages.NEW_OPAQUE_ARRAY: {
        const { types } = of.info;
        const type = types[word(1)];
        const rank = type !== undefined && "rank" in type ? type.rank : 0;
        for (let at = 2 + 2 * rank; 4 * at < body.byteLength; at++) use(word(at));
        make(word(0));
        return;
      }
      case messages.FREE:
        for (let at = 0; 4 * at < body.byteLength; at++) {
          use(word(at));
          numbers.delete(word(at));
          seen.freed++;
        }
        return;
      case messages.VALUES:
      case messages.STORE:
      case messages.DESCRIBE:
      case messages.TO_PYTHON:
        use(word(0));
    }
  }

  return seen;
}

function call(
  { catalog }: Session,
  body: DataView,
  use: (number: number) => void,
  make: (number: number) => void,
): void {
  const operation = catalog.operations[body.getUint32(0, true)];
  assert.ok(operation !== undefined, "an operation that there is not");
  let at = 4;
  const made: number[] = [];
  for (const type of operation.outputs) {
    if (isElemtype(type)) continue;
    made.push(body.getUint32(at, true));
    at += 4;
  }
  for (const { type } of operation.inputs) {
    if (isElemtype(type)) {
      at += ELEMTYPES[type].bytes;
      continue;
    }
    const number = body.getUint32(at, true);
    if (number !== messages.INLINE_ARRAY && number !== messages.SHARED_ARRAY) use(number);
    at += 4;
  }
  for (const number of made) make(number);
}
