"""A program's source: its file and all files that it imports, read once.

What is hashed and what is compiled are then the same bytes, whatever an editor saves in
the meantime. Imports are looked for as the compiler does: by name, beside the file that
imports, links not followed.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath

from futhark_bridge.errors import BuildError

# Comments may stand between the two words. What looks so within a comment or a string
# is taken as well: a file too many does no harm. The lookahead lets matches overlap.
_IMPORT = re.compile(r'import(?=(?:\s|--.*\n)*"((?:[^"\\\n]|\\.)+)")')
_NOT_FOUND = re.compile(r'(?<=Could not read file ")(?!/)[^"]+(?=")')


@dataclass(frozen=True, slots=True)
class Sources:
    """A program and what it imports.

    ``files`` has the bytes by the name that the compiler gives a file: relative to the
    program's folder, which the names may leave (``../shared/x.fut``), or absolute.
    """

    folder: Path
    name: str
    files: dict[str, bytes]

    @property
    def paths(self) -> list[Path]:
        """The files as the user has them."""
        return [self.path(name) for name in self.files]

    @property
    def outside(self) -> dict[str, bytes]:
        """The files that are imported by an absolute path."""
        return {name: self.files[name] for name in self.files if name.startswith("/")}

    def path(self, name: str) -> Path:
        """Give the user's path of a file."""
        return Path(os.path.normpath(self.folder / name))

    def write(self, folder: Path) -> Path:
        """Write a copy, without the files outside; give where the program is in it."""
        names = [name for name in self.files if not name.startswith("/")]
        for level in range(max(name.split("/").count("..") for name in names)):
            folder /= f"^{level}"
        for name in names:
            path = Path(os.path.normpath(folder / name))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.files[name])
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def with_paths(self, said: str) -> str:
        """Put the user's paths into what the compiler says of the copy."""
        names = "|".join(map(re.escape, sorted(self.files, key=len, reverse=True)))
        named = re.compile(rf"(?<![\w./-])(?:{names})(?=:\d)")
        for pattern in (named, _NOT_FOUND):
            said = pattern.sub(lambda found: str(self.path(found[0])), said)
        return said


def read_sources(program: Path) -> Sources:
    """Read a program and all that it imports.

    Raises
    ------
    BuildError
        If the program itself cannot be read; the compiler says what else is missing.
    """
    if not program.is_file():
        raise BuildError(f"no program: {program} is not a file")
    folder = program.absolute().parent
    files: dict[str, bytes] = {}
    todo = [program.name]
    while todo:
        name = todo.pop()
        if name in files:
            continue
        try:
            # Never a pipe or a device, which may have no end.
            if not (folder / name).is_file():
                continue
            content = (folder / name).read_bytes()
        except (OSError, ValueError) as error:
            if not files:
                raise BuildError(f"cannot read {program}: {error}") from error
            continue
        files[name] = content
        text = content.decode(errors="replace")
        todo += [
            normpath(join(dirname(name), f"{found}.fut"))
            for found in _IMPORT.findall(text)
        ]
    return Sources(folder, program.name, files)
