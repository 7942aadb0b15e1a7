"""The place of an argument, for error texts."""

from __future__ import annotations

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
    text = repr(data)
    if len(text) > 40:
        text = text[:37] + "..."
    if type(data) in (bool, int, float, type(None)):
        return text
    shape = getattr(data, "shape", None)
    dtype = getattr(data, "dtype", None)
    if shape is not None and dtype is not None:
        if shape == ():
            return f"{dtype} {data}"
        return f"{dtype} of shape {list(shape)}"
    return f"{type(data).__name__} {text}"
