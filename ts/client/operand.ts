import { NdArray } from "../nd-array/nd-array.ts";
import { INLINE_ARRAY, SHARED_ARRAY } from "../wire/messages.ts";
import type { Packer } from "../wire/packer.ts";
import { isElemtype, type Operation, type OperationInput } from "./operation.ts";
import { Slot } from "./slot.ts";

/** An array in memory shared with the worker, for a single call. */
export interface SharedOperand {
  /** Must be called just before the call is written. The memory is reusable after the reply. */
  announce(): void;
  /** Writes the location of the data. */
  write(body: Packer): void;
  /** Uploads the array as a separate value instead, and releases the memory. */
  upload(): Slot;
  /** Releases the memory if no call will be made. A no-op once announced. */
  release(): void;
}

/**
 * An operand: an argument prepared for the wire. Either a value that the worker holds, an inline or
 * shared array, a checked scalar, or a promise of an earlier call's scalar result.
 */
export type Operand =
  | Slot
  | NdArray
  | SharedOperand
  | number
  | bigint
  | boolean
  | Promise<number | bigint | boolean>;

/** Returns whether an operand is an array in shared memory. */
export function isShared(operand: Operand | undefined): operand is SharedOperand {
  return typeof operand === "object" && "upload" in operand;
}

/** Announces the memory of shared arrays to the worker before a request refers to it. */
export function announceShared(operands: readonly Operand[]): void {
  for (const operand of operands) if (isShared(operand)) operand.announce();
}

/** Writes the operands of an operation: scalars and slot ids first, then array data. */
export function writeOperands(
  body: Packer,
  { inputs }: Operation,
  operands: readonly Operand[],
): void {
  let hasArrays = false;
  for (let i = 0; i < inputs.length; i++) {
    const { type } = inputs[i] as OperationInput;
    const operand = operands[i];
    if (isElemtype(type)) body.scalar(type, operand as number | bigint | boolean);
    else if (operand instanceof Slot) body.u32(operand.id);
    else {
      body.u32(isShared(operand) ? SHARED_ARRAY : INLINE_ARRAY);
      hasArrays = true;
    }
  }
  if (!hasArrays) return;
  for (const operand of operands) {
    if (operand instanceof NdArray) body.array(operand.shape, operand.data);
    else if (isShared(operand)) operand.write(body);
  }
}

/** Uploads shared arrays as values, because a delayed call must not hold on to their memory. */
export function uploadShared(operands: readonly Operand[]): { named: Operand[]; made: Slot[] } {
  const made: Slot[] = [];
  const named = operands.map((operand) => {
    if (!isShared(operand)) return operand;
    const slot = operand.upload();
    made.push(slot);
    return slot;
  });
  return { named, made };
}
