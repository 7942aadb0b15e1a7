// The text of values: Futhark's literals, as in its data files and on its command lines, and JSON.
import type { Elemtype } from "../elemtypes.ts";
import { ArgumentError } from "../errors.ts";

/**
 * A value as it is written. Numbers stay text, so that none loses digits before its type is
 * known: a string that is quoted is a {@link Quoted}.
 */
export type Literal = string | boolean | null | Quoted | Empty | Fields | readonly Literal[];

/** A string in quotes: in Futhark an array of u8. */
export interface Quoted {
  readonly quoted: string;
}

/** `empty([0][3]i32)`. */
export interface Empty {
  readonly elemtype: Elemtype;
  readonly shape: readonly number[];
}

/** A JSON object. */
export interface Fields {
  readonly fields: ReadonlyMap<string, Literal>;
}

const SPACE = /(?:\s|--[^\n]*)*/y;
const NUMBER =
  /[+-]?(?:0[xX][\da-fA-F][\da-fA-F_]*|0[bB][01][01_]*|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)(?:[iu](?:8|16|32|64)|f(?:16|32|64))?(?![\w.])/y;
const SPECIAL = /[+-]?(?:(?:f16|f32|f64)\.(?:nan|inf)|NaN|Infinity)(?![\w.])/y;
const WORD = /(?:true|false|null)(?!\w)/y;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const EMPTY = /empty\(\s*((?:\[\d+\])+)([a-z]\w*)\s*\)/y;
const MARK = /[[\]{},:]/y;

/**
 * Reads the values that a text holds, one after the other.
 * @param where Put before what is wrong.
 * @throws {ArgumentError} Something that is no value, with its line and column.
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

  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  atEnd(): boolean {
    this.#take(SPACE);
    return this.#at === this.#text.length;
  }

  value(): Literal {
    this.#take(SPACE);
    const number = this.#take(NUMBER) ?? this.#take(SPECIAL);
    if (number !== undefined) return number;
    const word = this.#take(WORD);
    if (word !== undefined) return word === "null" ? null : word === "true";
    if (this.#text[this.#at] === '"') return { quoted: this.#string() };
    const start = this.#at;
    const empty = this.#take(EMPTY);
    if (empty !== undefined) return this.#empty(empty, start);
    const mark = this.#take(MARK);
    if (mark === "[") return this.#items("]", () => this.value());
    if (mark === "{") return { fields: new Map(this.#items("}", () => this.#field())) };
    this.#at = start;
    throw this.#wrong("a value");
  }

  #items<T>(end: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.#mark(end)) {
      items.push(item());
      if (this.#mark(end)) break;
      if (!this.#mark(",")) throw this.#wrong(`, or ${end}`);
    }
    return items;
  }

  #field(): [string, Literal] {
    this.#take(SPACE);
    const name = this.#string();
    if (!this.#mark(":")) throw this.#wrong(":");
    return [name, this.value()];
  }

  #string(): string {
    const start = this.#at;
    const text = this.#take(QUOTED);
    try {
      if (text !== undefined) return JSON.parse(text) as string; // a string in quotes is one
    } catch {
      // Said below: a wrong escape.
    }
    this.#at = start;
    throw this.#wrong("a string");
  }

  #empty(text: string, start: number): Empty {
    EMPTY.lastIndex = start;
    const [, dimensions = "", elemtype = ""] = EMPTY.exec(this.#text) ?? [];
    const shape = (dimensions.match(/\d+/g) ?? []).map(Number);
    if (!shape.includes(0) || !/^(?:[iu](?:8|16|32|64)|f(?:16|32|64)|bool)$/.test(elemtype)) {
      throw new ArgumentError(`${this.#where}: ${text} is no empty array`);
    }
    return { elemtype: elemtype as Elemtype, shape };
  }

  #mark(mark: string): boolean {
    this.#take(SPACE);
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  /** What the pattern finds here, if anything. */
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
