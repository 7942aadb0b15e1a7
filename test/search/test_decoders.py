"""Feeds damaged bytes to the decoders of Python: typed errors, or what was sent.

The session runs a real program: what it accepts reaches Futhark.
"""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from pathlib import Path

from scale import seed, steps

from futhark_bridge.arrow.codec import decode, encode_footer, encode_header
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError, ProtocolError
from futhark_bridge.program.options import Options, read_tuning_file
from futhark_bridge.program.program import Program
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import HEADER, FrameReader
from futhark_bridge.worker.session import Session

MAGIC = [
    *(0, 1, 2, 7, 8, 63, 64, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**16, 2**31 - 1),
    *(2**31, 2**32 - 1, 2**53 - 1, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1),
]


def mutate(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Damage one to four places."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(out) + 1)
        end = min(len(out), at + rng.randint(1, 16))
        match rng.randrange(7):
            case 0 if at < len(out):
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                width = rng.choice([1, 2, 4, 8])
                number = rng.choice(MAGIC) + rng.choice([0, 0, -1, 1])
                place = at - at % 4
                part = struct.pack("<Q", number % 2**64)[:width]
                out[place : place + width] = part[: max(0, len(out) - place)]
            case 2:
                del out[at:]
            case 3:
                del out[at:end]
            case 4:
                out[end:end] = out[at:end]
            case 5:
                other = rng.choice(others)
                out[at:] = other[rng.randrange(len(other) + 1) :]
            case _ if at < len(out):
                out[at] = rng.randrange(256)
    return bytes(out)


def cut_whole(data: bytes, limit: int) -> tuple[list[tuple[int, int, bytes]], bool]:
    """Cut a whole stream into frames; return whether one is too long."""
    frames: list[tuple[int, int, bytes]] = []
    at = 0
    while at + HEADER.size <= len(data):
        length, number, kind = HEADER.unpack_from(data, at)
        if length > limit:
            return frames, True
        at += HEADER.size
        if at + length <= len(data):
            frames.append((number, kind, data[at : at + length]))
        at += length
    return frames, False


def test_damaged_frames_are_split_by_the_layout() -> None:
    start = seed()
    rng = random.Random(start)
    limit = 100_000
    corpus = [
        b"".join(HEADER.pack(n, i, k) + bytes(n) for i, (n, k) in enumerate(sizes))
        for sizes in ([(0, 0), (5, 1), (40, 2)], [(70_000, 1), (3, 3)], [(66_000, 0)])
    ]
    # Cut into pieces of a byte, some are long: 1 300 a second.
    for _ in range(steps(2_000, 1_000_000)):
        data = mutate(
            corpus[0] if rng.random() < 0.9 else rng.choice(corpus), corpus, rng
        )
        reader, found, at, failed = FrameReader(limit), [], 0, False
        try:
            while at < len(data):
                target = reader.target()
                count = min(len(data) - at, len(target), rng.choice([1, 7, 50, 10**6]))
                target[:count] = data[at : at + count]
                at += count
                for number, kind, body in reader.filled(count):
                    found.append((number, kind, bytes(body)))
        except ProtocolError:
            failed = True
        assert (found, failed) == cut_whole(data, limit), f"TEST_SEED={start}"


def test_a_damaged_tuning_file_has_values_in_range_or_is_a_typed_error(
    tmp_path: Path,
) -> None:
    start = seed()
    rng = random.Random(start)
    corpus = [
        b"main.suff_outer_par_0=256\nmain.block_size=32\n",
        b"-- a comment\n\na=1 -- and one\nb = 9223372036854775807\n",
    ]
    path = tmp_path / "x.tuning"
    for _ in range(steps(3_000, 1_000_000)):  # files: 2 700 a second
        data = mutate(rng.choice(corpus), corpus, rng)
        path.write_bytes(data)
        try:
            values = read_tuning_file(path)
        except ArgumentError:
            continue
        for name, value in values.items():
            assert 0 <= value < 2**63, f"TEST_SEED={start}"
            assert f"{value}".encode() in data
            assert name.encode() in data, f"TEST_SEED={start}"


class Wire:
    """Talks to a session of the identity program, and keeps what was sent."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.session = Session(program)
        self.arrays = [(i, t) for i, t in enumerate(program.types) if t.kind == "array"]

    def ask(self, kind: int, body: bytes) -> tuple[int, bytes]:
        reply = self.session.handle(7, kind, memoryview(body))
        assert reply is not None
        length, number, status = HEADER.unpack_from(reply)
        assert (length, number) == (len(reply) - HEADER.size, 7)
        content = bytes(reply[HEADER.size :])
        if status == messages.ERROR:
            assert {"code", "message"} <= set(json.loads(content))
        return status, content

    def requests(self) -> list[tuple[int, bytes]]:
        """Make valid requests of small arrays, of each kind and elemtype."""
        made: list[tuple[int, bytes]] = []
        for number, (index, info) in enumerate(self.arrays, 1):
            shape = (2,) * info.rank
            sizes = struct.pack(f"<{info.rank}q", *shape)
            elements = bytes([1] * (ELEMTYPES[info.elemtype].bytes * 2**info.rank))
            small = struct.pack("<III", number, index, messages.SMALL)
            inline = struct.pack("<III", number, index, messages.INLINE)
            message = encode_header(info.elemtype, shape) + elements
            message += encode_footer(len(elements))
            made.append((messages.NEW, small + sizes + elements))
            made.append((messages.NEW, inline + message))
            made.append((messages.VALUES, struct.pack("<II", number, messages.SMALL)))
            made.append((messages.VALUES, struct.pack("<II", number, messages.INLINE)))
            made.append((messages.DESCRIBE, struct.pack("<I", number)))
            name = f"id_{info.elemtype}_{info.rank}"
            operation = self.program.operation("entry", None, name)
            assert operation is not None
            call = self.program.operations.index(operation)
            made.append((messages.CALL, struct.pack("<III", call, number, number)))
            with_array = struct.pack("<III", call, number, messages.INLINE_ARRAY)
            made.append((messages.CALL, with_array + sizes + elements))
        made.append((messages.FREE, struct.pack("<III", 1, 2, 3)))
        made.append((messages.CONTEXT, struct.pack("<I", 0)))
        made.append((messages.SLAB, struct.pack("<Iq", 1, 4096) + b"/dev/shm/none"))
        made.append((messages.NEW_OPAQUE_ARRAY, struct.pack("<IIqI", 9, 0, 1, 1)))
        made.append((messages.STORE, struct.pack("<I", 1)))
        made.append((messages.SHARED, struct.pack("<I", 9) + b"name"))
        return made

    def check_new(self, body: bytes) -> None:
        """Compare an accepted array with the bytes of its request."""
        number, index, where = struct.unpack_from("<III", body)
        info = self.program.types[index]
        if where == messages.SMALL:
            start = 12 + 8 * info.rank
            shape = struct.unpack_from(f"<{info.rank}q", body, 12)
            elements = body[start:]
        else:
            found = decode(body[12:])
            shape, elements = found.shape, bytes(found.body)
        sizes = struct.pack(f"<{info.rank}q", *shape)
        assert self.ask(messages.DESCRIBE, struct.pack("<I", number))[1] == sizes
        asked = struct.pack("<II", number, messages.SMALL)
        assert self.ask(messages.VALUES, asked) == (messages.OK, sizes + elements)


def test_damaged_requests_reach_futhark_whole_or_not_at_all(
    programs: Callable[[str], Path],
) -> None:
    start = seed()
    rng = random.Random(start)
    wire = Wire(Program.open(str(programs("identity")), Options()))
    requests = wire.requests()
    for kind, body in requests[:5]:
        assert wire.ask(kind, body)[0] == messages.OK
    bodies = [body for _, body in requests]
    for _ in range(steps(10_000, 1_000_000)):
        kind, body = rng.choice(requests)
        if rng.random() < 0.8:
            body = mutate(body, bodies, rng)
        if rng.random() < 0.05:
            kind = rng.choice([k for k, _ in requests])
        status, _ = wire.ask(kind, body)
        if kind == messages.NEW and status == messages.OK:
            try:
                wire.check_new(body)
            except AssertionError as error:
                raise AssertionError(f"TEST_SEED={start}, {body.hex()}") from error
        if len(wire.session.values) > 1000:
            wire.ask(
                messages.FREE, struct.pack("<1000I", *list(wire.session.values)[:1000])
            )
    wire.session.end()
    wire.program.close()
