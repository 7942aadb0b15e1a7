import type { Operand } from "../client/operand.ts";
import { Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { isDetached, typedArrayName } from "../nd-array/typed-array.ts";

/**
 * A validated argument that has not been sent yet: plain data that the worker will turn into a
 * value. Thus a call that is rejected sends nothing, regardless of the size of its data.
 */
export class Draft {
  readonly where: string;
  readonly #send: () => Slot;

  constructor(where: string, send: () => Slot) {
    this.where = where;
    this.#send = send;
  }

  /** Sends the data, as a value for a single call. */
  send(): Slot {
    const slot = this.#send();
    slot.where = this.where;
    return slot;
  }
}

/** A validated argument; a {@link Draft} must still be turned into a {@link Operand}. */
export type Checked = Operand | Draft;

/**
 * Returns whether an argument has changed since it was validated: getters in later arguments may
 * free a value, or transfer the buffer of an array.
 */
export function hasChanged(checked: Checked): boolean {
  if (checked instanceof Slot) return checked.state !== "live";
  if (!(checked instanceof NdArray)) return false;
  return checked.data.length !== checked.size || (checked.size === 0 && isDetached(checked.data));
}

/** Returns the error for an argument that has changed. */
export function changed(checked: Checked, where: string): Error {
  if (!(checked instanceof NdArray)) return (checked as Slot).refusal(where);
  const { data, size } = checked;
  const what = isDetached(data) ? "detached" : `resized, to ${data.length} elements from ${size},`;
  return new ArgumentError(
    `${where}: the buffer of the ${typedArrayName(data)} was ${what} while the arguments were read`,
  );
}
