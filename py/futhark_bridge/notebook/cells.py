"""Futhark programs in notebook cells, with compiler errors located in the cell."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import Any

from futhark_bridge.errors import BuildError
from futhark_bridge.module.module import FutharkModule, load

# "Error at cell.fut:2:3-3:11:"; columns count from 1, and the end is exclusive.
_POSITION = re.compile(
    r"^(?P<kind>\w+) at (?P<file>.+?):(?P<line>\d+):(?P<column>\d+)"
    r"(?:-(?:(?P<last_line>\d+):)?(?P<end>\d+))?:$"
)
_INVITATION = "If you find this error message confusing"


class CellError(BuildError):
    """A compile error in a cell; the message quotes the lines of the cell."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows this in place of the Python traceback.
        return self.message.splitlines()


def load_cell(text: str, line_offset: int = 0, **options: Any) -> FutharkModule:
    """Compile and load a program given as text.

    Parameters
    ----------
    text : str
        The program. Imports are resolved in the current folder.
    line_offset : int
        Number of lines in the cell before the program.
    **options
        As for `load`.

    Raises
    ------
    CellError
        If the program does not compile.
    """
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1 + line_offset
        raise CellError(f"line {line}: {error}") from None
    # Named by content, so that the build cache recognizes it.
    digest = hashlib.sha256(content).hexdigest()[:12]
    name = f"cell_{digest}.fut"
    with tempfile.TemporaryDirectory(prefix="futhark-bridge-") as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        if re.search(r'\bimport\s+"', text):
            # The compiler resolves imports relative to the program only.
            path = Path.cwd() / name
            path.write_bytes(content)
        try:
            return load(path, **options)
        except BuildError as error:
            message = error.message.partition("does not compile:\n")[2]
            if not message:
                raise
            explained = explain(message, name, text, line_offset)
            raise CellError(explained) from None
        finally:
            path.unlink(missing_ok=True)


def explain(message: str, name: str, text: str, line_offset: int = 0) -> str:
    """Insert the program's lines into a compiler message, below each position.

    Line numbers are then those of the cell. Positions in other files are not changed.
    """
    source = text.splitlines()
    lines: list[str] = []
    for each in message.partition(_INVITATION)[0].strip().splitlines():
        found = _POSITION.match(each)
        if found is None or Path(found["file"]).name != name:
            lines.append(each)
            continue
        line, column = int(found["line"]), int(found["column"])
        end = f"-{found['end']}" if found["end"] and not found["last_line"] else ""
        lines.append(f"{found['kind']} at line {line + line_offset}:{column}{end}:")
        if line <= len(source):
            lines += _marked(source[line - 1], line + line_offset, column, found)
    return "\n".join(lines)


def _marked(
    source: str, number: int, column: int, found: re.Match[str]
) -> tuple[str, str]:
    """Return a line with its number, and a line that marks the range in it."""
    last = int(found["end"] or column + 1)
    end = len(source) + 1 if found["last_line"] else last
    width = max(1, min(end, len(source) + 1) - column)
    margin = f"{number:>5} | "
    # Tabs are kept, so that the marks are aligned.
    before = re.sub(r"[^\t]", " ", source[: column - 1])
    return margin + source, " " * (len(margin) - 2) + "| " + before + "^" * width
