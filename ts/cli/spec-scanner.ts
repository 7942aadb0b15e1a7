import { TextScanner } from "../data/text-scanner.ts";
import { ArgumentError } from "../errors.ts";

const SPACE = /[^\S\n\r]*/y;
const EOL = /\r?\n/y;
const NO_QUOTE = /[^}"]*/y;
const IN_QUOTES = /[^"\\\n]*/y;
const ESCAPED = /\\./y;

/** Reads tokens of a test block, which may continue over several comment lines. */
export class SpecScanner extends TextScanner {
  get atEnd(): boolean {
    return this.at === this.text.length;
  }

  /** Whether the rest of the text starts with `text`. */
  ahead(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** Consumes `text` if it is next, and the space after it, across lines. */
  mark(text: string): boolean {
    if (!this.ahead(text)) return false;
    this.at += text.length;
    this.space();
    return true;
  }

  /** Consumes `text` if it is next, and the space after it on the same line. */
  markInLine(text: string): boolean {
    if (!this.ahead(text)) return false;
    this.at += text.length;
    this.take(SPACE);
    return true;
  }

  /** @throws {ArgumentError} The rest of the text does not start with `text`. */
  expect(text: string, what: string = JSON.stringify(text)): void {
    if (!this.mark(text)) throw this.wrong(what);
  }

  /** Consumes space, line ends, and the `--` at the start of the next line. */
  space(): void {
    for (;;) {
      this.take(SPACE);
      const start = this.at;
      if (this.take(EOL) !== "" && this.ahead("--")) {
        this.at += 2;
        continue;
      }
      this.at = start;
      return;
    }
  }

  /** Consumes the end of the line; returns whether it was next. */
  endOfLine(): boolean {
    return this.take(EOL) !== "" || this.atEnd;
  }

  /** Consumes the rest of the line, without its end. */
  restOfLine(): string {
    return this.take(/[^\n]*/y);
  }

  /** Consumes and returns text in braces, without the `--` of its lines; strings may have braces. */
  braces(): string {
    this.expect("{");
    const start = this.at;
    do this.take(NO_QUOTE);
    while (this.string() !== "");
    const inside = this.text.slice(start, this.at);
    this.expect("}");
    return inside.replaceAll(/\n--/g, "\n");
  }

  /** Consumes a string, and returns it with its quotation marks; an empty text if none is next. */
  string(): string {
    const start = this.at;
    // A pattern that repeats a group would overflow the stack for long strings.
    this.take(/"/y);
    if (this.at > start) {
      do this.take(IN_QUOTES);
      while (this.take(ESCAPED) !== "");
      if (this.take(/"/y) === "") this.at = start;
    }
    return this.text.slice(start, this.at);
  }

  /** Returns an error for the current position, with its line and column. */
  wrong(expected: string): ArgumentError {
    const { line, column, got } = this.position();
    return new ArgumentError(`${this.where}:${line}:${column}: expected ${expected}, got ${got}`);
  }
}
