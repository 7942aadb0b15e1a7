"""The location of an argument, for error messages."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import NoReturn

from futhark_bridge.errors import ArgumentError


@dataclass(frozen=True, slots=True)
class Where:
    """An argument of a call, or a part of one (``path``, for example ``[3].x``)."""

    call: str
    position: int | None = None
    parameter: str | None = None
    path: str = ""

    def at(self, path: str) -> Where:
        """Return a location within this one."""
        return Where(self.call, self.position, self.parameter, self.path + path)

    def __str__(self) -> str:
        text = self.call
        if self.position is not None:
            text += f" argument {self.position + 1} ({self.parameter})"
        return f"{text} at {self.path}" if self.path else text

    def refuse(self, expected: str, got: str) -> NoReturn:
        """Raise the `ArgumentError` for this location."""
        raise ArgumentError(
            f"{self}: expected {expected}, got {got}",
            entry=self.call,
            parameter=self.parameter,
            expected=expected,
            got=got,
        )


def describe(data: object) -> str:
    """Describe an object in a few words, for ``got`` in error messages."""
    # Python limits the conversion of long integers to text.
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
# Truncate long data before formatting it.
_SHORT = reprlib.Repr()
_SHORT.maxlevel = 3
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _MAX_TEXT // 2
_SHORT.maxset = _SHORT.maxfrozenset = _SHORT.maxarray = _SHORT.maxdeque = _MAX_TEXT // 2
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 1 << 10
