"""References to JavaScript objects and functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Ask = Callable[[str, int, list[Any]], Any]
"""Performs an operation on a JavaScript object; returns the result, or raises."""


class JavaScriptError(Exception):
    """An error that a callback threw or rejected with.

    ``error_id`` identifies the original error, in case it returns to JavaScript.
    """

    def __init__(self, message: str, error_id: int | None = None) -> None:
        super().__init__(message)
        self.error_id = error_id


class JsObject:
    """A reference to a JavaScript object; calls and attributes are round trips.

    Plain data is returned by value, not by reference.
    """

    __slots__ = ("__weakref__", "_ask", "_id")

    def __init__(self, ask: Ask, object_id: int) -> None:
        object.__setattr__(self, "_ask", ask)
        object.__setattr__(self, "_id", object_id)

    def __call__(self, *args: Any) -> Any:
        """Call the JavaScript function."""
        return self._ask("call", self._id, list(args))

    def __getattr__(self, name: str) -> Any:
        # Python looks up such names on any object; JavaScript has none.
        if name.startswith("__"):
            raise AttributeError(name)
        return self._ask("get", self._id, [name])

    def __setattr__(self, name: str, value: Any) -> None:
        self._ask("set", self._id, [name, value])

    def __getitem__(self, name: str | int) -> Any:
        return self._ask("get", self._id, [name])

    def __setitem__(self, name: str | int, value: Any) -> None:
        self._ask("set", self._id, [name, value])

    def __len__(self) -> int:
        size: int = self._ask("get", self._id, ["length"])
        return size

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(self._ask("items", self._id, []))

    def __repr__(self) -> str:
        text: str = self._ask("inspect", self._id, [])
        return text


def need_frames(count: int) -> None:
    """Raise RecursionError unless there is room for so many calls within calls."""
    if count:
        need_frames(count - 1)
