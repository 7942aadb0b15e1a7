"""Handles to sums."""

from __future__ import annotations

from typing import Any

from futhark_bridge.errors import ArgumentError
from futhark_bridge.program.handle import Value

from .plain import plain


class FutharkSum(Value):
    """A value of a sum type that lives in Futhark."""

    __slots__ = ()

    def variant(self) -> str:
        """Give the name of the variant that the value is."""
        index: int = self.bound.program.variant_index(self)
        return self.bound.info.variants[index].name

    def destruct(self, name: str | None = None) -> list[Any]:
        """Give the payload: Python scalars and handles, which may share memory.

        Parameters
        ----------
        name : str, optional
            The variant that it must be.

        Raises
        ------
        ArgumentError
            If it is another variant, or the type has none of that name.
        """
        wanted = self.variant() if name is None else name
        operation = self.bound.program.operation("destruct", self.type, wanted)
        if operation is None:
            names = ", ".join(v.name for v in self.bound.info.variants)
            raise ArgumentError(f"{self.type} has no variant {name}; it has {names}")
        return list(operation.invoke(self))

    def to_object(self) -> dict[str, Any]:
        """Copy the value out of Futhark: ``{"variant": name, "payload": [...]}``."""
        name = self.variant()
        return {"variant": name, "payload": [plain(p) for p in self.destruct(name)]}
