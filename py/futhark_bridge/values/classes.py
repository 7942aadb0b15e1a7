"""The handle class for each kind of type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from futhark_bridge.program.handle import FutharkOpaque

from .array import FutharkArray
from .opaque_array import FutharkOpaqueArray
from .record import FutharkRecord
from .sum import FutharkSum

if TYPE_CHECKING:
    from futhark_bridge.program.types import Classes

CLASSES: Classes = {
    "array": FutharkArray,
    "record": FutharkRecord,
    "sum": FutharkSum,
    "record_array": FutharkOpaqueArray,
    "opaque_array": FutharkOpaqueArray,
    "opaque": FutharkOpaque,
}
