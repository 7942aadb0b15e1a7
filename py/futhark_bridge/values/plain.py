"""What a value looks like outside of Futhark."""

from __future__ import annotations

from typing import Any

from futhark_bridge.program.handle import FutharkOpaque, Value


def plain(part: Any, keep: bool = False) -> Any:
    """Give a result as plain data, and free its handle unless it is to be kept.

    Scalars stay as they are, arrays come as numpy arrays, records, sums and arrays of
    them as dicts, tuples and lists. Abstract values stay handles.
    """
    if not isinstance(part, Value) or isinstance(part, FutharkOpaque):
        return part
    try:
        for method in ("to_numpy", "to_object", "to_objects"):
            if hasattr(part, method):
                return getattr(part, method)()
        raise TypeError(f"no plain form of {part!r}")
    finally:
        if not keep:
            part.free()
