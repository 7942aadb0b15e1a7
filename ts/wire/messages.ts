// The messages of the control channel. arrow/README.md, "Control channel", specifies the layout of
// each kind; the list is the same in both languages.

/** Version of the protocol, sent in HELLO; the worker refuses any other. */
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
// Of a driver of a cluster only.
export const TASK = 17;
export const STOP = 18;
export const NEXT = 19;

/** Describes a kind of request, for error messages. */
export function requestName(kind: number): string {
  return REQUEST_NAMES.get(kind) ?? "a call";
}

const REQUEST_NAMES: ReadonlyMap<number, string> = new Map([
  [HELLO, "program loading"],
  [NEW, "array creation"],
  [VALUES, "a copy of an array"],
  [NEW_OPAQUE_ARRAY, "array creation"],
  [STORE, "store"],
  [RESTORE, "restore"],
  [CONTEXT, "a context operation"],
  [CLOSE, "close"],
  [PYTHON, "start of the Python connection"],
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

/** Location of an array's message: in the frame itself. Any other number is that of a slab. */
export const INLINE = 0;

/**
 * Location of a small array: only its sizes and elements are in the frame, without the overhead of
 * an Arrow message. For a requested array that turns out to be larger the reply has only its sizes.
 */
export const SMALL = 0xffffffff;
/** Largest size of the elements of a small array, in bytes. */
export const SMALL_BYTES: number = 1 << 16;

/** In place of an argument's number: a small array is inlined after the arguments. */
export const INLINE_ARRAY = 0;
/** In place of an argument's number: the location of a message in a slab follows the arguments. */
export const SHARED_ARRAY = 0xffffffff;
