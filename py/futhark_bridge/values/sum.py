"""Handles to values of sum types."""

from __future__ import annotations

from typing import Any

from futhark_bridge.arguments.plain import sum_to_object
from futhark_bridge.program.handle import Value
from futhark_bridge.program.parts import payload, variant_name


class FutharkSum(Value):
    """A handle to a value of a sum type."""

    __slots__ = ()

    def variant(self) -> str:
        """Return the name of the value's variant."""
        return variant_name(self)

    def destruct(self, name: str | None = None) -> list[Any]:
        """Return the payload: scalars, and handles that may alias the value.

        Parameters
        ----------
        name : str, optional
            The expected variant; by default any.

        Raises
        ------
        ArgumentError
            If the value is of another variant, or there is no such variant.
        """
        return payload(self, self.variant() if name is None else name)

    def to_object(self) -> dict[str, Any]:
        """Copy the value to ``{"variant": name, "payload": [...]}``."""
        return sum_to_object(self)

    def _preview(self) -> tuple[str, str]:
        from .preview import line_preview  # noqa: PLC0415 - only for notebooks

        return line_preview(self)
