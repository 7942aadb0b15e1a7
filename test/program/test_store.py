"""Stored values: they come back, and nothing else gets near C."""

from __future__ import annotations

import os
import random
import re
import struct
import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from conftest import PROGRAMS

from futhark_bridge import ArgumentError, FutharkModule, load, variant
from futhark_bridge.program.stored_format import split
from futhark_bridge.setup.build import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READ = """
import sys
from futhark_bridge import load
with load(sys.argv[1]) as module, open(sys.argv[2], "rb") as file:
    print(module.types.trip.restore(file.read()).to_object()["stops"])
"""


def stored(module: FutharkModule) -> dict[str, bytes]:
    entry = module.entry
    return {
        "trip": entry.trip(2).store(),
        "mark": entry.mark(3).store(),
        "figure": module.types.figure.construct("disc", 2.0).store(),
        "signal": module.types.signal.construct("wave", [0.5], 4).store(),
        "[]place": entry.places(2).store(),
        "[]figure": entry.figures(3).store(),
        "counter": entry.counter_start(3).store(),
        "half_pair": entry.halves({"a": 1.0, "b": [2.0]}).store(),
        "()": module.types["()"].new().store(),
    }


def test_every_kind_of_opaque_comes_back(types: FutharkModule) -> None:
    data = stored(types)
    assert all(type(d) is bytes for d in data.values())
    back = {name: types.restore(name, d) for name, d in data.items()}
    assert {name: v.type for name, v in back.items()} == {n: n for n in data}
    assert back["mark"].to_object() == (3, True)
    assert types.entry.area(back["figure"]) == types.entry.area(variant("disc", 2.0))
    assert types.entry.loudness(back["signal"]) == 2.0
    assert types.entry.north(back["[]place"]) == 1.0
    assert types.entry.total_area(back["[]figure"]) == 4.0
    assert types.entry.counter_total(back["counter"]) == 15
    assert types.entry.trip_home(back["trip"]) == 3.0
    assert types.entry.from_unit(back["()"]) == 7
    # Equal values have equal bytes.
    assert {name: v.store() for name, v in back.items()} == data


def test_another_process_restores_from_a_file(
    programs: Callable[[str], Path], tmp_path: Path
) -> None:
    path = programs("types")
    with load(path) as module:
        (tmp_path / "trip").write_bytes(module.entry.trip(1).store())
    done = subprocess.run(
        [sys.executable, "-c", READ, path, tmp_path / "trip"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[{'lat': 0.0, 'lon': 0.5}]"


def test_every_truncation_is_refused(types: FutharkModule) -> None:
    data = types.entry.trip(1).store()
    for length in range(len(data)):
        with pytest.raises(ArgumentError, match=r"trip\.restore"):
            types.restore("trip", data[:length])
    for more in (b"\0", data):
        with pytest.raises(ArgumentError, match="bytes of stored value"):
            types.restore("trip", data + more)


def test_every_changed_byte_is_refused(types: FutharkModule) -> None:
    data = bytearray(types.entry.trip(1).store())
    bits = random.Random(1)
    for at in range(len(data)):
        changed = data.copy()
        changed[at] ^= 1 << bits.randrange(8)
        with pytest.raises(ArgumentError):
            types.restore("trip", changed)
    assert types.restore("trip", data).state == "live"


def test_bytes_of_another_type_or_program_are_refused(types: FutharkModule) -> None:
    data = stored(types)
    for name in data:
        for other, bytes_of_other in data.items():
            if other != name:
                with pytest.raises(ArgumentError, match="another program, type or"):
                    types.restore(name, bytes_of_other)


def signed(digest: bytes, payload: bytes, length: int | None = None) -> bytes:
    size = len(payload) if length is None else length
    head = struct.pack("<4sI32sQ", b"FUTV", 1, digest, size)
    return head + payload + sha256(head + payload).digest()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"b\x02\x00 i64",
        b"b\x02\x00 i32\0\0\0\0",
        b"b\x02\x01 i64" + struct.pack("<Q", 2**61),
        b"b\x02\x01 i64" + struct.pack("<Q", 2) + bytes(16),
        b"b\x03\x00 i64" + bytes(8),
        b"b\x02\xff i64" + bytes(8),
        b"b\x02\x00 i64" + bytes(8) + b"b\x02\x01 i64" + struct.pack("<Q", 2**20),
        b"x" * 4096,
        bytes(4096),
        # Half of the value: what C reads after it must not be beyond the end.
        b"b\x02\x00 i64" + bytes(8),
    ],
)
def test_a_forged_payload_is_refused(types: FutharkModule, payload: bytes) -> None:
    """The checksum is not a secret: no bytes that it covers may crash C."""
    digest = types.entry.counter_start(1).store()[8:40]
    with pytest.raises(ArgumentError, match=r"counter\.restore"):
        types.restore("counter", signed(digest, payload))


def parts(*given: tuple[str, tuple[int, ...], bytes]) -> bytes:
    """Write values in Futhark's binary format."""
    return b"".join(
        b"b\x02"
        + bytes([len(shape)])
        + name.rjust(4).encode()
        + struct.pack(f"<{len(shape)}Q", *shape)
        + data
        for name, shape, data in given
    )


def figure(tag: int, closed: int) -> tuple[tuple[str, tuple[int, ...], bytes], ...]:
    return (
        ("i8", (), bytes([tag])),
        ("f32", (), bytes(4)),
        ("f32", (), bytes(4)),
        ("i64", (), bytes(8)),
        ("i64", (), bytes(8)),
        ("bool", (), bytes([closed])),
    )


