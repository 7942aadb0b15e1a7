"""What it says of a result that the manifest calls it unique."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .program_info import TypeInfo


def is_one_array(name: str, types: Mapping[str, TypeInfo]) -> bool:
    """Tell whether a result that the manifest calls unique shares with nothing.

    The compiler means that *some* array in it is unique. That says all of an array, of
    whatever elements, and of a value that has but one array in it.
    """
    return _arrays(name, types, {}) <= 1


def _arrays(name: str, types: Mapping[str, TypeInfo], known: dict[str, int]) -> int:
    """Count the arrays in a value of a type; many, where nobody can look into it."""
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
