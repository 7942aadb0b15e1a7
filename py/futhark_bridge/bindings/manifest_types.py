"""Reads the parts of a manifest, and checks its types as a whole.

A manifest may come from an untrusted source: wrong JSON types and recursive types are
rejected here, before code is generated from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from futhark_bridge.arrow.codec import MAX_RANK
from futhark_bridge.elemtypes import ELEMTYPES

# Types share their parts, so a short manifest can describe an exponentially large type.
MAX_PARTS = 10_000
MAX_DEPTH = 100

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .program_info import TypeInfo


def text_at(entry: Mapping[str, Any], key: str) -> str:
    """Return a string member of an object."""
    return _text(entry[key], key)


def mapping_at(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return an object member; reject lists and strings, which are iterable too."""
    value = entry[key]
    if not isinstance(value, Mapping):
        raise TypeError(f"{key} is not an object")
    return value


def unique_at(entry: Mapping[str, Any]) -> bool:
    """Return whether an input or output is unique."""
    value = entry["unique"]
    if not isinstance(value, bool):
        raise TypeError("unique is not a boolean")
    return value


def rank_at(entry: Mapping[str, Any]) -> int:
    """Return the rank of an array type."""
    value = entry["rank"]
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    if not whole or value != value // 1 or not 1 <= value <= MAX_RANK:
        raise ValueError(f"expected a rank from 1 to {MAX_RANK}, got {value!r:.40}")
    return int(value)


def doc_at(entry: Mapping[str, Any]) -> str | None:
    """Return the documentation of an entry point or a type, or None."""
    doc = entry.get("doc")
    return doc if isinstance(doc, str) else None


def texts_at(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of strings; empty where an older compiler omits it."""
    value = entry.get(key)
    return tuple(_text(item, key) for item in list_of([] if value is None else value))


def list_of(value: object) -> list[Mapping[str, Any]]:
    """Return a JSON list; reject strings and objects, which are iterable too."""
    if not isinstance(value, list | tuple):
        raise TypeError(f"expected a list, got {type(value).__name__}")
    return list(value)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what} is not a string")
    return value


def check_types(types: Mapping[str, TypeInfo]) -> None:
    """Raise `ValueError` for types that cannot occur in a program."""
    for info in types.values():
        if info.name in ELEMTYPES:
            raise ValueError(f"the scalar type {info.name} is redefined")
        if info.kind == "sum" and not info.variants:
            raise ValueError(f"sum {info.name} has no variants")
        names = Counter([*(f.name for f in info.fields), *_variants(info)])
        twice = next((name for name, count in names.items() if count > 1), None)
        if twice is not None:
            raise ValueError(f"type {info.name} has two parts named {twice}")
        for part in _parts(info):
            if part not in types and part not in ELEMTYPES:
                raise ValueError(f"type {part} is not described")
    try:
        order = TopologicalSorter({n: set(_parts(t)) for n, t in types.items()})
        _check_sizes(types, order.static_order())
    except CycleError:
        raise ValueError("a type contains itself") from None


def _check_sizes(types: Mapping[str, TypeInfo], order: Iterable[str]) -> None:
    """Limit the size and depth of each type; ``order`` lists parts before wholes."""
    sizes: dict[str, tuple[int, int]] = {}
    for name in order:
        own = [sizes[part] for part in _parts(types[name])] if name in types else []
        size = 1 + sum(parts for parts, _ in own)
        depth = max((depth for _, depth in own), default=0) + (name in types)
        if size > MAX_PARTS or depth > MAX_DEPTH:
            raise ValueError(
                f"type {name} has more than {MAX_PARTS} parts, or is nested more than "
                f"{MAX_DEPTH} deep"
            )
        sizes[name] = size, depth


def _variants(info: TypeInfo) -> Iterable[str]:
    return (variant.name for variant in info.variants)


def _parts(info: TypeInfo) -> Iterable[str]:
    yield from [info.elemtype] if info.elemtype else []
    yield from (field.type for field in info.fields)
    for variant in info.variants:
        yield from variant.payload
