// Prints arrays as numpy does by default: lines of 75 columns, and only the edges of arrays of more
// than 1000 elements.
import { ELEMTYPES, type Scalar } from "../elemtypes.ts";
import { floatFormat, formatFloat } from "./format-float.ts";
import { elementCount } from "./shape.ts";
import { elementAt, type Strided } from "./strided.ts";

const LINE_WIDTH = 75;
const THRESHOLD = 1000;
const EDGE_ITEMS = 3;

// Types of Python's own literals; numpy's `repr` adds the dtype of all others.
const UNNAMED: ReadonlySet<string> = new Set(["i64", "f64", "bool"]);

/** Formats as numpy's `str(array)`. */
export function formatStr(array: Strided): string {
  if (array.shape.length > 0) return formatArray(array, " ", 0, LINE_WIDTH);
  const element = elementAt(array, array.offset);
  if (typeof element === "boolean") return element ? "True" : "False";
  const isFloat = ELEMTYPES[array.elemtype].kind === "float";
  return isFloat ? formatFloat(array.elemtype, Number(element)) : String(element);
}

/** Formats as numpy's `repr(array)`. */
export function formatRepr(array: Strided): string {
  const prefix = "array(";
  const { shape, elemtype } = array;
  const text = prefix + formatArray(array, ", ", prefix.length, LINE_WIDTH - 1);
  const size = elementCount(shape);
  const extras: string[] = [];
  if ((size === 0 && shape.length !== 1) || size > THRESHOLD) {
    extras.push(`shape=(${shape.join(", ")}${shape.length === 1 ? "," : ""})`);
  }
  if (size === 0 || !UNNAMED.has(elemtype)) extras.push(`dtype=${ELEMTYPES[elemtype].dtype}`);
  if (extras.length === 0) return `${text})`;
  const extra = `${extras.join(", ")})`;
  const lastLine = text.length + 1 - (text.lastIndexOf("\n") + 1);
  const fits = lastLine + extra.length + 1 <= LINE_WIDTH;
  return `${text},${fits ? " " : `\n${" ".repeat(prefix.length)}`}${extra}`;
}

function formatArray(
  array: Strided,
  separator: string,
  prefixWidth: number,
  lineWidth: number,
): string {
  const { shape, strides } = array;
  const size = elementCount(shape);
  if (size === 0) return "[]";
  const summarised = size > THRESHOLD;
  const format = elementFormat(array, [...shownElements(array, summarised)]);
  const tail = separator.trimEnd();

  const print = (axis: number, position: number, indent: string, width: number): string => {
    if (axis === shape.length) return format(elementAt(array, position));
    const items = shownIndices(shape[axis] ?? 0, summarised).map((index) =>
      index === null
        ? "..."
        : print(axis + 1, position + index * (strides[axis] ?? 0), `${indent} `, width - 1),
    );
    if (axis < shape.length - 1) {
      const between = tail + "\n".repeat(shape.length - axis - 1) + indent;
      return `[${items.join(between)}]`;
    }
    return `[${wrap(items, separator, indent, width - 1)}]`;
  };
  return print(0, array.offset, " ".repeat(prefixWidth + 1), lineWidth);
}

/** Joins the items of a row into lines; all but the first start with `indent`. */
function wrap(items: readonly string[], separator: string, indent: string, width: number): string {
  let text = "";
  let line = indent;
  items.forEach((item, i) => {
    if (line.length + item.length > width && line.length > indent.length) {
      text += `${line.trimEnd()}\n`;
      line = indent;
    }
    line += item + (i < items.length - 1 ? separator : "");
  });
  return (text + line).slice(indent.length);
}

/** Returns the indices of a dimension that are shown, with null for the gap. */
function shownIndices(size: number, summarised: boolean): (number | null)[] {
  if (!summarised || size <= 2 * EDGE_ITEMS) return Array.from({ length: size }, (_, i) => i);
  const first = Array.from({ length: EDGE_ITEMS }, (_, i) => i);
  return [...first, null, ...first.map((i) => size - EDGE_ITEMS + i)];
}

function* shownElements(
  array: Strided,
  summarised: boolean,
  axis = 0,
  position = array.offset,
): Generator<Scalar> {
  if (axis === array.shape.length) {
    yield elementAt(array, position);
    return;
  }
  for (const index of shownIndices(array.shape[axis] ?? 0, summarised)) {
    const next = position + (index ?? 0) * (array.strides[axis] ?? 0);
    if (index !== null) yield* shownElements(array, summarised, axis + 1, next);
  }
}

/** Returns a function that formats each element to the same width. */
function elementFormat(array: Strided, shown: readonly Scalar[]): (element: Scalar) => string {
  const { kind } = ELEMTYPES[array.elemtype];
  if (kind === "bool") {
    const width = array.shape.length === 0 ? 0 : "False".length;
    return (element) => (element ? "True" : "False").padStart(width);
  }
  if (kind === "float") {
    const format = floatFormat(array.elemtype, shown as number[]);
    return (element) => format(element as number);
  }
  const width = Math.max(...shown.map((element) => String(element).length));
  return (element) => String(element).padStart(width);
}
