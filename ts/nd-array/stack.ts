import { ELEMTYPES, type TypedArray } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";
import { NdArray } from "./nd-array.ts";
import { sameShape, shapeText } from "./shape.ts";

/**
 * Copies arrays of the same shape and elemtype into one array, along a new first dimension.
 * @throws {ArgumentError} No arrays, or different shapes or elemtypes.
 */
export function stack(arrays: readonly NdArray[]): NdArray {
  const [first] = arrays;
  if (first === undefined) throw new ArgumentError("expected arrays, got none");
  const { elemtype, shape, size } = first;
  const data: TypedArray = new ELEMTYPES[elemtype].array(arrays.length * size);
  arrays.forEach((array, i) => {
    const fits = array instanceof NdArray && array.elemtype === elemtype;
    if (!fits || !sameShape(array.shape, shape)) {
      const got = array instanceof NdArray ? `${array.elemtype} ${shapeText(array.shape)}` : array;
      throw new ArgumentError(
        `expected arrays of ${elemtype} ${shapeText(shape)}, got ${String(got)} at ${i}`,
      );
    }
    data.set(array.contiguous().data as never, i * size); // of the same kind
  });
  return new NdArray(elemtype, data, [arrays.length, ...shape]);
}
