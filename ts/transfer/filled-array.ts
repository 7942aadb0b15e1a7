import type { TypedArray } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import type { Block } from "../memory/block.ts";
import type { Destination } from "./destination.ts";

/** A typed array of the user's, which has exactly as many elements as arrive. */
export class FilledArray implements Destination<TypedArray> {
  readonly #array: TypedArray;
  readonly #length: number;
  readonly #where: string;

  /** @param where Names the method in error messages. */
  constructor(array: TypedArray, where: string) {
    this.#array = array;
    this.#length = array.length;
    this.#where = where;
  }

  fromBlock(block: Block): TypedArray {
    const array = this.#checked();
    block.copyOut(array);
    return array;
  }

  fromArray(data: TypedArray): TypedArray {
    const array = this.#checked();
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    return array;
  }

  /** The user may have transferred, shrunk or released its memory before the elements arrived. */
  #checked(): TypedArray {
    if (this.#array.length === this.#length) return this.#array;
    throw new ArgumentError(
      `${this.#where} into: the array's memory was taken away before its elements arrived`,
    );
  }
}
