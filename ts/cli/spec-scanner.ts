import { ArgumentError } from "../errors.ts";

const SPACE = /[^\S\n\r]*/y;
const EOL = /\r?\n/y;
const NO_QUOTE = /[^}"]*/y;
const IN_QUOTES = /[^"\\\n]*/y;
const ESCAPED = /\\./y;

/** Reads the comment lines of a test block, whose values and words continue over lines. */
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

  /** Whether the text continues with this. */
  ahead(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  /** Consumes this text and the space behind it, with ends of lines and the `--` of the next. */
  mark(text: string): boolean {
    if (!this.ahead(text)) return false;
    this.#at += text.length;
    this.space();
    return true;
  }

  /** Consumes this text and the space behind it on the same line. */
  markInLine(text: string): boolean {
    if (!this.ahead(text)) return false;
    this.#at += text.length;
    this.take(SPACE);
    return true;
  }

  /** @throws {ArgumentError} The text does not continue with this. */
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

  /** Consumes space, ends of lines, and the `--` that starts the next. */
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

  /** Consumes the end of the line, or says that there is none. */
  endOfLine(): boolean {
    return this.take(EOL) !== "" || this.atEnd;
  }

  /** Consumes a line up to its end. */
  restOfLine(): string {
    return this.take(/[^\n]*/y);
  }

  /** Consumes what stands in braces, which only strings may contain; without the `--` of lines. */
  braces(): string {
    this.expect("{");
    const start = this.#at;
    do this.take(NO_QUOTE);
    while (this.string() !== "");
    const inside = this.#text.slice(start, this.#at);
    this.expect("}");
    return inside.replaceAll(/\n--/g, "\n");
  }

  /** Consumes a string, and returns it with its quotation marks; an empty text if none stands. */
  string(): string {
    const start = this.#at;
    // A pattern that repeats a group would overflow the stack at long strings.
    this.take(/"/y);
    if (this.#at > start) {
      do this.take(IN_QUOTES);
      while (this.take(ESCAPED) !== "");
      if (this.take(/"/y) === "") this.#at = start;
    }
    return this.#text.slice(start, this.#at);
  }

  /** Goes back by so many characters. */
  back(length: number): void {
    this.#at -= length;
  }

  /** An error about what stands here, with its line and column. */
  wrong(expected: string): ArgumentError {
    const before = this.#text.slice(0, this.#at).split("\n");
    const rest = this.#text.slice(this.#at, this.#at + 24).split("\n")[0] ?? "";
    const got = this.atEnd ? "the end" : rest === "" ? "the end of the line" : JSON.stringify(rest);
    const place = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    return new ArgumentError(`${this.#where}:${place}: expected ${expected}, got ${got}`);
  }
}
