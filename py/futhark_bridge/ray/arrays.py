"""Arrays between a client's shared memory and the object store.

On its way in, an array is copied once here, from a slab into the object store; on its
way out once, from the object store into a slab. Each copy is an audit event
``futhark_bridge.copy``, with what it is from and to.
"""

from __future__ import annotations

import sys
from struct import Struct, pack
from typing import Any

import numpy as np

from futhark_bridge.arrow.codec import decode, frame_of
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ProtocolError
from futhark_bridge.memory.slabs import Slabs
from futhark_bridge.transfer.array_messages import PART
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import HEADER, frame, unpack_sizes

_U32 = Struct("<I")
_TWO_U32 = Struct("<II")
_THREE_U32 = Struct("<III")
_SLAB = Struct("<Iq")
# The client numbers its values from 1 up.
_FIRST_RESULT = 2**31
_LAST_RESULT = 2**32 - 2
_ELEMTYPE_OF = {np.dtype(each.dtype): name for name, each in ELEMTYPES.items()}


class Arrays:
    """Large results and shared inputs of one client, by number."""

    def __init__(self, ray: Any, types: list[dict[str, Any]]) -> None:
        self._ray = ray
        self._types = types
        self._slabs = Slabs()
        self._results: dict[int, np.ndarray[Any, Any]] = {}
        self._shared: dict[int, tuple[int, Any]] = {}
        self._last_result = _FIRST_RESULT

    def add_slab(self, body: memoryview) -> None:
        """Map shared memory of the client."""
        number, size = _SLAB.unpack_from(body)
        self._slabs.add(number, size, bytes(body[_SLAB.size :]).decode())

    def put_part(self, slab: int, offset: int, size: int) -> Any:
        """Put a part of a slab into the object store, for one task."""
        return self._put(np.frombuffer(self._slabs.view(slab, offset, size), np.uint8))

    def share(self, body: memoryview) -> None:
        """Put an array into the object store, for all tasks."""
        number, type_index, where = _THREE_U32.unpack_from(body)
        info = self._types[type_index]
        rest = body[_THREE_U32.size :]
        if where == messages.SMALL:
            shape, start = unpack_sizes(rest, 0, info["rank"])
            elements = rest[start:]
        else:
            message = rest
            if where != messages.INLINE:
                message = self._slabs.view(where, *PART.unpack(rest))
            _, shape, elements = decode(message)
        dtype = ELEMTYPES[info["elemtype"]].dtype
        array = np.frombuffer(elements, dtype).reshape(shape)
        self._shared[number] = type_index, self._put(array)

    def shared(self, number: int) -> tuple[int, Any]:
        """Return the index of the type of a shared input, and its reference."""
        found = self._shared.get(number)
        if found is None:
            raise ProtocolError(f"there is no shared input {number}")
        return found

    def keep(self, part: np.ndarray[Any, Any]) -> int:
        """Keep a large result until the client frees it; return its number."""
        self._last_result += 1
        if self._last_result > _LAST_RESULT:
            self._last_result = _FIRST_RESULT
        self._results[self._last_result] = part
        return self._last_result

    def read(self, request_id: int, body: memoryview) -> bytes | bytearray:
        """Write a large result into a slab, or into the reply; return the reply."""
        number, where = _TWO_U32.unpack_from(body)
        values = self._results.get(number)
        if values is None:
            raise ProtocolError(f"there is no result {number}")
        around = frame_of(_ELEMTYPE_OF[values.dtype], values.shape)
        if where == messages.INLINE:
            reply = bytearray(HEADER.size + around.total)
            HEADER.pack_into(reply, 0, around.total, request_id, messages.OK)
            target = memoryview(reply)[HEADER.size :]
        else:
            offset, capacity = PART.unpack_from(body, _TWO_U32.size)
            if around.total > capacity:
                raise ProtocolError(f"expected {around.total} bytes, got {capacity}")
            target = self._slabs.view(where, offset, around.total)
            reply = bytearray(frame(request_id, messages.OK, pack("<q", around.total)))
        start = len(around.header)
        end = start + around.nbytes
        target[:start] = around.header
        target[end:] = around.footer
        elements = np.frombuffer(target[start:end], values.dtype)
        sys.audit("futhark_bridge.copy", values, elements)
        elements[:] = values.reshape(-1)
        return reply

    def free(self, body: memoryview) -> list[int]:
        """Free numbers; return those of shared inputs."""
        numbers = [number for (number,) in _U32.iter_unpack(body)]
        for number in numbers:
            self._results.pop(number, None)
        return [n for n in numbers if self._shared.pop(n, None) is not None]

    def _put(self, array: np.ndarray[Any, Any]) -> Any:
        # As a NumPy array it is copied once.
        sys.audit("futhark_bridge.copy", array, None)
        return self._ray.put(array)
