import { ArgumentError } from "../errors.ts";

// No pattern repeats a group: each repetition takes stack space, which long input would overflow.
const SPACE = /\s*/y;
const COMMENT = /--[^\n]*/y;
const IN_QUOTES = /[^"\\]*/y;

/** Reads tokens of a text that holds values, and reports errors with their line and column. */
export class LiteralScanner {
  readonly #text: string;
  readonly #where: string;
  #at = 0;

  /** @param where Prefix of errors. */
  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  /** Whether only spaces and comments remain. */
  atEnd(): boolean {
    this.space();
    return this.#at === this.#text.length;
  }

  /** Skips spaces and comments. */
  space(): void {
    do this.take(SPACE);
    while (this.take(COMMENT) !== undefined);
  }

  /** Whether the next character is this one. */
  isAt(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  /** Skips spaces, and consumes the character if it is next. */
  mark(character: string): boolean {
    this.space();
    if (!this.isAt(character)) return false;
    this.#at++;
    return true;
  }

  /** Consumes a match of a sticky pattern at the current position, if there is one. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** Moves back to the start of what was just consumed. */
  back(consumed: string): void {
    this.#at -= consumed.length;
  }

  /** Consumes a quoted string, and returns its content. */
  string(): string {
    const start = this.#at;
    const end = this.#stringEnd(start);
    try {
      const text = this.#text.slice(start, end);
      this.#at = end;
      if (text.startsWith('"')) return JSON.parse(text) as string; // a quoted text is a string
    } catch {
      // A bad escape or no closing quote: reported below.
    }
    this.#at = start;
    throw this.wrong("a string");
  }

  /** Returns the end of the string that starts at `start`, or of the text if it is not closed. */
  #stringEnd(start: number): number {
    this.#at = start + 1;
    for (;;) {
      this.take(IN_QUOTES);
      if (this.#text[this.#at] !== "\\") return Math.min(this.#at + 1, this.#text.length);
      this.#at += 2;
    }
  }

  /** Returns a syntax error at the current position. */
  wrong(expected: string): ArgumentError {
    const before = this.#text.slice(0, this.#at).split("\n");
    const rest = this.#text.slice(this.#at, this.#at + 24).split("\n")[0] ?? "";
    const got = this.#at < this.#text.length ? JSON.stringify(rest) : "the end";
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    return this.error(`expected ${expected} at ${place}, got ${got}`);
  }

  error(message: string): ArgumentError {
    return new ArgumentError(`${this.#where}: ${message}`);
  }
}
