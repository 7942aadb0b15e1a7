"""Elements of arrays by ``[...]``."""

from __future__ import annotations

from typing import Any

from futhark_bridge.errors import ArgumentError


class ElementError(ArgumentError, IndexError):
    """An index that an array does not have: also Python's own `IndexError`."""


def element_at(array: Any, key: Any) -> Any:
    """Return ``array.at(*key)``.

    Raises
    ------
    ElementError
        If the key is not one index in bounds for each dimension.
    """
    try:
        return array.at(*key) if isinstance(key, tuple) else array.at(key)
    except ArgumentError as error:
        raise ElementError(error.message) from None
