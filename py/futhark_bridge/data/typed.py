"""Converts literals to arrays and arguments of Futhark types."""

from __future__ import annotations

import re
from math import isinf
from typing import TYPE_CHECKING, Any

import numpy as np

from futhark_bridge.arguments.place import Where
from futhark_bridge.arguments.scalars import pack_scalars
from futhark_bridge.arguments.variant import VariantValue
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError

from .literal import Quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from futhark_bridge.bindings.program_info import TypeInfo

    from .literal import Literal

_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<whole>0[xX]_*[\da-fA-F][\da-fA-F_]*|0[bB]_*[01][01_]*|\d[\d_]*)"
    r"|(?P<float>\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)"
    r"|(?P<of>f(?:16|32|64))\.(?P<special>nan|inf)|(?P<json>NaN|Infinity))"
    r"(?P<suffix>[iu](?:8|16|32|64)|f(?:16|32|64))?",
    re.ASCII,
)
_SPECIAL = re.compile("NaN|-?Infinity")
_MAX_DIGITS = 4096
_MAX_RANK = 64  # numpy's


def array_of(
    literal: Literal, elemtype: str | None, rank: int | None, where: str
) -> NDArray[Any]:
    """Return a literal as an array; rank 0 is a scalar.

    Parameters
    ----------
    elemtype, rank : optional
        By default taken from the literal: without a suffix whole numbers are i32 and
        others f64, as in Futhark.

    Raises
    ------
    ArgumentError
        If type or rank differ, a number is out of range, or row lengths differ.
    """
    if isinstance(literal, np.ndarray):
        found = literal.dtype.name
        if elemtype and (found, literal.ndim) != (ELEMTYPES[elemtype].dtype, rank):
            wanted = "[]" * (rank or 0) + elemtype
            raise ArgumentError(
                f"{where}: expected {wanted}, got {found} of shape {literal.shape}"
            )
        return literal
    shape, flat = _flatten(literal, where)
    if flat and isinstance(flat[0], Quoted) and elemtype in (None, "u8"):
        shape, flat = _bytes(shape, flat, where)
        elemtype = "u8"
    if rank is not None and len(shape) != rank:
        # The inner dimensions of an empty array are unknown; they are taken as 0.
        if 0 not in shape or len(shape) > rank:
            raise ArgumentError(
                f"{where}: expected rank {rank}, got shape {list(shape)}"
            )
        shape = (*shape, *[0] * (rank - len(shape)))
    if elemtype is None:
        elemtype = _inferred(flat, where)
    elem = ELEMTYPES[elemtype]
    numbers = [_number(token, elemtype, where) for token in flat]
    packed = pack_scalars(elem, numbers, Where(where))
    return np.frombuffer(packed, elem.dtype).reshape(shape)


def _flatten(literal: Literal, where: str) -> tuple[tuple[int, ...], list[Any]]:
    shape: list[int] = []
    level = [literal]
    while level and isinstance(level[0], list):
        size = len(level[0])
        for item in level:
            if not isinstance(item, list) or len(item) != size:
                got = len(item) if isinstance(item, list) else "a number"
                raise ArgumentError(
                    f"{where}: expected {size} elements, as in the previous arrays, "
                    f"got {got}"
                )
        shape.append(size)
        if len(shape) > _MAX_RANK:
            raise ArgumentError(f"{where}: expected at most {_MAX_RANK} dimensions")
        level = [x for item in level for x in item]
    return tuple(shape), level


def _bytes(
    shape: tuple[int, ...], flat: list[Any], where: str
) -> tuple[tuple[int, ...], list[Any]]:
    """Return strings as their bytes: Futhark has no strings."""
    texts = [item.text.encode() for item in flat if isinstance(item, Quoted)]
    sizes = {len(text) for text in texts}
    if len(sizes) != 1 or len(texts) != len(flat):
        raise ArgumentError(f"{where}: expected strings of one length")
    return (*shape, sizes.pop()), [str(byte) for text in texts for byte in text]


def _inferred(flat: list[Any], where: str) -> str:
    if not flat:
        raise ArgumentError(
            f"{where}: an empty array needs its type: write empty([0]i32)"
        )
    first = flat[0]
    if isinstance(first, bool):
        return "bool"
    found = _NUMBER.fullmatch(first) if isinstance(first, str) else None
    if found is None:
        raise ArgumentError(f"{where}: expected numbers or booleans")
    whole = "i32" if found["whole"] else "f64"
    return found["of"] or found["suffix"] or whole


