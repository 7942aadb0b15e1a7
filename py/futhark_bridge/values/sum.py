"""Handles to sums."""

from __future__ import annotations

from typing import Any

from futhark_bridge.arguments.plain import sum_to_object
from futhark_bridge.program.handle import Value
from futhark_bridge.program.parts import payload, variant_name


class FutharkSum(Value):
    """A value of a sum type that lives in Futhark."""

    __slots__ = ()

    def variant(self) -> str:
        """Return the name of the variant that the value is."""
        return variant_name(self)

    def destruct(self, name: str | None = None) -> list[Any]:
        """Return the payload: Python scalars and handles, which may share memory.

        Parameters
        ----------
        name : str, optional
            The variant that it must be.

        Raises
        ------
        ArgumentError
            If it is another variant, or the type has none of that name.
        """
        return payload(self, self.variant() if name is None else name)

    def to_object(self) -> dict[str, Any]:
        """Copy the value out of Futhark: ``{"variant": name, "payload": [...]}``."""
        return sum_to_object(self)

    def _preview(self) -> tuple[str, str]:
        from .preview import line_preview  # noqa: PLC0415 - only for notebooks

        return line_preview(self)
