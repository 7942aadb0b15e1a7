// Parses values: Futhark's literals, as in its data files and on its command line, and JSON.
import type { Elemtype } from "../elemtypes.ts";
import { LiteralScanner } from "./literal-scanner.ts";

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

/** Deepest nesting of arrays and objects, beyond that of any program's types. */
const MAX_DEPTH = 256;
/** Longest number, in characters; every f64 has a shorter form. */
const MAX_NUMBER = 4096;
/** The limit for all arrays. */
const MAX_RANK = 64;

// No pattern repeats a group: each repetition takes stack space, which long input would overflow.
const NUMBER =
  /[+-]?(?:0[xX][\da-fA-F][\da-fA-F_]*|0[bB][01][01_]*|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)(?:[iu](?:8|16|32|64)|f(?:16|32|64))?(?![\w.])/y;
const SPECIAL = /[+-]?(?:(?:f16|f32|f64)\.(?:nan|inf)|NaN|Infinity)(?![\w.])/y;
const KEYWORD = /(?:true|false|null)(?!\w)/y;
const EMPTY = /empty\(\s*([[\]\d]+)([a-z]\w*)\s*\)/y;
const OPENING = /[[{(]/y;
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
  const scan = new LiteralScanner(text, where);
  const parser = new Parser(scan);
  const values: Literal[] = [];
  while (!scan.atEnd()) values.push(parser.value());
  return values;
}

class Parser {
  readonly #scan: LiteralScanner;
  #depth = 0;

  constructor(scan: LiteralScanner) {
    this.#scan = scan;
  }

  value(): Literal {
    const scan = this.#scan;
    scan.space();
    const number = scan.take(NUMBER) || scan.take(SPECIAL);
    if (number !== "") return this.#number(number);
    const keyword = scan.take(KEYWORD);
    if (keyword !== "") return keyword === "null" ? null : keyword === "true";
    if (scan.isAt('"')) return { quoted: scan.string() };
    const empty = scan.take(EMPTY);
    if (empty !== "") return this.#empty(empty);
    const mark = scan.take(OPENING);
    if (mark === "[") return this.#items("]", () => this.value());
    if (mark === "{") return { fields: this.#fields() };
    if (mark === "(") return this.#tuple();
    const variant = scan.take(VARIANT);
    if (variant !== "") return this.#variant(variant.slice(1));
    throw scan.wrong("a value");
  }

  #items<T>(end: string, item: () => T): T[] {
    if (++this.#depth > MAX_DEPTH) throw this.#scan.wrong(`at most ${MAX_DEPTH} levels`);
    const items: T[] = [];
    while (!this.#scan.mark(end)) {
      items.push(item());
      if (this.#scan.mark(end)) break;
      if (!this.#scan.mark(",")) throw this.#scan.wrong(`, or ${end}`);
    }
    this.#depth--;
    return items;
  }

  #fields(): Map<string, Literal> {
    const fields = new Map<string, Literal>();
    this.#items("}", () => {
      const [name, value] = this.#field();
      if (fields.has(name)) throw this.#scan.error(`field ${name} occurs twice`);
      fields.set(name, value);
    });
    return fields;
  }

  /** Parses `"name": value` or `name = value`. */
  #field(): [string, Literal] {
    this.#scan.space();
    const name = this.#scan.take(FIELD);
    if (name !== "") {
      if (!this.#scan.mark("=")) throw this.#scan.wrong("=");
      return [name, this.value()];
    }
    const quoted = this.#scan.string();
    if (!this.#scan.mark(":")) throw this.#scan.wrong(":");
    return [quoted, this.value()];
  }

  /** Parses a tuple; a single value in parentheses is that value. */
  #tuple(): Literal {
    const items = this.#items(")", () => this.value());
    return items.length === 1 ? (items[0] as Literal) : { items };
  }

  /** Parses a variant, whose payload is all values that follow; parentheses end it. */
  #variant(name: string): Fields {
    if (++this.#depth > MAX_DEPTH) throw this.#scan.wrong(`at most ${MAX_DEPTH} levels`);
    const payload: Literal[] = [];
    for (;;) {
      this.#scan.space();
      const found = this.#scan.take(OPERAND);
      if (found === "") break;
      this.#scan.back(found.length);
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

  /** Parses a value within a payload, where a variant has no payload itself. */
  #operand(): Literal {
    const variant = this.#scan.take(VARIANT);
    if (variant === "") return this.value();
    return {
      fields: new Map<string, Literal>([
        ["variant", { quoted: variant.slice(1) }],
        ["payload", []],
      ]),
    };
  }

  #number(text: string): string {
    if (text.length <= MAX_NUMBER) return text;
    this.#scan.back(text.length);
    throw this.#scan.wrong(`a number of at most ${MAX_NUMBER} characters`);
  }

  #empty(text: string): Empty {
    EMPTY.lastIndex = 0;
    const [, dimensions = "", elemtype = ""] = EMPTY.exec(text) ?? [];
    const sizes = dimensions.slice(1, -1).split("][");
    const shape = sizes.map((size) => (/^\d+$/.test(size) ? Number(size) : Number.NaN));
    const isShape = shape.length <= MAX_RANK && shape.every(Number.isSafeInteger);
    if (
      !isShape ||
      !shape.includes(0) ||
      !/^(?:[iu](?:8|16|32|64)|f(?:16|32|64)|bool)$/.test(elemtype)
    ) {
      throw this.#scan.error(`${text.slice(0, 80)} is not an empty array`);
    }
    return { elemtype: elemtype as Elemtype, shape };
  }
}
