// Parses values: Futhark's literals, as in its data files and on its command line, and JSON.
import type { Elemtype } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";

/**
 * A parsed value. A number stays a string, so that no digits are lost before its type is known; a
 * quoted string is a {@link Quoted}.
 */
export type Literal =
  | string
  | boolean
  | null
  | Quoted
  | Empty
  | Fields
  | Tuple
  | readonly Literal[];

/** A quoted string: in Futhark an array of u8. */
export interface Quoted {
  readonly quoted: string;
}

/** `empty([0][3]i32)`. */
export interface Empty {
  readonly elemtype: Elemtype;
  readonly shape: readonly number[];
}

/** `(1, true)`. */
export interface Tuple {
  readonly items: readonly Literal[];
}

/**
 * A JSON object, or a record as `{x = 1}`. A variant of a sum, `#rect 3 4`, has the fields `variant`
 * and `payload`.
 */
export interface Fields {
  readonly fields: ReadonlyMap<string, Literal>;
}

/** Deepest nesting of arrays and objects; no program's types are as deep. */
const MAX_DEPTH = 256;
/** Longest number, in characters; every f64 has a shorter form. */
const MAX_NUMBER = 4096;
/** The limit of all arrays. */
const MAX_RANK = 64;

// No pattern repeats a group: each repetition takes stack space, which long input would overflow.
const SPACE = /\s*/y;
const COMMENT = /--[^\n]*/y;
const NUMBER =
  /[+-]?(?:0[xX][\da-fA-F][\da-fA-F_]*|0[bB][01][01_]*|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)(?:[iu](?:8|16|32|64)|f(?:16|32|64))?(?![\w.])/y;
