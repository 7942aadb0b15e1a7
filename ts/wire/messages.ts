// The messages of the control channel: what each kind of frame carries.
// Layouts are in arrow/README.md, "Control channel"; both sides hold this same list.

/** Version of the protocol: sent in HELLO, refused when the other side has another. */
export const PROTOCOL_VERSION = 1;

/** Kinds of requests. */
export const HELLO = 1;
export const CALL = 2;
export const NEW = 3;
export const VALUES = 4;
export const FREE = 5;
export const NEW_OPAQUE_ARRAY = 6;
export const STORE = 7;
export const RESTORE = 8;
export const CONTEXT = 9;
export const CLOSE = 10;
export const DESCRIBE = 11;
export const LIMIT = 12;
export const SLAB = 13;
export const SHARED = 14;
export const PYTHON = 15;
export const TO_PYTHON = 16;

/** What a worker is at that does a request of a kind, for messages. */
export function requestName(kind: number): string {
  return REQUEST_NAMES.get(kind) ?? "a call";
}

const REQUEST_NAMES: ReadonlyMap<number, string> = new Map([
  [HELLO, "the loading of the program"],
  [NEW, "the making of an array"],
  [VALUES, "the reading of an array"],
  [NEW_OPAQUE_ARRAY, "the making of an array"],
  [STORE, "store"],
  [RESTORE, "restore"],
  [CONTEXT, "a request to the context"],
  [CLOSE, "close"],
  [PYTHON, "the start of Python's connection"],
]);

/** Kinds of replies. */
export const OK = 0;
export const ERROR = 1;

/** Actions of CONTEXT. */
export const CONTEXT_ACTIONS = {
  sync: 0,
  clearCaches: 1,
  report: 2,
  pauseProfiling: 3,
  unpauseProfiling: 4,
} as const;

/** Where an array's message is: in the frame itself; else this is a slab's number. */
export const INLINE = 0;

/**
 * Says that an array comes, or may come, as its sizes and its elements, in the frame: a message
 * of Arrow's has some 600 bytes around them. Of one that is asked for and too large the sizes
 * come alone.
 */
export const SMALL = 0xffffffff;
/** Greatest size of the elements of such an array. */
export const SMALL_BYTES: number = 1 << 15;

/** In place of an argument's number: a small array comes behind the arguments. No value has it. */
export const BROUGHT = 0;
/** As {@link BROUGHT}: behind the arguments is said where in a slab the array's message lies. */
export const LENT = 0xffffffff;
