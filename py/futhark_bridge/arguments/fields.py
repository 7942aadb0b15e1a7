"""Python objects with named parts, as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from futhark_bridge.installed import imported
from futhark_bridge.spelling import did_you_mean

if TYPE_CHECKING:
    from .place import Where


def mapping_of(data: Any) -> Mapping[Any, Any] | None:
    """Return the named parts of an object; None if it has none."""
    if isinstance(data, Mapping):
        return data
    if is_dataclass(data) and not isinstance(data, type):
        return {f.name: getattr(data, f.name) for f in fields(data)}
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return dict(zip(data._fields, data, strict=True))
    numpy = imported("numpy")
    if numpy and isinstance(data, numpy.void) and data.dtype.names is not None:
        return {name: data[name] for name in data.dtype.names}
    return None


def fields_of(
    names: list[str], data: Mapping[Any, Any], where: Where
) -> Mapping[Any, Any]:
    """Return the fields of a record, which must have exactly these names."""
    if set(data) != set(names):
        got = ", ".join(map(str, data)) or "none"
        wrong = next((str(name) for name in data if name not in names), "")
        where.refuse(f"fields {', '.join(names)}", got + did_you_mean(wrong, names))
    return data
