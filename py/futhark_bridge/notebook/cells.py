"""A Futhark program that is a cell of a notebook: compiled, its errors shown in it."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import Any

from futhark_bridge.errors import BuildError
from futhark_bridge.module.module import FutharkModule, load

# "Error at cell.fut:2:3-3:11:"; columns count from 1, the last is the one after.
_POSITION = re.compile(
    r"^(?P<kind>\w+) at (?P<file>.+?):(?P<line>\d+):(?P<column>\d+)"
    r"(?:-(?:(?P<last_line>\d+):)?(?P<end>\d+))?:$"
)
_INVITATION = "If you find this error message confusing"


class CellError(BuildError):
    """A cell does not compile: the compiler's message, with the cell's own lines."""

    def _render_traceback_(self) -> list[str]:
        # What IPython shows in place of a Python traceback, which would tell nothing.
        return self.message.splitlines()


def load_cell(text: str, line_offset: int = 0, **options: Any) -> FutharkModule:
    """Compile and open a program that is given as text.

    Parameters
    ----------
    text : str
        The program. Its imports are files of the current folder.
    line_offset : int
        How many lines of the cell stand before the program.
    **options
        As for `load`.

    Raises
    ------
    CellError
        If it does not compile.
    """
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1 + line_offset
        raise CellError(f"line {line}: {error}") from None
    # Named by content, so that the cache of built modules knows it again.
    digest = hashlib.sha256(content).hexdigest()[:12]
    name = f"cell_{digest}.fut"
    with tempfile.TemporaryDirectory(prefix="futhark-bridge-") as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        if re.search(r'\bimport\s+"', text):
            # The compiler looks for imports beside the program and nowhere else.
            path = Path.cwd() / name
            path.write_bytes(content)
        try:
            return load(path, **options)
        except BuildError as error:
            message = error.message.partition("does not compile:\n")[2]
            if not message:
                raise
            told = explain(message, name, text, line_offset)
            raise CellError(told) from None
        finally:
            path.unlink(missing_ok=True)


def explain(message: str, name: str, text: str, line_offset: int = 0) -> str:
    """Put a program's own lines into what the compiler says of it, below each position.

    Positions then count as the cell's editor does. What the compiler says of other
    files stays as it is.
    """
    source = text.splitlines()
    told: list[str] = []
    for said in message.partition(_INVITATION)[0].strip().splitlines():
        found = _POSITION.match(said)
        if found is None or Path(found["file"]).name != name:
            told.append(said)
            continue
        line, column = int(found["line"]), int(found["column"])
        end = f"-{found['end']}" if found["end"] and not found["last_line"] else ""
        told.append(f"{found['kind']} at line {line + line_offset}:{column}{end}:")
        if line <= len(source):
            told += _marked(source[line - 1], line + line_offset, column, found)
    return "\n".join(told)


def _marked(
    source: str, number: int, column: int, found: re.Match[str]
) -> tuple[str, str]:
    """Give a line with its number, and marks below what is meant."""
    last = int(found["end"] or column + 1)
    end = len(source) + 1 if found["last_line"] else last
    width = max(1, min(end, len(source) + 1) - column)
    margin = f"{number:>5} | "
    # Tabs stay tabs, or the marks would stand elsewhere.
    before = re.sub(r"[^\t]", " ", source[: column - 1])
    return margin + source, " " * (len(margin) - 2) + "| " + before + "^" * width
