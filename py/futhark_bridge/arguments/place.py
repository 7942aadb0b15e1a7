"""The place of an argument, for error texts."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import NoReturn

from futhark_bridge.errors import ArgumentError


@dataclass(frozen=True, slots=True)
class Where:
    """An argument of a call, or something within one (``path``: ``[3].x``)."""

    call: str
    position: int | None = None
    parameter: str | None = None
    path: str = ""

    def at(self, path: str) -> Where:
        """Give a place within this one."""
        return Where(self.call, self.position, self.parameter, self.path + path)

    def __str__(self) -> str:
        text = self.call
        if self.position is not None:
            text += f" argument {self.position + 1} ({self.parameter})"
        return f"{text} at {self.path}" if self.path else text

    def refuse(self, expected: str, got: str) -> NoReturn:
        """Raise the error for something that is not what was expected."""
        raise ArgumentError(
            f"{self}: expected {expected}, got {got}",
            entry=self.call,
            parameter=self.parameter,
            expected=expected,
            got=got,
        )


def describe(data: object) -> str:
    """Say in a few words what something is, for ``got`` in error texts."""
    # Python refuses to print long integers.
    if isinstance(data, int) and data.bit_length() > _MAX_BITS:
        return f"an integer of {data.bit_length()} bits"
    try:
        text = _SHORT.repr(data)
    except Exception as error:  # noqa: BLE001 - whatever an object's repr does
        text = f"whose repr raises {type(error).__name__}"
    if len(text) > _MAX_TEXT:
        text = text[: _MAX_TEXT - 3] + "..."
    if type(data) in (bool, int, float, type(None)):
        return text
    shape = getattr(data, "shape", None)
    dtype = getattr(data, "dtype", None)
    if isinstance(shape, tuple) and dtype is not None:
        if shape == ():
            return f"{dtype} {data}"
        return f"{dtype} of shape {list(shape)}"
    return f"{type(data).__name__} {text}"


_MAX_TEXT = 40
_MAX_BITS = 1 << 10
# Of long data no more than the text shows.
_SHORT = reprlib.Repr()
_SHORT.maxlevel = 3
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _MAX_TEXT // 2
_SHORT.maxset = _SHORT.maxfrozenset = _SHORT.maxarray = _SHORT.maxdeque = _MAX_TEXT // 2
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 1 << 10
