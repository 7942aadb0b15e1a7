"""An object or a function of JavaScript, as Python code sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Ask = Callable[[str, int, list[Any]], Any]
"""Asks JavaScript to do something with an object; gives the result, or raises."""


class JavaScriptError(Exception):
    """What a callback threw, or rejected with.

    ``error_id`` lets JavaScript find its own error again, when it comes back there.
    """

    def __init__(self, message: str, error_id: int | None = None) -> None:
        super().__init__(message)
        self.error_id = error_id


class JsObject:
    """A reference: calls and attributes are round trips to JavaScript.

    Plain data that come back are Python values, not references.
    """

    __slots__ = ("__weakref__", "_ask", "_id")

    def __init__(self, ask: Ask, object_id: int) -> None:
        object.__setattr__(self, "_ask", ask)
        object.__setattr__(self, "_id", object_id)

    def __call__(self, *args: Any) -> Any:
        """Call the JavaScript function."""
        return self._ask("call", self._id, list(args))

    def __getattr__(self, name: str) -> Any:
        # Python looks for such names on whatever it is given; JavaScript has none.
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
