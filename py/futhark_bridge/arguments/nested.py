"""Flattening and nesting of lists."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from .place import Where, describe

if TYPE_CHECKING:
    from collections.abc import Sequence


def unnest(
    rank: int, name: str, data: Any, where: Where
) -> tuple[list[int], list[Any]]:
    """Flatten nested lists; return their shape, and the items in C order."""
    shape, level = [len(data)], list(data)
    for _ in range(rank - 1):
        size = len(level[0]) if level and isinstance(level[0], (list, tuple)) else 0
        for item in level:
            if not isinstance(item, (list, tuple)) or len(item) != size:
                where.refuse(f"{name}, nested lists of one size", describe(item))
        shape.append(size)
        level = [x for item in level for x in item]
    return shape, level


def nest(flat: list[Any], shape: Sequence[int]) -> list[Any]:
    """Return a flat list in C order as nested lists of a shape."""
    for axis in range(len(shape) - 1, 0, -1):
        size = shape[axis]
        count = prod(shape[:axis])
        flat = [flat[k * size : (k + 1) * size] for k in range(count)]
    return flat
