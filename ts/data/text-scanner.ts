/** Reads tokens of a text, one after the other. */
export class TextScanner {
  protected readonly text: string;
  protected readonly where: string;
  protected at = 0;

  /** @param where Prefix of errors. */
  constructor(text: string, where: string) {
    this.text = text;
    this.where = where;
  }

  /** Consumes a match of a sticky pattern at the current position; empty if there is none. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  /** Moves back by `length` characters. */
  back(length: number): void {
    this.at -= length;
  }

  /** Returns the current position, and the text that follows on its line, for messages. */
  protected position(): { readonly line: number; readonly column: number; readonly got: string } {
    const before = this.text.slice(0, this.at).split("\n");
    const rest = this.text.slice(this.at, this.at + 24).split("\n")[0] ?? "";
    const end = this.at === this.text.length ? "the end" : "the end of the line";
    return {
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
      got: rest === "" ? end : JSON.stringify(rest),
    };
  }
}
