"""Serialization of Python values for JavaScript, and back.

Numbers, strings, bytes and numpy arrays are passed by value, anything else as a
reference to an object of the other side. Values that JSON represents exactly are plain
JSON; others are an object with a tag in ``$``. Bytes and arrays follow the JSON as
*parts*; the part of an array is its Arrow message. Large parts are in shared memory.
"""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Any

from futhark_bridge.arrow.codec import decode as decode_array
from futhark_bridge.arrow.codec import encode_footer, encode_header
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError
from futhark_bridge.installed import imported

if TYPE_CHECKING:
    from collections.abc import Callable

Piece = bytes | bytearray | memoryview
Part = list[Piece]
"""A part in pieces, to be sent one after the other."""

_MAX_SAFE = 2**53 - 1
# Limits of V8 on strings and integers.
MAX_TEXT = 2**29 - 24
_MAX_INT_BITS = 2**30
# Both sides convert values recursively.
_MAX_DEPTH = 128
_ELEMTYPES = {e.dtype: e.name for e in ELEMTYPES.values()}
_SPECIAL = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}


class Encoder:
    """Converts values to their JSON form, and collects their parts.

    ``refer`` returns the reference to an object that is not passed by value.
    """

    def __init__(self, refer: Callable[[object], dict[str, Any]]) -> None:
        self.parts: list[Part] = []
        self._refer = refer

    def encode(self, value: Any, deep: bool = False, depth: int = 0) -> Any:
        """Encode one value; ``deep`` passes containers by value too.

        Raises
        ------
        ArgumentError
            If JavaScript cannot represent the value.
        """
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            if len(value) > MAX_TEXT:
                raise ArgumentError(
                    f"python: a str of {len(value)} characters is longer than the "
                    f"limit of JavaScript strings, {MAX_TEXT}"
                )
            # The __str__ of a subclass may return another text.
            return value if type(value) is str else str.__str__(value)
        if isinstance(value, int):
            return _whole(int(value))
        if isinstance(value, float):
            finite = value - value == 0
            return float(value) if finite else {"$": "float", "v": repr(float(value))}
        if isinstance(value, (bytes, bytearray, memoryview)):
            return self._part("bytes", [bytes(value)])
        numpy = imported("numpy")
        if numpy is not None:
            if isinstance(value, numpy.ndarray):
                return self._array(numpy, value)
            if isinstance(value, numpy.generic):
                item = value.item()
                if not isinstance(item, numpy.generic):  # e.g. longdouble
                    return self.encode(item, deep, depth)
        return self._container(value, depth) if deep else self._refer(value)

    def _array(self, numpy: Any, array: Any) -> Any:
        elemtype = _ELEMTYPES.get(array.dtype.newbyteorder("=").name)
        if elemtype is None or type(array) is not numpy.ndarray:
            return self._refer(array)
        data = numpy.ascontiguousarray(array, dtype=ELEMTYPES[elemtype].dtype)
        flat = memoryview(data.reshape(-1)).cast("B") if data.size else b""
        header = encode_header(elemtype, array.shape)
        return self._part("array", [header, flat, encode_footer(data.nbytes)])

    def _part(self, tag: str, part: Part) -> dict[str, Any]:
        self.parts.append(part)
        return {"$": tag, "v": len(self.parts) - 1}

    def _container(self, value: Any, depth: int) -> Any:
        if not isinstance(value, (list, tuple, set, frozenset, dict)):
            return self._refer(value)
        if depth == _MAX_DEPTH:
            raise ArgumentError(
                f"python: a {type(value).__name__} is nested more than {_MAX_DEPTH} "
                "deep, or contains itself"
            )
        if isinstance(value, dict):
            pairs = [
                [self._item(k, depth), self._item(v, depth)] for k, v in value.items()
            ]
            plain = all(isinstance(k, str) for k in value)
            return {"$": "dict" if plain else "map", "v": pairs}
        items = [self._item(item, depth) for item in value]
        return items if isinstance(value, (list, tuple)) else {"$": "set", "v": items}

    def _item(self, value: Any, depth: int) -> Any:
        return self.encode(value, deep=True, depth=depth + 1)


def _whole(value: int) -> Any:
    if -_MAX_SAFE <= value <= _MAX_SAFE:
        return value
    if value.bit_length() > _MAX_INT_BITS:
        raise ArgumentError(
            f"python: an integer of {value.bit_length()} bits is longer than the "
            f"limit of JavaScript, {_MAX_INT_BITS} bits"
        )
    # Decimal conversion is slow, and limited in length.
    return {"$": "int", "v": f"{value:x}"}


class Decoder:
    """Converts the JSON form to Python values.

    ``tags`` resolves each tag that refers to an object of the session.
    """

    def __init__(
        self, parts: list[memoryview], tags: dict[str, Callable[[Any], Any]]
    ) -> None:
        self._parts = parts
        self._tags = tags

    def decode(self, form: Any) -> Any:
        """Return the value of a JSON form; arrays and bytes are copied."""
        if isinstance(form, list):
            return [self.decode(item) for item in form]
        if not isinstance(form, dict):
            return form
        tag, v = form["$"], form["v"]
        if tag == "dict":
            return {key: self.decode(item) for key, item in v}
        if tag == "int":
            return int(v, 16)
        if tag == "float":
            return _SPECIAL.get(v, -0.0)
        if tag == "bytes":
            return bytes(self._parts[v])
        if tag == "array":
            return self._array(self._parts[v])
        return self._tags[tag](v)

    def _array(self, message: memoryview) -> Any:
        import numpy as np  # noqa: PLC0415 - only where there are arrays

        elemtype, shape, body = decode_array(message)
        array = np.frombuffer(body, ELEMTYPES[elemtype].dtype)
        # The client's memory, and that of a frame, is reused.
        return array.reshape(shape).copy()


def signature(value: object) -> str:
    """Return a short repr of an object, for `console.log`."""
    try:
        return _SHORT.repr(value)
    except Exception as error:  # noqa: BLE001 - whatever an object's repr does
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 200
