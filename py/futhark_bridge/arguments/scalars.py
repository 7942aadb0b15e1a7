"""Conversion of Python numbers to Futhark scalars, with checks for range and kind."""

from __future__ import annotations

import operator
import struct
from math import isfinite
from typing import TYPE_CHECKING, Any

from .place import Where, describe

if TYPE_CHECKING:
    from futhark_bridge.elemtypes import ElemType

# Above this, a float no longer identifies one integer.
_EXACT = 2**53
LARGEST = {"f16": 65520.0, "f32": 3.4028235677973366e38}


def scalar(elem: ElemType, data: Any, where: Where) -> Any:
    """Check a Python or numpy scalar, and return it as int, float or bool.

    A numpy scalar of another type must fit exactly: 0.1 as float64 is not an f32.
    Objects with ``__index__`` are integers. A float is accepted as an integer if it is
    whole and at most 2^53. For f16 and f32 a float may be rounded, but not overflow.
    """
    if type(data) not in (int, float, bool):
        data = _plain(elem, data, where)
    if elem.kind == "bool":
        if not isinstance(data, bool):
            where.refuse("bool", describe(data))
        return data
    if isinstance(data, bool) or not isinstance(data, (int, float)):
        where.refuse(elem.name, describe(data))
    if elem.kind == "float":
        return _float(elem, data, where)
    return _integer(elem, data, where)


def _plain(elem: ElemType, data: Any, where: Where) -> Any:
    """Return a numpy scalar, 0-d array or integer-like object as a Python number."""
    if not hasattr(data, "dtype"):
        return operator.index(data) if hasattr(data, "__index__") else data
    kind = getattr(data.dtype, "kind", None)
    if data.shape != () or kind is None or kind not in "biuf":
        where.refuse(elem.name, describe(data))
    if hasattr(data, "mask"):  # its data is not the value
        where.refuse(elem.name, "a masked value")
    value = data.item()
    same = data.dtype.newbyteorder("=") == elem.dtype
    if not same and elem.name in LARGEST and not _is_exact(elem, value):
        where.refuse(elem.name, f"{describe(data)}, which no {elem.name} represents")
    return value


def _is_exact(elem: ElemType, value: Any) -> bool:
    """Return whether f16 or f32 represents a number; other objects pass."""
    if not isinstance(value, (int, float)) or not isfinite(value):
        return True
    code = f"={elem.struct_code}"
    try:
        return bool(struct.unpack(code, struct.pack(code, value))[0] == value)
    except OverflowError:
        return False


def _integer(elem: ElemType, data: float, where: Where) -> int:
    assert elem.min is not None
    assert elem.max is not None
    if isinstance(data, float):
        if not (data.is_integer() and abs(data) <= _EXACT):
            where.refuse(elem.name, f"{data!r}, which is not an exact integer")
        data = int(data)
    if not elem.min <= data <= elem.max:
        where.refuse(f"{elem.name} ({elem.min} to {elem.max})", describe(data))
    return data


def _float(elem: ElemType, data: float, where: Where) -> float:
    if isinstance(data, int):
        if abs(data) > _EXACT and not (
            abs(data) < 2**1023 and int(float(data)) == data
        ):
            where.refuse(elem.name, f"{describe(data)}, which no float represents")
        data = float(data)
    limit = LARGEST.get(elem.name)
    if limit is not None and isfinite(data) and abs(data) >= limit:
        where.refuse(elem.name, f"{data!r}, which is too large")
    return data


def pack_scalars(elem: ElemType, flat: list[Any], where: Where) -> bytes:
    """Pack Python numbers as elements; each is checked as by `scalar`."""
    kinds = set(map(type, flat))
    wanted = {"int": int, "uint": int, "float": float, "bool": bool}[elem.kind]
    layout = f"={len(flat)}{'?' if elem.kind == 'bool' else elem.struct_code}"
    if kinds <= {wanted}:
        try:
            return struct.pack(layout, *flat)
        except (struct.error, OverflowError):
            pass  # one of them is out of range: the loop below names it
    checked = [scalar(elem, x, where.at(f"[{k}]")) for k, x in enumerate(flat)]
    return struct.pack(layout, *checked)
