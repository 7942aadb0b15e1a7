/** The handle methods that can also be called on a pending result. */
export const METHODS = [
  "values",
  "toNdArray",
  "get",
  "toNested",
  "toArrow",
  "toTable",
  "borrow",
  "at",
  "project",
  "toObject",
  "toObjects",
  "set",
  "store",
  "variant",
  "destruct",
] as const;

export type PendingMethod = (typeof METHODS)[number];
