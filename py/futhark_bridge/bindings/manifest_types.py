"""Reads the parts of a manifest, and looks at its types taken together.

What a manifest says is checked where it is read: a text that is no text, or a type that
contains itself, must not reach what is made of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from futhark_bridge.arrow.codec import MAX_RANK
from futhark_bridge.elemtypes import ELEMTYPES

# Types share their parts, so that a short text can describe one that is larger than
# any memory.
MAX_PARTS = 10_000
MAX_DEPTH = 100

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .program_info import TypeInfo


def text_at(entry: Mapping[str, Any], key: str) -> str:
    """Give a text of an object."""
    return _text(entry[key], key)


def unique_at(entry: Mapping[str, Any]) -> bool:
    """Give whether an input or output is unique."""
    value = entry["unique"]
    if not isinstance(value, bool):
        raise TypeError("unique is no boolean")
    return value


def rank_at(entry: Mapping[str, Any]) -> int:
    """Give the rank of an array type."""
    value = entry["rank"]
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    if not whole or value != value // 1 or not 1 <= value <= MAX_RANK:
        raise ValueError(f"expected a rank from 1 to {MAX_RANK}, got {value!r:.40}")
    return int(value)


def doc_at(entry: Mapping[str, Any]) -> str | None:
    """Give the documentation of an entry point or a type, where it has some."""
    doc = entry.get("doc")
    return doc if isinstance(doc, str) else None


def texts_at(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Give a list of texts that may be missing: compilers have added such lists."""
    value = entry.get(key)
    return tuple(_text(item, key) for item in list_of([] if value is None else value))


def list_of(value: object) -> list[Mapping[str, Any]]:
    """Give a list as such: a text, or an object, is none."""
    if not isinstance(value, list | tuple):
        raise TypeError(f"expected a list, got {type(value).__name__}")
    return list(value)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what} is no string")
    return value


def check_types(types: Mapping[str, TypeInfo]) -> None:
    """Raise `ValueError` for types that no program can have."""
    for info in types.values():
        if info.name in ELEMTYPES:
            raise ValueError(f"the scalar type {info.name} is described")
        if info.kind == "sum" and not info.variants:
            raise ValueError(f"sum {info.name} has no variants")
        names = Counter([*(f.name for f in info.fields), *_variants(info)])
        twice = next((name for name, count in names.items() if count > 1), None)
        if twice is not None:
            raise ValueError(f"type {info.name} has two parts {twice}")
    try:
        order = TopologicalSorter({n: set(_parts(t)) for n, t in types.items()})
        _check_sizes(types, order.static_order())
    except CycleError:
        raise ValueError("a type contains itself") from None


def _check_sizes(types: Mapping[str, TypeInfo], order: Iterable[str]) -> None:
    """Check how much each type is made of; ``order`` has parts before what has them."""
    sizes: dict[str, tuple[int, int]] = {}
    for name in order:
        own = [sizes[part] for part in _parts(types[name])] if name in types else []
        size = 1 + sum(parts for parts, _ in own)
        depth = max((depth for _, depth in own), default=0) + (name in types)
        if size > MAX_PARTS or depth > MAX_DEPTH:
            raise ValueError(
                f"type {name} has more than {MAX_PARTS} parts, or {MAX_DEPTH} levels"
            )
        sizes[name] = size, depth


def _variants(info: TypeInfo) -> Iterable[str]:
    return (variant.name for variant in info.variants)


def _parts(info: TypeInfo) -> Iterable[str]:
    yield from [info.elemtype] if info.elemtype else []
    yield from (field.type for field in info.fields)
    for variant in info.variants:
        yield from variant.payload
