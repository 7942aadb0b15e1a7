"""A program's source: its file and all files that it imports, read once.

So the bytes that are hashed are those that are compiled, even if a file is saved
meanwhile. Imports are resolved as by the compiler: relative to the importing file, and
without following links.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath

from futhark_bridge.errors import BuildError

# Comments are allowed between the two tokens. Imports in a comment or a string match as
# well: an additional file does no harm. The lookahead lets matches overlap.
_IMPORT = re.compile(r'import(?=(?:\s|--.*\n)*"((?:[^"\\\n]|\\.)+)")')
_NOT_FOUND = re.compile(r'(?<=Could not read file ")(?!/)[^"]+(?=")')


@dataclass(frozen=True, slots=True)
class Sources:
    """A program and its imports.

    ``files`` maps the compiler's name of each file to its bytes: a path relative to the
    program's folder (possibly outside of it: ``../shared/x.fut``), or absolute.
    """

    folder: Path
    name: str
    files: dict[str, bytes]

    @property
    def paths(self) -> list[Path]:
        """The user's paths of the files."""
        return [self.path(name) for name in self.files]

    @property
    def outside(self) -> dict[str, bytes]:
        """The files that are imported by absolute path."""
        return {name: self.files[name] for name in self.files if name.startswith("/")}

    def path(self, name: str) -> Path:
        """Return the user's path of a file."""
        return Path(os.path.normpath(self.folder / name))

    def write(self, folder: Path) -> Path:
        """Write a copy, except files `outside`; return the program's folder in it."""
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
        """Replace names in a compiler message by the user's paths."""
        names = "|".join(map(re.escape, sorted(self.files, key=len, reverse=True)))
        named = re.compile(rf"(?<![\w./-])(?:{names})(?=:\d)")
        for pattern in (named, _NOT_FOUND):
            said = pattern.sub(lambda found: str(self.path(found[0])), said)
        return said


def read_sources(program: Path) -> Sources:
    """Read a program and all its imports.

    Raises
    ------
    BuildError
        If the program cannot be read; missing imports are left to the compiler.
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
            # Pipes and devices are skipped, as they may never end.
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
