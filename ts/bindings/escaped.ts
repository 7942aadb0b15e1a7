// Texts of strangers (a manifest's names, documentation, version) as they may stand in generated
// code and on a terminal: each place has one function here, and no other way in.

/** Characters that end a line somewhere, move a cursor, or change the order in which text is seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const LINE_ENDS = /\r\n|[\r\n\u2028\u2029]/;

/** Text for a terminal: control characters but ends of lines and tabs are shown as their numbers. */
export function printable(text: string): string {
  return text.replace(UNSEEN, (unseen) =>
    unseen === "\n" || unseen === "\t" ? unseen : numbered(unseen),
  );
}

/** Text in a comment that ends with its line (`//`, `#`). */
export function inLine(text: string): string {
  return text.replace(UNSEEN, numbered);
}

/** The lines of a text, as they may stand in a comment that ends with an asterisk and a slash. */
export function inBlockComment(text: string): string[] {
  return linesOf(text).map((line) => printable(line).replaceAll("*/", "*\\/"));
}

/** A string literal, of TypeScript and of Python. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (unseen) =>
    unseen.length === 1 ? `\\u${point(unseen).padStart(4, "0")}` : unseen,
  );
}

/** The lines of a text, as they may stand between three quotes in Python. */
export function inDocstring(text: string): string[] {
  return linesOf(text).map((line) =>
    line
      .replaceAll("\\", "\\\\")
      .replace(/"(?="|$)/g, '\\"')
      .replace(UNSEEN, (unseen) =>
        unseen === "\t" ? unseen : `\\U${point(unseen).padStart(8, "0")}`,
      ),
  );
}

function linesOf(text: string): string[] {
  return text.split(LINE_ENDS).map((line) => line.trimEnd());
}

function numbered(unseen: string): string {
  return `\\u{${point(unseen)}}`;
}

function point(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
