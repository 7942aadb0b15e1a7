"""Notation for values of sum types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class VariantValue:
    """A variant's name and payload, not yet a Futhark value; see `variant`."""

    name: str
    payload: tuple[Any, ...]


def variant(name: str, *payload: Any) -> VariantValue:
    """Denote a value of a sum type: ``variant("rect", {"w": 2.0, "h": 3.0})``."""
    return VariantValue(name, payload)
