"""Python values as they cross to JavaScript and back, beside the Futhark calls.

Numbers, strings, bytes and numpy arrays go by value, all else as a reference to an
object of the other side. JSON carries what it can without loss; the rest is an object
with a tag in ``$``. Bytes and arrays travel behind the JSON as *parts*: an array as
the one Arrow message that it has everywhere here.
"""

from __future__ import annotations

import reprlib
import sys
from typing import TYPE_CHECKING, Any

from futhark_bridge.arrow.codec import decode as decode_array
from futhark_bridge.arrow.codec import encode_footer, encode_header
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

Part = bytes | bytearray | memoryview

_MAX_SAFE = 2**53 - 1
# The longest string, and the longest integer, of V8's.
MAX_TEXT = 2**29 - 24
_MAX_INT_BITS = 2**30
# JSON is read and written by recursion, here and there.
_MAX_DEPTH = 128
_ELEMTYPES = {e.dtype: e.name for e in ELEMTYPES.values()}
_SPECIAL = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}


class Encoder:
    """Makes the JSON form of values, and gathers their parts.

    ``refer`` gives the reference to an object that does not go by value.
    """

    def __init__(self, refer: Callable[[object], dict[str, Any]]) -> None:
        self.parts: list[Part] = []
        self._refer = refer

    def encode(self, value: Any, deep: bool = False, depth: int = 0) -> Any:
        """Encode one value; ``deep`` takes the items of containers by value too.

        Raises
        ------
        ArgumentError
            If JavaScript can have no such value.
        """
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            if len(value) > MAX_TEXT:
                raise ArgumentError(
                    f"python: a str of {len(value)} characters is longer than those of "
                    f"JavaScript, of {MAX_TEXT}"
                )
            # What a subclass's own __str__ gives may be something else.
            return value if type(value) is str else str.__str__(value)
        if isinstance(value, int):
            return _whole(int(value))
        if isinstance(value, float):
            finite = value - value == 0
            return float(value) if finite else {"$": "float", "v": repr(float(value))}
        if isinstance(value, (bytes, bytearray, memoryview)):
            return self._part("bytes", [bytes(value)])
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            if isinstance(value, numpy.ndarray):
                return self._array(numpy, value)
            if isinstance(value, numpy.generic):
                item = value.item()
                if not isinstance(item, numpy.generic):  # a longdouble stays one
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

    def _part(self, tag: str, pieces: list[Part]) -> dict[str, Any]:
        self.parts.append(pieces[0] if len(pieces) == 1 else b"".join(pieces))
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
            f"python: an integer of {value.bit_length()} bits is longer than those of "
            f"JavaScript, of {_MAX_INT_BITS} bits"
        )
    # Decimal digits are limited in number, and slow.
    return {"$": "int", "v": f"{value:x}"}


class Decoder:
    """Makes Python values of the JSON form.

    ``tags`` gives the value for each tag that means an object of this session.
    """

    def __init__(
        self, parts: list[memoryview], tags: dict[str, Callable[[Any], Any]]
    ) -> None:
        self._parts = parts
        self._tags = tags

    def decode(self, form: Any) -> Any:
        """Return the value that a decoded JSON form stands for."""
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
        # The memory is the frame's, which goes on to hold others.
        return array.reshape(shape).copy()


def signature(value: object) -> str:
    """Say in short what an object is, for `console.log`."""
    try:
        return _SHORT.repr(value)
    except Exception as error:  # noqa: BLE001 - whatever an object's repr does
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 200
