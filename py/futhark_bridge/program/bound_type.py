"""Types of an open program, with their C functions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from futhark_bridge.elemtypes import ELEMTYPES

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import TypeInfo

    from .context import Context


class BoundType:
    """A type of a program, with the C functions for its values.

    The functions are looked up on first use: a program may have hundreds.

    Attributes
    ----------
    program : Program
        The program of the type; annotated as Any, to avoid an import cycle.
    """

    def __init__(
        self, program: Any, context: Context, index: int, info: TypeInfo
    ) -> None:
        self.program = program
        self.context = context
        self.index = index
        self.info = info

    def function(self, role: str) -> Any:
        """Return the C function for a role, such as ``values`` or ``store``."""
        return self.context.function(self.info.functions[role])

    @cached_property
    def new(self) -> Any:
        """The C function that creates a value."""
        return self.function("new")

    @cached_property
    def values(self) -> Any:
        """The C function that copies the elements out."""
        return self.function("values")

    @cached_property
    def c_array(self) -> Any:
        """The C array type of the elements, for buffers."""
        return self.context.ffi.typeof(f"{ELEMTYPES[self.info.elemtype].c_type}[]")

    @cached_property
    def free(self) -> Any:
        """The C function that frees a value."""
        return self.function("free")
