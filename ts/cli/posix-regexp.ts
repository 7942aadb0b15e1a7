const CLASSES: Readonly<Record<string, string>> = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  blank: " \\t",
  digit: "0-9",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\s",
  upper: "A-Z",
  xdigit: "0-9A-Fa-f",
};

/**
 * Converts a POSIX extended regular expression to JavaScript's; `.` matches line ends, too.
 * @throws {SyntaxError} It is not valid.
 */
export function posixRegExp(text: string): RegExp {
  return new RegExp(text.replaceAll(PART, translated), "s");
}

/** An escaped character, or a bracket expression. */
const PART = /\\(.)|\[(\^?)(\]?(?:\[:\w+:\]|[^\]])*)\]/gs;

function translated(
  part: string,
  escaped: string | undefined,
  not: string | undefined,
  inside: string | undefined,
): string {
  if (escaped !== undefined) return /\w/.test(escaped) ? escaped : part;
  // In brackets a backslash is an ordinary character.
  const body = inside?.replaceAll(/\[:(\w+):\]|[\\[\]]/g, (one, name: string | undefined) =>
    name === undefined ? `\\${one}` : (CLASSES[name] ?? one),
  );
  return `[${not}${body}]`;
}
