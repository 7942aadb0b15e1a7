import { ArgumentError } from "../errors.ts";
import { TextScanner } from "./text-scanner.ts";

// No pattern repeats a group: each repetition takes stack space, which long input would overflow.
const SPACE = /\s*/y;
const COMMENT = /--[^\n]*/y;
const IN_QUOTES = /[^"\\]*/y;

/** Reads tokens of a text that holds values, and reports errors with their line and column. */
export class LiteralScanner extends TextScanner {
  /** Whether only spaces and comments remain. */
  atEnd(): boolean {
    this.space();
    return this.at === this.text.length;
  }

  /** Skips spaces and comments. */
  space(): void {
    do this.take(SPACE);
    while (this.take(COMMENT) !== "");
  }

  /** Whether the next character is this one. */
  isAt(character: string): boolean {
    return this.text[this.at] === character;
  }

  /** Skips spaces, and consumes the character if it is next. */
  mark(character: string): boolean {
    this.space();
    if (!this.isAt(character)) return false;
    this.at++;
    return true;
  }

  /** Consumes a quoted string, and returns its content. */
  string(): string {
    const start = this.at;
    const end = this.#stringEnd(start);
    try {
      const text = this.text.slice(start, end);
      this.at = end;
      if (text.startsWith('"')) return JSON.parse(text) as string; // a quoted text is a string
    } catch {
      // A bad escape or no closing quote: reported below.
    }
    this.at = start;
    throw this.wrong("a string");
  }

  /** Returns the end of the string that starts at `start`, or of the text if it is not closed. */
  #stringEnd(start: number): number {
    this.at = start + 1;
    for (;;) {
      this.take(IN_QUOTES);
      if (this.text[this.at] !== "\\") return Math.min(this.at + 1, this.text.length);
      this.at += 2;
    }
  }

  /** Returns a syntax error at the current position. */
  wrong(expected: string): ArgumentError {
    const { line, column, got } = this.position();
    return this.error(`expected ${expected} at line ${line}, column ${column}, got ${got}`);
  }

  error(message: string): ArgumentError {
    return new ArgumentError(`${this.where}: ${message}`);
  }
}
