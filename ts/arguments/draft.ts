import type { Word } from "../client/later.ts";
import { Slot } from "../client/slot.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "../nd-array/nd-array.ts";
import { isDetached, typedArrayName } from "../nd-array/typed-array.ts";

/**
 * An argument that was checked, of which nothing has been sent yet: plain data that the worker
 * makes a value of. So a call that is refused has sent nothing, however much data it was given.
 */
export class Draft {
  readonly where: string;
  readonly #send: () => Slot;

  constructor(where: string, send: () => Slot) {
    this.where = where;
    this.#send = send;
  }

  /** Sends it, as a value for one call. */
  send(): Slot {
    const slot = this.#send();
    slot.where = this.where;
    return slot;
  }
}

/** An argument that was checked: of a {@link Draft} a {@link Word} is still to be made. */
export type Checked = Word | Draft;

/**
 * Whether code of the caller's has changed an argument since it was checked: getters of later
 * ones run, which can free a value, or transfer an array's buffer.
 */
export function hasChanged(checked: Checked): boolean {
  if (checked instanceof Slot) return checked.state !== "live";
  if (!(checked instanceof NdArray)) return false;
  return checked.data.length !== checked.size || (checked.size === 0 && isDetached(checked.data));
}

/** The error for an argument that has changed. */
export function changed(checked: Checked, where: string): Error {
  if (!(checked instanceof NdArray)) return (checked as Slot).refusal(where);
  const { data, size } = checked;
  const what = isDetached(data) ? "detached" : `resized, to ${data.length} elements from ${size},`;
  return new ArgumentError(
    `${where}: the buffer of the ${typedArrayName(data)} was ${what} while the arguments were read`,
  );
}
