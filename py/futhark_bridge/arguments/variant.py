"""How a value of a sum type is written in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class VariantValue:
    """A value of a sum type yet to be made: see `variant`."""

    name: str
    payload: tuple[Any, ...]


def variant(name: str, *payload: Any) -> VariantValue:
    """Write a value of a sum type: ``variant("rect", {"w": 2.0, "h": 3.0})``."""
    return VariantValue(name, payload)