def figures(tags: bytes, closed: bytes) -> bytes:
    n = (len(tags),)
    return parts(
        ("i8", n, tags),
        ("f32", n, bytes(4 * n[0])),
        ("f32", n, bytes(4 * n[0])),
        ("i64", n, bytes(8 * n[0])),
        ("i64", n, bytes(8 * n[0])),
        ("bool", n, closed),
    )


UNEQUAL = "arrays of different sizes"
FORGED = {
    "columns of unequal length": (
        "[]place",
        parts(("f64", (1,), bytes(8)), ("f64", (2,), bytes(16))),
        UNEQUAL,
    ),
    "grids of unequal shape": (
        "[][]corner",
        parts(("f64", (1, 2), bytes(16)), ("f64", (2, 1), bytes(16))),
        UNEQUAL,
    ),
    "a bool of 2 in a tuple": (
        "mark",
        parts(("i32", (), bytes(4)), ("bool", (), b"\x02")),
        "neither 0 nor 1",
    ),
    "a bool of 255 in an array": (
        "[]mark",
        parts(("i32", (2,), bytes(8)), ("bool", (2,), b"\1\xff")),
        "neither 0 nor 1",
    ),
    "a tag of no variant": ("figure", parts(*figure(4, 0)), "none of its 4"),
    "a negative tag": ("figure", parts(*figure(255, 0)), "none of its 4"),
    "a bool of 2 that its variant uses": (
        "figure",
        parts(*figure(3, 2)),
        "neither 0 nor 1",
    ),
    "a tag of no variant in an array": (
        "[]figure",
        figures(b"\0\1\4\2", bytes(4)),
        "none of its 4",
    ),
    "a bool of 2 in an array of sums": (
        "[]figure",
        figures(b"\0\3\1", b"\7\2\7"),
        "neither 0 nor 1",
    ),
    "sizes beyond C's": (
        "[][]corner",
        parts(("f64", (2**63, 0), b""), ("f64", (2**63, 0), b"")),
        "malformed",
    ),
    "a part too many": (
        "mark",
        parts(("i32", (), bytes(4)), ("bool", (), b"\1"), ("bool", (), b"\1")),
        "parts of another",
    ),
    "a part too few": ("mark", parts(("i32", (), bytes(4))), "rejected"),
    "parts of another type": (
        "mark",
        parts(("u32", (), bytes(4)), ("bool", (), b"\1")),
        "rejected",
    ),
}


@pytest.mark.parametrize("what", list(FORGED))
def test_a_value_outside_its_type_is_refused(types: FutharkModule, what: str) -> None:
    name, payload, reason = FORGED[what]
    live = len(types.program.context.live)
    grid = types.entry.place_grid(1, 1)
    digest = (stored(types) | {"[]mark": types.entry.marks([1]).store()}).get(name)
    digest = (digest or grid.store())[8:40]
    with pytest.raises(
        ArgumentError, match=re.escape(f"{name}.restore") + ".*" + reason
    ):
        types.restore(name, signed(digest, payload))
    grid.free()
    assert len(types.program.context.live) == live


def test_fields_that_a_variant_does_not_use_may_have_any_value(
    types: FutharkModule,
) -> None:
    digest = types.types.figure.construct("disc", 2.0).store()[8:40]
    disc = types.restore("figure", signed(digest, parts(*figure(1, 77))))
    assert disc.to_object() == {"variant": "disc", "payload": [0.0]}
    assert disc.store() == signed(digest, parts(*figure(1, 0)))
    path = types.restore("figure", signed(digest, parts(*figure(3, 1))))
    assert path.to_object() == {"variant": "path", "payload": [0, 0, True]}
    digest = types.entry.figures(1).store()[8:40]
    mixed = types.restore("[]figure", signed(digest, figures(b"\3\1", b"\1\x4d")))
    assert mixed.store() == signed(digest, figures(b"\3\1", b"\1\0"))


def test_a_forged_length_is_refused(types: FutharkModule) -> None:
    digest = types.entry.mark(1).store()[8:40]
    for length in (0, 2**63, 2**64 - 1):
        with pytest.raises(ArgumentError, match="bytes of stored value"):
            types.restore("mark", signed(digest, bytes(16), length))


@pytest.mark.parametrize(
    ("payload", "good"),
    [
        (b"", True),
        (b"b\x02\x00 f64" + bytes(8), True),
        (b"b\x02\x00bool\x01" + b"b\x02\x01  u8" + struct.pack("<Q", 3) + b"abc", True),
        (b"b\x02\x02 f16" + struct.pack("<QQ", 2, 0), True),
        (b"b\x02\x01  u8" + struct.pack("<Q", 4) + b"abc", False),
        (b"b\x02\x00 f64" + bytes(9), False),
        (b"b\x02\x00 f80" + bytes(10), False),
    ],
)
def test_a_payload_is_a_sequence_of_whole_values(payload: bytes, good: bool) -> None:
    assert (split(memoryview(payload)) is not None) is good


def test_arrays_of_primitives_are_not_stored(types: FutharkModule) -> None:
    with pytest.raises(ArgumentError, match="have no stored form"):
        types.entry.fresh(1).store()
    with pytest.raises(ArgumentError, match="have no stored form"):
        types.restore("[]i32", b"")


def test_a_value_is_restored_by_another_back_end(programs: Any) -> None:
    """One of the two back ends is also the one that stored it."""
    with (
        load(programs("types")) as one,
        load(build(PROGRAMS / "types.fut", "c")) as other,
    ):
        data = one.entry.counter_start(3).store()
        restored = other.types.counter.restore(data)
        assert other.entry.counter_total(restored) == 15
