"""Handles to records and tuples."""

from __future__ import annotations

from typing import Any

from futhark_bridge.errors import ArgumentError
from futhark_bridge.program.handle import Value

from .plain import plain


def project(value: Value, name: str | int) -> Any:
    """Take a field out of a record or an array of records, without a copy."""
    operation = value.program.operation("project", value.type, str(name))
    if operation is None:
        names = ", ".join(f.name for f in value.info.fields)
        raise ArgumentError(f"{value.type} has no field {name}; it has {names}")
    return operation.invoke(value)[0]


class FutharkRecord(Value):
    """A record or a tuple that lives in Futhark; a tuple's fields are ``0``, ``1``."""

    __slots__ = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields, in Futhark's order."""
        return tuple(f.name for f in self.bound.info.fields)

    def project(self, name: str | int) -> Any:
        """Give a field: a Python scalar or a handle, which may share memory.

        Raises
        ------
        ArgumentError
            If there is no such field.
        """
        return project(self, name)

    def to_object(self) -> dict[str, Any] | tuple[Any, ...]:
        """Copy the record out of Futhark: a dict, a tuple of a Futhark tuple.

        Arrays come as numpy arrays, nested values likewise; what only its program can
        look into stays a handle.
        """
        self.bound.program.check_usable(self, f"{self.type}.to_object")
        parts = {name: plain(self.project(name)) for name in self.fields}
        return tuple(parts.values()) if self.bound.info.is_tuple else parts
