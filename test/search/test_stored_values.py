"""Mutated stored values: each is refused, or is just the value that its bytes say."""

from __future__ import annotations

import random
import struct
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from scale import seed, steps

from futhark_bridge import FutharkModule, load
from futhark_bridge.errors import ArgumentError, OutOfMemoryError
from futhark_bridge.program.stored_format import split

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD, SUM = 48, 32
SIZES = (0, 1, 2, 3, 7, 255, 2**31, 2**32, 2**61, 2**63 - 1, 2**63, 2**64 - 1)


def samples(module: FutharkModule) -> dict[str, bytes]:
    entry = module.entry
    figure = module.types.figure
    values = [
        entry.trip(2),
        entry.mark(3),
        figure.construct("path", 1, 2, True),
        figure.construct("box", {"w": 1, "h": 2}),
        module.types.signal.construct("wave", [0.5], 4),
        entry.places(2),
        entry.place_grid(2, 3),
        entry.marks([1, -1]),
        entry.figures(3),
        entry.counter_start(3),
        module.types["()"].new(),
    ]
    return {f"{k} {v.type}": v.store() for k, v in enumerate(values)}


def mutated(rng: random.Random, payload: bytes) -> bytes:
    data = bytearray(payload)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(data) or 1)
        kind = rng.randrange(7)
        if kind == 0 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and data:
            data[at] = rng.choice((0, 1, 2, 3, 4, 127, 128, 255))
        elif kind == 2:
            del data[at : at + rng.choice((1, 4, 8, 16))]
        elif kind == 3:
            data[at:at] = rng.choice((b"\0", bytes(8), bytes(data[at : at + 16])))
        else:
            change_part(rng, data, kind)
    return bytes(data)


def change_part(rng: random.Random, data: bytearray, kind: int) -> None:
    """Change a size, with or without the data to go with it, or repeat a part."""
    parts = split(memoryview(bytes(data)))
    if not parts:
        return
    at, chosen = 0, rng.randrange(len(parts))
    for part in parts[:chosen]:
        at += 7 + 8 * len(part.shape) + len(part.data)
    part = parts[chosen]
    end = at + 7 + 8 * len(part.shape) + len(part.data)
    if kind == 4:
        data[end:end] = data[at:end]
    elif part.shape:
        axis = at + 7 + 8 * rng.randrange(len(part.shape))
        data[axis : axis + 8] = struct.pack("<Q", rng.choice(SIZES))
        if kind == 5:
            shape = struct.unpack_from(f"<{len(part.shape)}Q", data, at + 7)
            size = 1
            for d in shape:
                size *= d
            each = {"bool": 1, "i8": 1, "u8": 1, "f32": 4, "i32": 4}
            size *= each.get(part.elemtype, 8)
            if size < 1000:
                data[at + 7 + 8 * len(shape) : end] = bytes(size)


def same_but_for_unused_bools(given: bytes, restored: bytes) -> bool:
    """Compare; bytes other than 0 and 1 may have become false."""
    ours, theirs = split(memoryview(given)), split(memoryview(restored))
    assert ours is not None
    assert theirs is not None
    for a, b in zip(ours, theirs, strict=True):
        one, other = bytes(a.data), bytes(b.data)
        if a.elemtype == "bool":
            one = bytes(x if x < 2 else 0 for x in one)
        if (a.elemtype, a.shape, one) != (b.elemtype, b.shape, other):
            return False
    return True


def test_a_restored_value_is_what_the_bytes_encode(
    programs: Callable[[str], Path],
) -> None:
    chosen = seed()
    print(f"TEST_SEED={chosen}")
    rng = random.Random(chosen)
    restored = 0
    with load(programs("types")) as module:
        stored = samples(module)
        for _ in range(steps(10_000, 1_000_000)):
            key = rng.choice(list(stored))
            name, data = key.partition(" ")[2], stored[key]
            payload = mutated(rng, data[HEAD:-SUM])
            head = data[:40] + struct.pack("<Q", len(payload))
            signed = head + payload + sha256(head + payload).digest()
            try:
                value: Any = module.restore(name, signed)
            except (ArgumentError, OutOfMemoryError):
                continue
            restored += 1
            assert same_but_for_unused_bools(payload, value.store()[HEAD:-SUM])
            module.from_futhark(value)
            value._repr_mimebundle_()
            value.free()
        assert module.program.context.live == {}
    assert restored > 100
