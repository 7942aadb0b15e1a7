import { readFileSync } from "node:fs";
import { isFutharkError } from "../errors.ts";

/** A compile error in the form that bundlers display. */
export interface CompileError {
  readonly text: string;
  /** Present if the compiler reports a location. */
  readonly location?: {
    readonly file: string;
    /** Line number, starting at 1. */
    readonly line: number;
    /** Column, starting at 0. */
    readonly column: number;
    readonly length: number;
    readonly lineText: string;
  };
}

/** `Error at dct.fut:3:15-20:`; a range over several lines has a line before the end column. */
const PLACE = /^Error at (.+):(\d+):(\d+)-(?:(\d+):)?(\d+):\n/m;
/** Advice that the compiler appends to each message. */
const ADVICE = /\n+If you find this error message confusing[\s\S]*/;

/** Parses the error of a failed build; rethrows any other error. */
export function compileError(error: unknown): CompileError {
  if (!isFutharkError(error, "build")) throw error;
  const found = PLACE.exec(error.message);
  if (found === null) return { text: error.message };
  const [place, file = "", line, start, lastLine, end] = found;
  const text = error.message.slice(found.index + place.length).replace(ADVICE, "");
  const [row, first] = [Number(line), Number(start)];
  const length = lastLine === undefined ? Math.max(1, Number(end) - first) : 1;
  const lineText = lineOf(file, row);
  return { text: text.trim(), location: { file, line: row, column: first - 1, length, lineText } };
}

function lineOf(file: string, line: number): string {
  try {
    return readFileSync(file, "utf8").split("\n")[line - 1] ?? "";
  } catch {
    return "";
  }
}
