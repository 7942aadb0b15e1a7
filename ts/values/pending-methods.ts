import { lower } from "../arguments/lower.ts";
import { markHandled } from "../arguments/mark-handled.ts";
import { toArrow } from "../arrow/apache.ts";
import type {
  OpaqueArrayTypeInfo,
  RecordArrayTypeInfo,
  TypeInfo,
} from "../bindings/program-info.ts";
import { attempt } from "../client/channel.ts";
import { PendingCall } from "../client/pending.ts";
import { METHODS, type PendingMethod } from "../client/pending-method-names.ts";
import { Session } from "../client/session.ts";
import { hasSlots, SLOTS, type Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import type { NdArray } from "../nd-array/nd-array.ts";
import { storeOpaque } from "../transfer/opaques.ts";
import { readPending } from "../transfer/pending-array.ts";
import { Handle } from "./handle.ts";
import { checkIndices } from "./indices.ts";
import { makeHandle } from "./make-handle.ts";
import { elementOperation } from "./opaque-array.ts";

/** The future result of a pending call. */
interface Coming {
  readonly session: Session<"promise">;
  readonly slot: Slot;
  /** The pending call, which resolves to the handle. */
  readonly pending: Promise<unknown>;
  readonly method: PendingMethod;
}

type Way = (value: Coming, args: readonly unknown[]) => Promise<unknown>;

/**
 * Adds the methods of handles to pending calls. Requests that do not depend on sizes are sent
 * immediately, behind the call. If a method has to wait, the value is kept until it has finished,
 * even if the value is freed or consumed meanwhile.
 */
export function addMethods(calls: PendingCall<unknown>): void {
  for (const name of METHODS) {
    const method: unknown = methodNamed(name);
    Reflect.defineProperty(calls, name, { configurable: true, writable: true, value: method });
  }
}

function methodNamed(name: PendingMethod) {
  return function (this: PendingCall<unknown>, ...args: unknown[]): Promise<unknown> {
    return onPending(this, name, args);
  };
}

function onPending(
  pending: PendingCall<unknown>,
  method: PendingMethod,
  args: readonly unknown[],
): Promise<unknown> {
  // The method reports a failure of the call itself; also mark failing arguments as handled.
  pending.catch(ignore);
  markHandled(args);
  const slot = hasSlots(pending) ? pending[SLOTS][0] : undefined;
  const session = slot && sessionOf(slot);
  if (slot === undefined || session === undefined) {
    // A call that was not sent has failed.
    if (slot !== undefined) return pending;
    return Promise.reject(
      new ArgumentError(`${method}: expected a pending call that returns a single handle`),
    );
  }
  return attempt(session.channel, () => {
    const way = WAYS[slot.type.kind][method];
    if (way === undefined) {
      throw new ArgumentError(`${method}: a value of type ${slot.type.name} has no such method`);
    }
    slot.check(`${slot.type.name} ${method}`);
    return way({ session, slot, pending, method }, args);
  });
}

function sessionOf({ owner }: Slot): Session<"promise"> | undefined {
  // Blocking sessions have no pending calls.
  return owner instanceof Session ? (owner as Session<"promise">) : undefined;
}

/** Copies an array; a small one arrives with the reply to the call. */
function read<T>(finish: (array: NdArray) => T | Promise<T>): Way {
  return (coming, args) => {
    const { session, slot, pending, method } = coming;
    // Options are checked against the sizes.
    if (args[0] !== undefined) return whenThere(coming, args);
    const array = readPending(session, pending, `${slot.type.name} ${method}`);
    return (array as Promise<NdArray>).then(finish); // as its kind is "array"
  };
}

/** Calls the method on a handle without sizes, for methods that need none. */
const atOnce: Way = ({ session, slot, method }, args) =>
  callOn(makeHandle(session, slot, []), method, args);

/** Calls the method on a handle when the sizes are known. */
const whenThere: Way = ({ session, slot, pending, method }, args) => {
  const result = pending.then((handle) => {
    const { shape } = handle as { shape: readonly number[] };
    return callOn(Handle.holding(makeHandle(session, slot, shape) as Handle), method, args);
  });
  return slot.keptFor(result);
};

const store: Way = ({ session, slot }) => {
  const ask = (): Promise<unknown> => session.channel.request(storeOpaque(slot));
  return slot.sent === undefined ? ask() : slot.keptFor(slot.sent.then(ask));
};

const at: Way = ({ session, slot, pending }, indices) => {
  const operation = elementOperation(session, slot.type, "index");
  return session.invoke(operation, [slot, ...checked(slot, "at", pending, indices)]);
};

const set: Way = ({ session, slot, pending }, [value, ...indices]) => {
  const operation = elementOperation(session, slot.type, "set");
  const given = [pending, value, ...checked(slot, "set", pending, indices)];
  const { operands, temporaries } = lower(session, operation, given);
  return session.invoke(operation, operands, temporaries).then(() => undefined);
};

/** Returns indices as pending calls that are checked once the sizes are known. */
function checked(
  { type }: Slot,
  what: string,
  pending: Promise<unknown>,
  indices: readonly unknown[],
): PendingCall<bigint>[] {
  const where = `${type.name} ${what}`;
  const { rank } = type as RecordArrayTypeInfo | OpaqueArrayTypeInfo;
  if (indices.length !== rank) {
    throw new ArgumentError(`${where}: expected ${rank} indices, got ${indices.length}`);
  }
  const known = pending.then((handle) => {
    const { shape } = handle as { shape: readonly number[] };
    checkIndices(where, indices as readonly number[], shape);
  });
  return indices.map((index) => {
    const settle = (resolve: (index: bigint) => void, reject: (error: unknown) => void): void => {
      known.then(() => resolve(BigInt(index as number)), reject);
    };
    return new PendingCall(settle, []);
  });
}

function callOn(handle: object, method: PendingMethod, args: readonly unknown[]): Promise<unknown> {
  // The table lists only methods that the handle has.
  return (handle as Record<PendingMethod, (...args: unknown[]) => Promise<unknown>>)[method](
    ...args,
  );
}

const ndArray = read((array) => array);
const opaqueArray = { project: atOnce, at, set, toObjects: whenThere, toTable: whenThere, store };

const WAYS: Readonly<Record<TypeInfo["kind"], Partial<Record<PendingMethod, Way>>>> = {
  array: {
    values: read((array) => array.data),
    toNdArray: ndArray,
    get: ndArray,
    toNested: read((array) => array.toNested()),
    toArrow: read(toArrow),
    borrow: whenThere,
    at: whenThere,
  },
  record: { project: atOnce, toObject: atOnce, toTable: atOnce, store },
  sum: { variant: atOnce, destruct: atOnce, toObject: atOnce, store },
  record_array: opaqueArray,
  opaque_array: opaqueArray,
  opaque: { store },
};

function ignore(): void {}
