"""The values of one client, by the numbers that it gave them.

A request that fails leaves its error in place of the values that it should have made;
whatever uses one of them fails with that same error.
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
    """Stands for a value that could not be made."""

    __slots__ = ("error",)
    owner = None

    def __init__(self, error: FutharkError) -> None:
        self.error = error


class ValueTable:
    """Values and errors by number.

    Attributes
    ----------
    values : dict
        A `Value` or a `Failed` by its number.
    """

    def __init__(self) -> None:
        self.values: dict[int, Any] = {}
        self._lent: set[int] = set()

    def value(self, number: int) -> Value:
        """Return a value by its number; raise the error that stands in its place."""
        value = self.values.get(number)
        if isinstance(value, Failed):
            raise value.error
        if value is None:
            raise ProtocolError(f"there is no value {number}")
        return value  # type: ignore[no-any-return]  # the only other kind of entry

    def make(self, number: int, make: Callable[[], Value]) -> bytes:
        """Make one value under a number; return its sizes, as a reply has them."""
        try:
            value = make()
        except Exception as error:
            raise self.fail((number,), error) from error
        self.values[number] = value
        return sizes(value)

    def lend(self, number: int, value: Value) -> None:
        """Take note that the value of a number is another's, and never to be freed."""
        self._lent.add(number)
        self.values[number] = value

    def fail(self, numbers: tuple[int, ...], error: Exception) -> FutharkError:
        """Leave an error in place of results; return it as one of ours."""
        known = as_futhark_error(error)
        for number in numbers:
            self.values[number] = Failed(known)
        return known

    def free(self, numbers: Iterable[int]) -> None:
        """Free values, those lent excepted, and forget their numbers."""
        for number in numbers:
            value = self.values.pop(number, None)
            if number in self._lent:
                self._lent.discard(number)
            elif value is not None and value.owner is not None:
                value.free()

    def clear(self) -> None:
        """Free all values, and forget them."""
        self.free(list(self.values))


def sizes(value: Value) -> bytes:
    """Return the sizes of a value as a reply has them."""
    # The function of the module keeps its formats; a `Struct` would be made each time.
    return pack(f"<{len(value.shape)}q", *value.shape)
