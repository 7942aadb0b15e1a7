"""Futhark's text format for data, and JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from futhark_bridge.elemtypes import ELEMTYPES

from .binary import elemtype_of
from .literal import parse_literals
from .typed import array_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def read_text(text: str, where: str) -> list[NDArray[Any]]:
    """Return the values of a text; scalars have rank 0.

    Raises
    ------
    ArgumentError
        If a value is not a number, a boolean or an array of these.
    """
    return [
        array_of(literal, None, None, f"{where}, value {k + 1}")
        for k, literal in enumerate(parse_literals(text, where))
    ]


def text_of(array: NDArray[Any]) -> str:
    """Return a value as `futhark` prints it: ``[1i32, 2i32]``."""
    elemtype = elemtype_of(array)
    if array.size == 0:
        return f"empty({''.join(f'[{size}]' for size in array.shape)}{elemtype})"
    return _nested(array, elemtype)


def _nested(array: NDArray[Any], elemtype: str) -> str:
    if array.ndim == 0:
        return next(iter(_scalars(elemtype, array.reshape(1))))
    between = ", " if array.ndim == 1 else ",\n"
    return (
        f"[{between.join(_nested(array[k, ...], elemtype) for k in range(len(array)))}]"
    )


def _scalars(elemtype: str, row: NDArray[Any]) -> Iterable[str]:
    """Return the elements of an array of rank 1, each as text."""
    kind = ELEMTYPES[elemtype].kind
    if kind == "bool":
        return ("true" if value else "false" for value in row.tolist())
    if kind == "float":
        return (_number(elemtype, value) for value in row)
    return (f"{value}{elemtype}" for value in row.tolist())


def _number(elemtype: str, value: Any) -> str:
    if np.isnan(value):
        return f"{elemtype}.nan"
    sign = "-" if np.signbit(value) else ""
    if np.isinf(value):
        return f"{sign}{elemtype}.inf"
    return f"{sign}{_float(elemtype, abs(value))}{elemtype}"


def _float(elemtype: str, number: Any) -> str:
    """Format with the fewest digits that identify the number; f16 as f32."""
    if number == 0:
        return "0.0"
    one = np.float64(number) if elemtype == "f64" else np.float32(number)
    text = np.format_float_scientific(one, unique=True, trim="-")
    mantissa, _, power = text.partition("e")
    digits, exponent = mantissa.replace(".", ""), int(power)
    if exponent >= 7 or exponent < -1:
        return f"{digits[0]}.{digits[1:] or '0'}e{exponent}"
    if exponent < 0:
        return f"0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    return f"{whole}.{digits[exponent + 1 :] or '0'}"


def json_of(value: Any) -> str:
    """Return plain data as JSON; floats that JSON lacks are strings: ``"NaN"``."""
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
