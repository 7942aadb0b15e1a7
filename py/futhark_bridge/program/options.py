"""Options of a program, and the reader of tuning files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from futhark_bridge.errors import ArgumentError

if TYPE_CHECKING:
    import os


_MAX_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Options:
    """How to find, build and configure a program.

    Attributes
    ----------
    backend : str
        Back end to compile ``.fut`` files with; otherwise ignored.
    device, platform : str, optional
        Part of the name, or ``#k`` for the k-th; GPU back ends only.
    num_threads : int, optional
        Number of threads of the multicore and ispc back ends; others ignore it.
    tuning : path or mapping, optional
        A file written by ``futhark autotune``, or names and values.
    build_options : sequence of str, optional
        Additional options of the compiler of device code: ``-cl-std=CL1.2``. For
        OpenCL, HIP, and CUDA's NVRTC; an error for other back ends. Futhark ends the
        process if that compiler rejects one.
    cache_file : path, optional
        File in which GPU back ends cache compiled kernels.
    cwd : path, optional
        Base of relative paths and import names; default is the current folder.
    """

    backend: str = "multicore"
    device: str | None = None
    platform: str | None = None
    num_threads: int | None = None
    tuning: str | os.PathLike[str] | Mapping[str, int] | None = None
    build_options: Sequence[str] | None = None
    cache_file: str | os.PathLike[str] | None = None
    profiling: bool = False
    logging: bool = False
    debugging: bool = False
    cwd: str | os.PathLike[str] | None = None

    def tuning_values(self) -> dict[str, int]:
        """Return the tuning parameters to set, from a mapping or a file."""
        if self.tuning is None:
            return {}
        if isinstance(self.tuning, Mapping):
            return {k: _tuning_value(k, v) for k, v in self.tuning.items()}
        return read_tuning_file(Path(self.cwd or "", self.tuning))


def read_tuning_file(path: Path) -> dict[str, int]:
    """Read ``name=value`` lines; blank lines and ``--`` comments are skipped.

    Raises
    ------
    ArgumentError
        If the file cannot be read, or a line has another form.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:  # a path, or text, that cannot be
        raise ArgumentError(f"tuning file {path}: {error}") from error
    values = {}
    for number, line in enumerate(lines, 1):
        text = line.partition("--")[0].strip()
        if not text:
            continue
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and re.fullmatch("[0-9]+", value)):
            raise ArgumentError(
                f"tuning file {path}, line {number}: expected NAME=INTEGER, "
                f"got {line:.80}"
            )
        # Longer numbers are out of range, and slow to convert.
        if len(value) > _MAX_DIGITS:
            raise _wrong_value(name, f"one of {len(value)} digits")
        values[name] = _tuning_value(name, int(value))
    return values


def _tuning_value(name: object, value: object) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and value.bit_length() > 64:  # type: ignore[attr-defined]
        # Python limits the conversion of long integers to text.
        raise _wrong_value(name, f"one of {value.bit_length()} bits")  # type: ignore[attr-defined]
    if not (isinstance(name, str) and whole and 0 <= value < 2**63):  # type: ignore[operator]
        raise _wrong_value(name, f"{value!r:.80}")
    return value  # type: ignore[return-value]


def _wrong_value(name: object, got: str) -> ArgumentError:
    return ArgumentError(
        f"tuning parameter {name!s:.80}: expected a whole number from 0 to "
        f"2^63 - 1, got {got}"
    )
