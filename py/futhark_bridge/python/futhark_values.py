"""Futhark values that requests of JavaScript refer to by number."""

from __future__ import annotations

from threading import Condition
from typing import Any

from futhark_bridge.errors import ProtocolError


class PassedValues:
    """Copies made by the worker for requests; they may arrive before or after these."""

    def __init__(self, changed: Condition) -> None:
        self._changed = changed
        self._values: dict[int, Any] = {}
        self._unwanted: set[int] = set()
        self.closed = False

    def put(self, key: int, value: Any) -> None:
        """Store a value for a request, or the error in its place."""
        with self._changed:
            if key in self._unwanted:
                self._unwanted.remove(key)
                return
            self._values[key] = value
            self._changed.notify_all()

    def take(self, key: int, keys: set[int]) -> Any:
        """Wait for a value, and remove its key from those passed to a request."""
        with self._changed:
            while key not in self._values:
                if self.closed:
                    raise ProtocolError("Node closed the connection")
                self._changed.wait()
            value = self._values.pop(key)
            keys.discard(key)
        if isinstance(value, Exception):
            raise value
        return value

    def refuse(self, keys: set[int]) -> None:
        """Drop the values of a request that failed before it took them."""
        with self._changed:
            for key in keys:
                if self._values.pop(key, None) is None:
                    self._unwanted.add(key)
