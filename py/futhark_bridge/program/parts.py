"""Access to fields, elements and payloads; nothing is copied out of Futhark."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import ArgumentError
from futhark_bridge.spelling import did_you_mean

if TYPE_CHECKING:
    from .handle import Value


def project(value: Value, name: str | int) -> Any:
    """Return a field of a record or an array of records; it may be an alias."""
    operation = value.program.operation("project", value.type, str(name))
    if operation is None:
        raise _unknown(value, "field", str(name), [f.name for f in value.info.fields])
    return operation.invoke(value)[0]


def variant_name(value: Value) -> str:
    """Return the name of the variant of a value of a sum type."""
    index: int = value.program.variant_index(value)
    return value.info.variants[index].name


def payload(value: Value, variant: str) -> list[Any]:
    """Return the payload of a value of a sum type, which must be of the variant."""
    operation = value.program.operation("destruct", value.type, variant)
    if operation is None:
        names = [v.name for v in value.info.variants]
        raise _unknown(value, "variant", variant, names)
    return list(operation.invoke(value))


def _unknown(value: Value, what: str, name: str, names: list[str]) -> ArgumentError:
    hint = did_you_mean(name, names)
    listed = ", ".join(names)
    return ArgumentError(f"{value.type} has no {what} {name}; it has {listed}{hint}")


def element(array: Value, indices: tuple[Any, ...]) -> Any:
    """Return one element of an array of opaque values."""
    indices = checked_indices(f"{array.type}.at", array.shape, indices)
    return array.program.operation("index", array.type).invoke(array, *indices)[0]


def checked_indices(
    where: str, shape: tuple[int, ...], indices: tuple[Any, ...]
) -> tuple[int, ...]:
    """Return the indices of one element; negative ones count from the end.

    Raises
    ------
    ArgumentError
        Unless they are integers, one for each dimension, and within bounds.
    """
    found = tuple(
        place
        for index, size in zip(indices, shape, strict=False)
        if (place := _place(index, size)) is not None
    )
    if len(found) != len(shape) or len(indices) != len(shape):
        raise ArgumentError(
            f"{where}: expected indices within shape {list(shape)}, got {list(indices)}"
        )
    return found


def _place(index: Any, size: int) -> int | None:
    """Return the position of an index; None if it is invalid."""
    if isinstance(index, bool) or not hasattr(index, "__index__"):
        return None
    try:
        place = operator.index(index)
    except TypeError:  # an array, or numpy's bool
        return None
    return place % size if -size <= place < size else None
