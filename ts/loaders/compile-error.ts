import { readFileSync } from "node:fs";
import { isFutharkError } from "../errors.ts";

/** What is wrong with a program, as tools that bundle show it. */
export interface CompileError {
  readonly text: string;
  /** Where the compiler tells it. */
  readonly location?: {
    readonly file: string;
    /** From 1. */
    readonly line: number;
    /** From 0. */
    readonly column: number;
    readonly length: number;
    readonly lineText: string;
  };
}

/** `Error at dct.fut:3:15-20:`, or with a second line before the column after the last. */
const PLACE = /^Error at (.+):(\d+):(\d+)-(?:(\d+):)?(\d+):\n/m;
/** What the compiler says below each message. */
const ADVICE = /\n+If you find this error message confusing[\s\S]*/;

/** Takes apart what went wrong with a build; anything but that is thrown again. */
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