def _number(token: Any, elemtype: str, where: str) -> Any:
    is_float = ELEMTYPES[elemtype].kind == "float"
    if isinstance(token, Quoted) and is_float and _SPECIAL.fullmatch(token.text):
        return float(token.text)  # as JSON has them
    if not isinstance(token, str):
        return token
    found = _NUMBER.fullmatch(token) if len(token) <= _MAX_DIGITS else None
    if found is None:
        raise ArgumentError(f"{where}: expected a number, got {token:.40}")
    if elemtype != (found["of"] or found["suffix"] or elemtype):
        raise ArgumentError(f"{where}: expected {elemtype}, got {token:.40}")
    sign = -1 if found["sign"] == "-" else 1
    if special := found["special"] or found["json"]:
        return sign * float(special)
    digits = (found["whole"] or found["float"]).replace("_", "")
    if found["whole"] and digits[1:2] in {"x", "X", "b", "B"}:
        return sign * int(digits, 0)
    if is_float:
        number = sign * float(digits)
        if isinf(number):
            raise ArgumentError(
                f"{where}: expected {elemtype}, got {token:.40}, which is too large"
            )
        return number
    if not found["whole"]:
        raise ArgumentError(f"{where}: expected {elemtype}, got {token:.40}")
    return sign * int(digits)


def argument_of(
    literal: Literal, type_name: str, types: Mapping[str, TypeInfo], where: str
) -> Any:
    """Return a literal as an argument for a parameter of a type.

    Records and sums are JSON objects: ``{"x": 1}``, ``{"variant": "rect", "payload":
    [3, 4]}``; tuples and arrays are lists.

    Raises
    ------
    ArgumentError
        If the literal does not match the type.
    """
    if type_name in ELEMTYPES:
        return array_of(literal, type_name, 0, where).item()
    info = types[type_name]
    if info.kind == "array":
        return array_of(literal, info.elemtype, info.rank, where)
    if info.kind == "sum":
        return _sum(literal, info, types, where)
    if info.kind == "opaque":
        raise ArgumentError(
            f"{where}: a {type_name} can only be read from its stored form (.futv)"
        )
    if info.kind == "opaque_array" or (
        info.kind == "record_array" and isinstance(literal, list)
    ):
        return _rows(literal, info, types, where, info.rank)
    fields = {f.name: f.type for f in info.fields}
    if info.kind == "record" and info.is_tuple:
        if not isinstance(literal, list) or len(literal) != len(fields):
            raise ArgumentError(f"{where}: expected {type_name} as a list of its parts")
        return tuple(
            argument_of(part, of, types, f"{where}.{name}")
            for (name, of), part in zip(fields.items(), literal, strict=True)
        )
    if not isinstance(literal, dict):
        raise ArgumentError(f"{where}: expected {type_name} as an object of its fields")
    parts = {
        name: argument_of(part, fields[name], types, f"{where}.{name}")
        for name, part in literal.items()
        if name in fields
    }
    if len(parts) < len(literal):  # the call names them
        parts |= {name: None for name in literal if name not in parts}
    return parts


def _rows(
    literal: Literal,
    info: TypeInfo,
    types: Mapping[str, TypeInfo],
    where: str,
    rank: int,
) -> Any:
    if rank == 0:
        return argument_of(literal, info.elemtype, types, where)
    if not isinstance(literal, list):
        raise ArgumentError(f"{where}: expected {info.name} as a list")
    return [
        _rows(item, info, types, f"{where}[{k}]", rank - 1)
        for k, item in enumerate(literal)
    ]


def _sum(
    literal: Literal, info: TypeInfo, types: Mapping[str, TypeInfo], where: str
) -> VariantValue:
    payloads = {variant.name: variant.payload for variant in info.variants}
    given = literal if isinstance(literal, dict) else {}
    quoted, items = given.get("variant"), given.get("payload", [])
    name = quoted.text if isinstance(quoted, Quoted) else ""
    payload = payloads.get(name)
    if payload is None or not isinstance(items, list) or len(items) != len(payload):
        raise ArgumentError(
            f'{where}: expected {info.name} as {{"variant": ..., "payload": [...]}}, '
            f"one of {', '.join(payloads)}"
        )
    parts = [
        argument_of(item, of, types, f"{where} #{name} {k + 1}")
        for k, (item, of) in enumerate(zip(items, payload, strict=True))
    ]
    return VariantValue(name, tuple(parts))
