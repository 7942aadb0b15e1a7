/** Number of elements of a shape: 1 for rank 0, 0 with any dimension of 0. */
export function elementCount(shape: readonly number[]): number {
  if (shape.includes(0)) return 0; // first, as the others' product may be infinite
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Strides in elements of a row-major array. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis] ?? 1;
  }
  return strides;
}

/** Whether two shapes are equal. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** A shape as text, as Futhark and numpy users read it: `[2, 3]`. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
