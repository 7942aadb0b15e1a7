"""The meaning of ``unique`` on a result in the manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .program_info import TypeInfo


def is_one_array(name: str, types: Mapping[str, TypeInfo]) -> bool:
    """Return whether a result marked unique aliases no other value.

    The mark means that *some* array in the result is unique. So the whole result is
    unique if it is an array, of any element type, or contains at most one array.
    """
    return _arrays(name, types, {}) <= 1


def _arrays(name: str, types: Mapping[str, TypeInfo], known: dict[str, int]) -> int:
    """Count the arrays in a type, up to 2; opaque types count as 2."""
    info = types.get(name)
    if info is None:
        return 0  # a scalar
    if info.rank:
        return 1
    if info.kind == "opaque":
        return 2
    if name not in known:
        known[name] = 2
        parts = [f.type for f in info.fields]
        parts += [t for v in info.variants for t in v.payload]
        known[name] = min(2, sum(_arrays(part, types, known) for part in parts))
    return known[name]
