import { ArgumentError } from "../errors.ts";

/** @throws {ArgumentError} If the number of indices is wrong, or one is out of bounds. */
export function checkIndices(
  where: string,
  indices: readonly number[],
  shape: readonly number[],
): void {
  if (indices.length !== shape.length) {
    throw new ArgumentError(
      `${where}: expected ${shape.length} indices for shape [${shape.join(", ")}], got ${indices.length}`,
    );
  }
  indices.forEach((index, dimension) => {
    const size = shape[dimension] as number;
    if (!Number.isInteger(index) || index < 0 || index >= size) {
      throw new ArgumentError(
        `${where}: expected index ${dimension} to be an integer in 0..${size - 1}, got ${String(index)} (shape [${shape.join(", ")}])`,
      );
    }
  });
}
