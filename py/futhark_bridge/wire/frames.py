"""Reads and writes the frames of the control channel.

The layout of a frame (all numbers little-endian)::

    0 u32 body length in bytes | 4 u32 id | 8 u32 kind | 12 body

The client chooses the id of a request; with id 0 there is no reply. A reply has the id
of its request; replies are in the order of requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct, unpack_from

from futhark_bridge.errors import ProtocolError

HEADER = Struct("<III")
HEADER_BYTES = HEADER.size
_SCRATCH_BYTES = 1 << 17
_HUGE_BYTES = 1 << 26

Frame = tuple[int, int, memoryview]
"""Id, kind and body; the body is valid until the next read."""


class FrameReader:
    """Splits a byte stream into frames.

    Does no I/O: read into `target`, then iterate over `filled` to its end.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._scratch = memoryview(bytearray(_SCRATCH_BYTES))
        self._end = 0
        self._long: tuple[int, int, memoryview] | None = None
        self._long_end = 0

    def target(self) -> memoryview:
        """Return the buffer for the next bytes; it is never empty."""
        if self._long is not None:
            return self._long[2][self._long_end :]
        return self._scratch[self._end :]

    def filled(self, count: int) -> Iterator[Frame]:
        """Yield the frames that the next ``count`` bytes complete.

        Raises
        ------
        ProtocolError
            If a body exceeds the limit; checked before memory is allocated for it.
        """
        if self._long is not None:
            self._long_end += count
            if self._long_end == len(self._long[2]):
                frame, self._long = self._long, None
                yield frame
            return
        scratch = self._scratch
        at, end = 0, self._end + count
        while end - at >= HEADER_BYTES:
            length, request_id, kind = HEADER.unpack_from(scratch, at)
            if length > self.max_bytes:
                raise ProtocolError(
                    f"a frame of {length} bytes is longer than the limit of "
                    f"{self.max_bytes}"
                )
            start = at + HEADER_BYTES
            if end - start < length:
                if HEADER_BYTES + length <= _SCRATCH_BYTES:
                    break
                # Collected in a buffer of its own, from which elements are read.
                body = _memory(length)
                body[: end - start] = scratch[start:end]
                self._long, self._long_end = (request_id, kind, body), end - start
                at = end
                break
            at = start + length
            yield request_id, kind, scratch[start:at]
        rest = end - at
        if at > 0 and rest > 0:
            scratch[:rest] = bytes(scratch[at:end])
        self._end = rest


def _memory(size: int) -> memoryview:
    if size < _HUGE_BYTES:
        return memoryview(bytearray(size))
    import mmap  # noqa: PLC0415 - rarely needed

    # Pages are allocated as they are filled: the peer may send less than it claims.
    return memoryview(mmap.mmap(-1, size))


def frame(request_id: int, kind: int, body: bytes) -> bytes:
    """Return a frame with a short body, which is copied."""
    return HEADER.pack(len(body), request_id, kind) + body


def unpack_sizes(body: memoryview, at: int, rank: int) -> tuple[tuple[int, ...], int]:
    """Read the sizes of an array; return them and their end offset."""
    # The module's function caches formats; a `Struct` would be created on each call.
    return unpack_from(f"<{rank}q", body, at), at + 8 * rank
