"""The values of one client, by the numbers that it assigned.

A failed request stores its error in place of each value that it should have made; a
request that uses one of them fails with the same error.
"""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import FutharkError, ProtocolError

from .replies import as_futhark_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from futhark_bridge.program.handle import Value


class Failed:
    """Placeholder for a value that could not be made."""

    __slots__ = ("error",)
    owner = None

    def __init__(self, error: FutharkError) -> None:
        self.error = error


class ValueTable:
    """Values and errors by number.

    Attributes
    ----------
    values : dict
        A `Value` or a `Failed` by number.
    """

    def __init__(self) -> None:
        self.values: dict[int, Any] = {}
        self._borrowed: set[int] = set()

    def value(self, number: int) -> Value:
        """Return a value by its number; raise the error if making it failed."""
        value = self.values.get(number)
        if isinstance(value, Failed):
            raise value.error
        if value is None:
            raise ProtocolError(f"there is no value {number}")
        return value  # type: ignore[no-any-return]  # the only other kind of entry

    def make(self, number: int, make: Callable[[], Value]) -> bytes:
        """Make a value and store it by a number; return its sizes for the reply."""
        try:
            value = make()
        except Exception as error:
            raise self.fail((number,), error) from error
        self.values[number] = value
        return sizes(value)

    def borrow(self, number: int, value: Value) -> None:
        """Store a value that the table does not own, and never frees."""
        self._borrowed.add(number)
        self.values[number] = value

    def fail(self, numbers: tuple[int, ...], error: Exception) -> FutharkError:
        """Store an error in place of results; return it as a `FutharkError`."""
        known = as_futhark_error(error)
        for number in numbers:
            self.values[number] = Failed(known)
        return known

    def free(self, numbers: Iterable[int]) -> None:
        """Remove numbers, and free the values that the table owns."""
        for number in numbers:
            value = self.values.pop(number, None)
            if number in self._borrowed:
                self._borrowed.discard(number)
            elif value is not None and value.owner is not None:
                value.free()

    def clear(self) -> None:
        """Remove all numbers, and free the values that the table owns."""
        self.free(list(self.values))


def sizes(value: Value) -> bytes:
    """Return the sizes of a value in the format of replies."""
    # The module's function caches formats; a `Struct` would be created on each call.
    return pack(f"<{len(value.shape)}q", *value.shape)
