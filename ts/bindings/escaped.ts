// Escapes untrusted text (names, documentation and version from a manifest) for generated code and
// terminals. Each context has its own function; all such text must pass through one.

/** Characters that may break lines, move the cursor, or reorder displayed text. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const LINE_ENDS = /\r\n|[\r\n\u2028\u2029]/;

/** Escapes text for a terminal: control characters except newlines and tabs become code points. */
export function printable(text: string): string {
  return text.replace(UNSEEN, (unseen) =>
    unseen === "\n" || unseen === "\t" ? unseen : numbered(unseen),
  );
}

/** Escapes text for a comment that ends at the end of the line (`//`, `#`). */
export function inLine(text: string): string {
  return text.replace(UNSEEN, numbered);
}

/** Splits text into lines and escapes them for a block comment. */
export function inBlockComment(text: string): string[] {
  return linesOf(text).map((line) => printable(line).replaceAll("*/", "*\\/"));
}

/** Returns a string literal that is valid in both TypeScript and Python. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (unseen) =>
    unseen.length === 1 ? `\\u${point(unseen).padStart(4, "0")}` : unseen,
  );
}

/** Splits text into lines and escapes them for a triple-quoted Python string. */
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
