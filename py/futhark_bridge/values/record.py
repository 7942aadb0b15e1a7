"""Handles to records and tuples."""

from __future__ import annotations

from typing import Any

from futhark_bridge.arguments.plain import record_to_object
from futhark_bridge.program.handle import Value
from futhark_bridge.program.parts import project


class FutharkRecord(Value):
    """A handle to a record or tuple; the fields of a tuple are ``0``, ``1``, ..."""

    __slots__ = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields, in Futhark's order."""
        return tuple(f.name for f in self.bound.info.fields)

    def project(self, name: str | int) -> Any:
        """Return a field: a scalar, or a handle that may alias the record.

        Raises
        ------
        ArgumentError
            If there is no such field.
        """
        return project(self, name)

    def to_object(self) -> dict[str, Any] | tuple[Any, ...]:
        """Copy the record to a dict, or a Futhark tuple to a tuple.

        Arrays become numpy arrays, nested records dicts; opaque values stay handles.
        """
        return record_to_object(self)

    def _preview(self) -> tuple[str, str]:
        from .preview import record_preview  # noqa: PLC0415 - only for notebooks

        return record_preview(self)
