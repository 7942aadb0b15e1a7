import { ArgumentError } from "../errors.ts";

const SPACE = /[^\S\n\r]*/y;
const EOL = /\r?\n/y;
const NO_QUOTE = /[^}"]*/y;
const IN_QUOTES = /[^"\\\n]*/y;
const ESCAPED = /\\./y;

/** Reads tokens of a test block, which may continue over several comment lines. */
export class SpecScanner {
  readonly #text: string;
  readonly #where: string;
  #at = 0;

  /** @param where Prefix of errors: the path of the program. */
  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** Whether the rest of the text starts with `text`. */
  ahead(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  /** Consumes `text` if it is next, and the space after it, across lines. */
  mark(text: string): boolean {
    if (!this.ahead(text)) return false;
    this.#at += text.length;
    this.space();
    return true;
  }

  /** Consumes `text` if it is next, and the space after it on the same line. */
  markInLine(text: string): boolean {
    if (!this.ahead(text)) return false;
    this.#at += text.length;
    this.take(SPACE);
    return true;
  }

  /** @throws {ArgumentError} The rest of the text does not start with `text`. */
  expect(text: string, what: string = JSON.stringify(text)): void {
    if (!this.mark(text)) throw this.wrong(what);
  }

  /** Consumes a match of a sticky pattern. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  /** Consumes space, line ends, and the `--` at the start of the next line. */
  space(): void {
    for (;;) {
      this.take(SPACE);
      const start = this.#at;
      if (this.take(EOL) !== "" && this.ahead("--")) {
        this.#at += 2;
        continue;
      }
      this.#at = start;
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
    const start = this.#at;
    do this.take(NO_QUOTE);
    while (this.string() !== "");
    const inside = this.#text.slice(start, this.#at);
    this.expect("}");
    return inside.replaceAll(/\n--/g, "\n");
  }

  /** Consumes a string, and returns it with its quotation marks; an empty text if none is next. */
  string(): string {
    const start = this.#at;
    // A pattern that repeats a group would overflow the stack for long strings.
    this.take(/"/y);
    if (this.#at > start) {
      do this.take(IN_QUOTES);
      while (this.take(ESCAPED) !== "");
      if (this.take(/"/y) === "") this.#at = start;
    }
    return this.#text.slice(start, this.#at);
  }

  /** Moves back by `length` characters. */
  back(length: number): void {
    this.#at -= length;
  }

  /** Returns an error for the current position, with its line and column. */
  wrong(expected: string): ArgumentError {
    const before = this.#text.slice(0, this.#at).split("\n");
    const rest = this.#text.slice(this.#at, this.#at + 24).split("\n")[0] ?? "";
    const got = this.atEnd ? "the end" : rest === "" ? "the end of the line" : JSON.stringify(rest);
    const place = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    return new ArgumentError(`${this.#where}:${place}: expected ${expected}, got ${got}`);
  }
}
