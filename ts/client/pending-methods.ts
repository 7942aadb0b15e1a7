/** The methods of handles that can be called on a result that is still to come. */
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
