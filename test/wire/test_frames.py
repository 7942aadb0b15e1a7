from __future__ import annotations

import random
import struct

import pytest

from futhark_bridge.errors import ProtocolError
from futhark_bridge.wire.frames import HEADER_BYTES, FrameReader, frame

SCRATCH = 1 << 17
Frames = list[tuple[int, int, bytes]]


def frame_bytes(number: int, kind: int, body: bytes) -> bytes:
    """Make a frame by its layout, here and not by the package."""
    return struct.pack("<III", len(body), number, kind) + body


def pattern(length: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(length)


def read(data: bytes, sizes: list[int], limit: int = 1 << 24) -> Frames:
    """Feed data in reads of these sizes, repeatedly; copy the resulting frames."""
    reader = FrameReader(limit)
    frames: Frames = []
    at = turn = 0
    while at < len(data):
        target = reader.target()
        assert len(target) > 0
        count = min(sizes[turn % len(sizes)], len(target), len(data) - at)
        target[:count] = data[at : at + count]
        at += count
        turn += 1
        frames += [(n, kind, bytes(body)) for n, kind, body in reader.filled(count)]
    return frames


SHORT: Frames = [
    (1, 0, b"hello"),
    (2, 1, b""),
    (2**32 - 1, 2**32 - 1, b"x"),
    (0, 7, pattern(40, 3)),
]
SHORT_BYTES = b"".join(frame_bytes(*each) for each in SHORT)
LONG: Frames = [
    (1, 0, pattern(SCRATCH - HEADER_BYTES, 1)),
    (2, 0, pattern(SCRATCH - HEADER_BYTES + 1, 2)),
    (3, 0, pattern(5, 3)),
    (4, 0, pattern(3 * SCRATCH + 17, 4)),
    (5, 0, b""),
]
LONG_BYTES = b"".join(frame_bytes(*each) for each in LONG)


def test_frames_split_at_every_byte_decode_the_same() -> None:
    for cut in range(1, len(SHORT_BYTES)):
        assert read(SHORT_BYTES, [cut, len(SHORT_BYTES)]) == SHORT, cut


@pytest.mark.parametrize("size", [1, 2, 1 << 20])
def test_frames_in_chunks_decode_the_same(size: int) -> None:
    assert read(SHORT_BYTES, [size]) == SHORT


@pytest.mark.parametrize(
    "sizes", [[11], [12], [13], [4096], [SCRATCH], [1, SCRATCH], [1 << 20]]
)
def test_long_frames_decode_the_same_however_they_are_split(
    sizes: list[int],
) -> None:
    assert read(LONG_BYTES, sizes) == LONG


def test_many_frames_in_random_chunks_decode_the_same() -> None:
    source = random.Random(7)
    frames = [
        (k, k % 5, source.randbytes(source.choice([0, 3, 500, 9000, 140_000])))
        for k in range(200)
    ]
    data = b"".join(frame_bytes(*each) for each in frames)
    sizes = [source.randrange(1, 100_000) for _ in range(50)]
    assert read(data, sizes) == frames


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_refused_early() -> None:
    body = pattern(1000, 6)
    assert read(frame_bytes(1, 0, body), [9999], 1000) == [(1, 0, body)]
    with pytest.raises(ProtocolError, match=r"frame of 1001 bytes .* limit of 1000"):
        read(struct.pack("<III", 1001, 1, 0), [9999], 1000)


def test_a_length_of_4_gib_allocates_no_memory_if_the_limit_is_less() -> None:
    reader = FrameReader(1 << 30)
    header = struct.pack("<III", 2**32 - 1, 1, 0)
    reader.target()[: len(header)] = header
    with pytest.raises(ProtocolError):
        list(reader.filled(len(header)))
    assert len(reader.target()) <= SCRATCH


def test_a_frame_has_its_layout() -> None:
    assert frame(3, 1, b"body") == frame_bytes(3, 1, b"body")
