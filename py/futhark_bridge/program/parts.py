"""Access to fields, elements and payloads; nothing is copied out of Futhark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import ArgumentError
from futhark_bridge.spelling import did_you_mean

if TYPE_CHECKING:
    from .handle import Value


def project(value: Value, name: str | int) -> Any:
    """Return a field of a record or an array of records; it may share memory."""
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
    check_indices(f"{array.type}.at", array.shape, indices)
    return array.program.operation("index", array.type).invoke(array, *indices)[0]


def check_indices(
    where: str, shape: tuple[int, ...], indices: tuple[object, ...]
) -> None:
    """Raise `ArgumentError` unless the indices select one element."""
    fits = len(indices) == len(shape) and all(
        type(i) is int and 0 <= i < n for i, n in zip(indices, shape, strict=True)
    )
    if not fits:
        raise ArgumentError(
            f"{where}: expected indices within shape {list(shape)}, got {list(indices)}"
        )
