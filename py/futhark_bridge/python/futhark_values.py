"""Values of Futhark's that requests of JavaScript take by number."""

from __future__ import annotations

from threading import Condition
from typing import Any

from futhark_bridge.errors import ProtocolError


class PassedValues:
    """Copies that the worker makes for requests; they may come before or after."""

    def __init__(self, changed: Condition) -> None:
        self._changed = changed
        self._values: dict[int, Any] = {}
        self._unwanted: set[int] = set()
        self.closed = False

    def put(self, key: int, value: Any) -> None:
        """Take a value, or the error in its place, for a request."""
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
        """Drop what was passed to a request that failed before it took it."""
        with self._changed:
            for key in keys:
                if self._values.pop(key, None) is None:
                    self._unwanted.add(key)