const SPECIAL = /[+-]?(?:(?:f16|f32|f64)\.(?:nan|inf)|NaN|Infinity)(?![\w.])/y;
const WORD = /(?:true|false|null)(?!\w)/y;
const IN_QUOTES = /[^"\\]*/y;
const EMPTY = /empty\(\s*([[\]\d]+)([a-z]\w*)\s*\)/y;
const MARK = /[[\]{},:()]/y;
const FIELD = /[\p{L}_][\p{L}\p{N}_']*|\d+/uy;
const VARIANT = /#[\p{L}_][\p{L}\p{N}_']*/uy;
const OPERAND = /[-+\d"[{(#]|true|false|null|empty\(|f\d\d\.|NaN|Infinity/y;

/**
 * Parses the values in a text. Arrays and objects nest at most 256 deep; numbers have at most 4096
 * characters.
 * @param where Prefix of errors.
 * @throws {ArgumentError} A syntax error, with its line and column.
 */
export function parseLiterals(text: string, where: string): Literal[] {
  const parser = new Parser(text, where);
  const values: Literal[] = [];
  while (!parser.atEnd()) values.push(parser.value());
  return values;
}

class Parser {
  readonly #text: string;
  readonly #where: string;
  #at = 0;
  #depth = 0;

  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  atEnd(): boolean {
    this.#space();
    return this.#at === this.#text.length;
  }

  value(): Literal {
    this.#space();
    const number = this.#take(NUMBER) ?? this.#take(SPECIAL);
    if (number !== undefined) return this.#number(number);
    const word = this.#take(WORD);
    if (word !== undefined) return word === "null" ? null : word === "true";
    if (this.#text[this.#at] === '"') return { quoted: this.#string() };
    const start = this.#at;
    const empty = this.#take(EMPTY);
    if (empty !== undefined) return this.#empty(empty, start);
    const mark = this.#take(MARK);
    if (mark === "[") return this.#items("]", () => this.value());
    if (mark === "{") return { fields: this.#fields() };
    if (mark === "(") return this.#tuple();
    const variant = this.#take(VARIANT);
    if (variant !== undefined) return this.#variant(variant.slice(1));
    this.#at = start;
    throw this.#wrong("a value");
  }

  #items<T>(end: string, item: () => T): T[] {
    if (++this.#depth > MAX_DEPTH) throw this.#wrong(`at most ${MAX_DEPTH} levels`);
    const items: T[] = [];
    while (!this.#mark(end)) {
      items.push(item());
      if (this.#mark(end)) break;
      if (!this.#mark(",")) throw this.#wrong(`, or ${end}`);
    }
    this.#depth--;
    return items;
  }

  #fields(): Map<string, Literal> {
    const fields = new Map<string, Literal>();
    this.#items("}", () => {
      const [name, value] = this.#field();
      if (fields.has(name)) throw new ArgumentError(`${this.#where}: field ${name} is given twice`);
      fields.set(name, value);
    });
    return fields;
  }

  /** `"name": value` or `name = value`. */
  #field(): [string, Literal] {
    this.#space();
    const name = this.#take(FIELD);
    if (name !== undefined) {
      if (!this.#mark("=")) throw this.#wrong("=");
      return [name, this.value()];
    }
    const quoted = this.#string();
    if (!this.#mark(":")) throw this.#wrong(":");
    return [quoted, this.value()];
  }

  /** A value in parentheses is that value. */
  #tuple(): Literal {
    const items = this.#items(")", () => this.value());
    return items.length === 1 ? (items[0] as Literal) : { items };
  }

  /** All values that follow are its payload: in parentheses it ends before. */
  #variant(name: string): Fields {
    if (++this.#depth > MAX_DEPTH) throw this.#wrong(`at most ${MAX_DEPTH} levels`);
    const payload: Literal[] = [];
    for (;;) {
      this.#space();
      const start = this.#at;
      const found = this.#take(OPERAND) !== undefined;
      this.#at = start;
      if (!found) break;
      payload.push(this.#operand());
    }
    this.#depth--;
    return {
      fields: new Map<string, Literal>([
        ["variant", { quoted: name }],
        ["payload", payload],
      ]),
    };
  }

  /** A value; a variant has no payload here. */
  #operand(): Literal {
    const variant = this.#take(VARIANT);
    if (variant === undefined) return this.value();
    return {
      fields: new Map<string, Literal>([
        ["variant", { quoted: variant.slice(1) }],
        ["payload", []],
      ]),
    };
  }

  #string(): string {
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
    throw this.#wrong("a string");
  }

  /** Returns the end of the string that starts at `start`, or of the text if it is not closed. */
  #stringEnd(start: number): number {
    this.#at = start + 1;
    for (;;) {
      this.#take(IN_QUOTES);
      if (this.#text[this.#at] !== "\\") return Math.min(this.#at + 1, this.#text.length);
      this.#at += 2;
    }
  }

  #number(text: string): string {
    if (text.length <= MAX_NUMBER) return text;
    this.#at -= text.length;
    throw this.#wrong(`a number of at most ${MAX_NUMBER} characters`);
  }

  #empty(text: string, start: number): Empty {
    EMPTY.lastIndex = start;
    const [, dimensions = "", elemtype = ""] = EMPTY.exec(this.#text) ?? [];
    const sizes = dimensions.slice(1, -1).split("][");
    const shape = sizes.map((size) => (/^\d+$/.test(size) ? Number(size) : Number.NaN));
    const isShape = shape.length <= MAX_RANK && shape.every(Number.isSafeInteger);
    if (
      !isShape ||
      !shape.includes(0) ||
      !/^(?:[iu](?:8|16|32|64)|f(?:16|32|64)|bool)$/.test(elemtype)
    ) {
      throw new ArgumentError(`${this.#where}: ${text.slice(0, 80)} is not an empty array`);
    }
    return { elemtype: elemtype as Elemtype, shape };
  }

  #space(): void {
    do this.#take(SPACE);
    while (this.#take(COMMENT) !== undefined);
  }

  #mark(mark: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  /** Consumes a match of the pattern at the current position, if there is one. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #wrong(expected: string): ArgumentError {
    const before = this.#text.slice(0, this.#at).split("\n");
    const rest = this.#text.slice(this.#at, this.#at + 24).split("\n")[0] ?? "";
    const got = this.#at < this.#text.length ? JSON.stringify(rest) : "the end";
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    return new ArgumentError(`${this.#where}: expected ${expected} at ${place}, got ${got}`);
  }
}
