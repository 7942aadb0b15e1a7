from __future__ import annotations

import json
import mmap
import os
import random
import signal
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sealed_memory import sealed_memory

from futhark_bridge.arrow.codec import decode, encode_footer, encode_header
from futhark_bridge.program.options import Options
from futhark_bridge.program.program import Program
from futhark_bridge.wire import messages
from futhark_bridge.worker.replies import as_futhark_error
from futhark_bridge.worker.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OK, ERROR = messages.OK, messages.ERROR
INLINE = messages.INLINE


def u32(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


class Wire:
    """Talks to a session as a client would, without a wire."""

    def __init__(self, path: Path) -> None:
        self.program = Program.open(str(path), Options())
        self.session = Session(self.program)
        self.types = {info.name: i for i, info in enumerate(self.program.types)}
        self.operations = {
            (o.of, o.type, o.name): i for i, o in enumerate(self.program.operations)
        }

    def ask(self, kind: int, body: bytes) -> tuple[int, bytes]:
        """Send a request; return the kind and the body of the one reply."""
        reply = self.session.handle(77, kind, memoryview(body))
        assert reply is not None
        length, number, reply_kind = struct.unpack_from("<III", reply)
        assert (length, number) == (len(reply) - 12, 77)
        return reply_kind, bytes(reply[12:])

    def post(self, kind: int, body: bytes) -> None:
        """Send a request that is not answered."""
        assert self.session.handle(0, kind, memoryview(body)) is None

    def error(self, kind: int, body: bytes) -> dict[str, Any]:
        reply_kind, reply = self.ask(kind, body)
        assert reply_kind == ERROR, reply
        fields: dict[str, Any] = json.loads(reply)
        assert set(fields) >= {"code", "message"}
        return fields

    def ok(self, kind: int, body: bytes) -> bytes:
        reply_kind, reply = self.ask(kind, body)
        assert reply_kind == OK, reply
        return reply

    def call(self, name: str, *words: bytes) -> bytes:
        """Return the body of a call of an entry point."""
        return u32(self.operations["entry", None, name]) + b"".join(words)

    def new(self, number: int, name: str, array: np.ndarray[Any, Any]) -> bytes:
        elemtype = name.replace("[]", "")
        message = encode_header(elemtype, array.shape) + array.tobytes()
        message += encode_footer(array.nbytes)
        return u32(number, self.types[name], INLINE) + message

    def small(self, array: np.ndarray[Any, Any]) -> bytes:
        return struct.pack(f"<{array.ndim}q", *array.shape) + array.tobytes()

    def values(self, number: int) -> np.ndarray[Any, Any]:
        array = decode(self.ok(messages.VALUES, u32(number, INLINE)))
        dtype = {"i32": "i4", "i64": "i8", "f32": "f4"}[array.elemtype]
        return np.frombuffer(array.body, f"<{dtype}").reshape(array.shape)


@pytest.fixture
def open_wire(programs: Callable[[str], Path]) -> Iterator[Callable[[str], Wire]]:
    wires: list[Wire] = []

    def open_it(name: str) -> Wire:
        wires.append(Wire(programs(name)))
        return wires[-1]

    yield open_it
    for wire in wires:
        wire.program.close()


@pytest.fixture
def wire(open_wire: Callable[[str], Wire]) -> Wire:
    return open_wire("errors")


def test_a_call_takes_operands_and_returns_results(wire: Wire) -> None:
    body = wire.call("div_mod", struct.pack("<ii", -7, 2))
    assert wire.ok(messages.CALL, body) == struct.pack("<ii", -4, 1)


def test_arrays_are_made_passed_on_and_read_by_their_numbers(wire: Wire) -> None:
    array = np.arange(6, dtype="i4")
    assert wire.ok(messages.NEW, wire.new(5, "[]i32", array)) == struct.pack("<q", 6)
    wire.post(messages.CALL, wire.call("same", u32(9), u32(5)))
    assert wire.ok(messages.DESCRIBE, u32(9)) == struct.pack("<q", 6)
    assert (wire.values(9) == array).all()
    reply = wire.ok(messages.CALL, wire.call("twice", u32(1, 2), u32(9)))
    assert reply == struct.pack("<qq", 6, 6)
    assert (wire.values(2) == array).all()


def test_small_arrays_are_sent_as_sizes_and_elements(wire: Wire) -> None:
    array = np.arange(6, dtype="i4")
    new = u32(5, wire.types["[]i32"], messages.SMALL) + wire.small(array)
    assert wire.ok(messages.NEW, new) == struct.pack("<q", 6)
    assert (wire.values(5) == array).all()
    read = u32(5, messages.SMALL)
    assert wire.ok(messages.VALUES, read) == wire.small(array)
    most = messages.SMALL_BYTES // 4
    for size, is_small in ((most, True), (most + 1, False)):
        large = np.arange(size, dtype="i4")
        wire.post(messages.NEW, wire.new(5, "[]i32", large))
        expected = wire.small(large) if is_small else struct.pack("<q", size)
        assert wire.ok(messages.VALUES, read) == expected


def test_a_call_has_inline_arrays_and_leaves_none_behind(wire: Wire) -> None:
    live = wire.program.context.live
    array = np.arange(5, dtype="i4")
    for _ in range(2):
        body = wire.call("same", u32(9), u32(messages.INLINE_ARRAY)) + wire.small(array)
        assert wire.ok(messages.CALL, body) == struct.pack("<q", 5)
        assert (wire.values(9) == array).all()
        assert len(live) == 1
        # Its result is not shared, so it is overwritten in place, and once.
        put = wire.call("put", u32(8), u32(9), struct.pack("<qi", 1, 7))
        wire.post(messages.CALL, put)
        assert wire.values(8).tolist() == [0, 7, 2, 3, 4]
        wire.post(messages.FREE, u32(8, 9))
        assert len(live) == 0


def test_a_call_consumes_its_inline_arrays(wire: Wire) -> None:
    array = np.arange(3, dtype="i4")
    end = struct.pack("<qi", 1, 5)
    body = wire.call("put", u32(2), u32(messages.INLINE_ARRAY), end) + wire.small(array)
    for _ in range(3):
        wire.post(messages.CALL, body)
        assert wire.values(2).tolist() == [0, 5, 2]
    outside = wire.call("put", u32(2), u32(0), struct.pack("<qi", 9, 5))
    outside += wire.small(array)
    assert wire.error(messages.CALL, outside)["code"] == "program-error"
    wire.post(messages.FREE, u32(2))
    assert len(wire.program.context.live) == 0


def test_a_call_refers_to_some_arrays_and_has_others_inline(wire: Wire) -> None:
    array, other = np.arange(3, dtype="f4"), np.full(3, 10, "f4")
    wire.post(messages.NEW, wire.new(1, "[]f32", array))
    for words, expected in (
        (u32(1, 0) + wire.small(other), 30),
        (u32(0, 1) + wire.small(other), 30),
        (u32(0, 0) + wire.small(other) + wire.small(array), 30),
        (u32(1, 1), 5),
    ):
        reply = wire.ok(messages.CALL, wire.call("dot", words))
        assert reply == struct.pack("<f", expected)
    gone = wire.call("dot", u32(0, 99)) + wire.small(other)
    assert wire.error(messages.CALL, gone)["message"] == "there is no value 99"
    assert len(wire.program.context.live) == 1


def test_a_call_with_wrong_inline_arrays_is_refused(wire: Wire) -> None:
    small = wire.small(np.arange(5, dtype="i4"))
    same = wire.call("same", u32(9), u32(messages.INLINE_ARRAY))
    for length in range(len(small)):
        assert wire.error(messages.CALL, same + small[:length])["code"] == "protocol"
    assert wire.error(messages.CALL, same + small + b"\0")["code"] == "protocol"
    for size in (-1, 2**62, 2**63 - 1):
        huge = same + struct.pack("<q", size)
        assert wire.ask(messages.CALL, huge)[0] == ERROR
    assert len(wire.program.context.live) == 0
    assert wire.ok(messages.CALL, same + small) == struct.pack("<q", 5)


class Slab:
    """Memory that is shared with a session, as a client's is."""

    def __init__(self, wire: Wire) -> None:
        self.fd = sealed_memory(1 << 16)
        self.memory = mmap.mmap(self.fd, 1 << 16)
        path = f"/proc/self/fd/{self.fd}".encode()
        wire.post(messages.SLAB, struct.pack("<Iq", 3, 1 << 16) + path)

    def share(self, at: int, elemtype: str, array: np.ndarray[Any, Any]) -> bytes:
        """Put an array's message there; return a call's reply about it."""
        message = encode_header(elemtype, array.shape) + array.tobytes()
        message += encode_footer(array.nbytes)
        self.memory[at : at + len(message)] = message
        return struct.pack("<Iqq", 3, at, len(message))

    def overwrite(self) -> None:
        self.memory[:] = b"\x55" * (1 << 16)


@pytest.fixture
def slab(wire: Wire) -> Iterator[Slab]:
    slab = Slab(wire)
    yield slab
    os.close(slab.fd)


SHARED_ARRAY = u32(messages.SHARED_ARRAY)


def test_no_result_of_a_call_lies_in_memory_shared_with_it(
    wire: Wire, slab: Slab
) -> None:
    array = np.arange(50, dtype="i4")
    for name, results, scalars, expected in (
        ("same", (7,), b"", [array]),
        ("twice", (7, 8), b"", [array, array]),
        ("slice", (7,), struct.pack("<qq", 10, 20), [array[10:20]]),
        ("slice", (7,), struct.pack("<qq", 0, 50), [array]),
        ("coerce", (7,), b"", [array]),
        ("put", (7,), struct.pack("<qi", 0, 9), [np.append(9, array[1:])]),
    ):
        where = slab.share(128, "i32", array)
        before = slab.memory[:]
        words = (
            struct.pack("<q", 50) + SHARED_ARRAY
            if name == "coerce"
            else SHARED_ARRAY + scalars
        )
        wire.ok(messages.CALL, wire.call(name, u32(*results), words, where))
        assert slab.memory[:] == before, name  # nor is anything written there
        slab.overwrite()
        for number, values in zip(results, expected, strict=True):
            assert (wire.values(number) == values).all(), name
        wire.post(messages.FREE, u32(*results))
        assert len(wire.program.context.live) == 0


def test_a_call_has_one_array_shared_and_another_inline(wire: Wire, slab: Slab) -> None:
    array, other = np.arange(3, dtype="f4"), np.full(3, 10, "f4")
    where = slab.share(0, "f32", array)
    for words, data in (
        (SHARED_ARRAY + u32(0), where + wire.small(other)),
        (u32(0) + SHARED_ARRAY, wire.small(other) + where),
    ):
        reply = wire.ok(messages.CALL, wire.call("dot", words, data))
        assert reply == struct.pack("<f", 30)
    both = wire.call("dot", SHARED_ARRAY + SHARED_ARRAY, where + where)
    assert wire.ok(messages.CALL, both) == struct.pack("<f", 5)


def test_a_call_that_fails_releases_its_shared_arrays(wire: Wire, slab: Slab) -> None:
    array = np.arange(3, dtype="i4")
    where = slab.share(0, "i32", array)
    bad = wire.call("slice", u32(7), SHARED_ARRAY, struct.pack("<qq", 0, 9), where)
    assert wire.error(messages.CALL, bad)["code"] == "program-error"
    zero = wire.call("reciprocals", u32(7), SHARED_ARRAY, where)
    assert wire.error(messages.CALL, zero)["code"] == "program-error"
    assert len(wire.program.context.live) == 0
    # The next request is not mistaken for a shared array.
    assert wire.ok(messages.CALL, wire.call("same", u32(9), u32(0)) + wire.small(array))
    assert (wire.values(9) == array).all()


def test_a_shared_array_must_fit_the_parameter(wire: Wire, slab: Slab) -> None:
    array = np.arange(6, dtype="i4")
    same = wire.call("same", u32(9), SHARED_ARRAY)
    outside = struct.pack("<Iqq", 3, 1 << 15, 1 << 16)
    unknown = struct.pack("<Iqq", 4, 0, 640)
    floats = slab.share(0, "f32", array.astype("f4"))
    matrix = slab.share(4096, "i32", array.reshape(2, 3))
    for where in (b"", floats[:-1], outside, unknown, floats, matrix):
        assert wire.error(messages.CALL, same + where)["code"] == "protocol", where
    good = slab.share(0, "i32", array)
    assert wire.error(messages.CALL, same + good + b"\0")["code"] == "protocol"
    assert len(wire.program.context.live) == 0
    assert wire.ok(messages.CALL, same + good) == struct.pack("<q", 6)


def test_a_number_is_used_again_after_it_was_freed(wire: Wire) -> None:
    live = wire.program.context.live
    start = len(live)
    for size in (3, 4, 5):
        wire.post(messages.NEW, wire.new(1, "[]i32", np.arange(size, dtype="i4")))
        assert wire.values(1).tolist() == list(range(size))
        wire.post(messages.FREE, u32(1))
        assert len(live) == start
    assert wire.error(messages.DESCRIBE, u32(1))["code"] == "protocol"


def test_a_value_made_under_a_number_in_use_replaces_the_other(wire: Wire) -> None:
    for size in (3, 4):
        wire.post(messages.NEW, wire.new(1, "[]i32", np.arange(size, dtype="i4")))
    assert wire.values(1).tolist() == [0, 1, 2, 3]
    wire.post(messages.FREE, u32(1))
    assert len(wire.program.context.live) == 0


def test_freeing_an_unused_number_is_not_a_failure(wire: Wire) -> None:
    assert wire.ok(messages.FREE, u32(1, 2, 2**32 - 1)) == b""
    assert wire.ok(messages.FREE, b"") == b""


def test_a_failure_replaces_the_value_and_all_that_derive_from_it(
    wire: Wire,
) -> None:
    wire.post(messages.NEW, wire.new(1, "[]i32", np.arange(2, dtype="i4")))
    bad = wire.call("slice", u32(2), u32(1), struct.pack("<qq", 0, 9))
    wire.post(messages.CALL, bad)
    wire.post(messages.CALL, wire.call("same", u32(3), u32(2)))
    wire.post(messages.CALL, wire.call("twice", u32(4, 5), u32(3)))
    wire.post(messages.CALL, wire.call("put", u32(6), u32(5), struct.pack("<qi", 0, 0)))
    cause = wire.error(messages.CALL, bad)
    assert cause["code"] == "program-error"
    assert cause["message"].startswith("slice: ")
    assert cause["status"] != 0
    assert "errors.fut" in cause["backtrace"]
    for number in (2, 3, 4, 5, 6):
        assert wire.error(messages.DESCRIBE, u32(number)) == cause
        assert wire.error(messages.VALUES, u32(number, INLINE)) == cause
        assert wire.error(messages.STORE, u32(number)) == cause
        element = wire.call("element", u32(number), struct.pack("<q", 0))
        assert wire.error(messages.CALL, element) == cause
    assert wire.values(1).tolist() == [0, 1]
    wire.post(messages.FREE, u32(2, 3, 4, 5, 6))
    assert wire.error(messages.DESCRIBE, u32(2))["message"] == "there is no value 2"


def test_a_failure_keeps_nothing_alive_that_the_request_held(wire: Wire) -> None:
    array = np.arange(2, dtype="i4")
    body = bytearray(wire.new(1, "[]i32", array)[:-9])
    for _ in range(3):
        wire.post(messages.NEW, bytes(body))
        assert wire.session.values[1].error.__traceback__ is None
    view = memoryview(body)
    wire.session.handle(0, messages.NEW, view)
    # Refused as long as somebody has a view of the bytes.
    view.release()
    body.extend(b"more")


def test_a_value_that_was_consumed_says_so(wire: Wire) -> None:
    wire.post(messages.NEW, wire.new(1, "[]i32", np.arange(2, dtype="i4")))
    put = wire.call("put", u32(2), u32(1), struct.pack("<qi", 1, 5))
    wire.post(messages.CALL, put)
    assert wire.values(2).tolist() == [0, 5]
    assert wire.error(messages.VALUES, u32(1, INLINE))["code"] == "consumed"
    assert wire.error(messages.CALL, put)["code"] == "consumed"


def test_unknown_numbers_and_kinds_are_protocol_errors(wire: Wire) -> None:
    huge = 2**32 - 1
    for kind, body in [
        (999, b""),
        (messages.HELLO, b"{}"),
        (messages.CALL, u32(huge)),
        (messages.CALL, wire.call("same", u32(1), u32(huge))),
        (messages.VALUES, u32(huge, INLINE)),
        (messages.VALUES, u32(huge, 3)),
        (messages.NEW, u32(1, huge, INLINE)),
        (messages.NEW, u32(1, 0, 3) + struct.pack("<qq", 0, 8)),
        (messages.STORE, u32(huge)),
        (messages.DESCRIBE, u32(huge)),
        (messages.RESTORE, u32(1, huge)),
        (messages.NEW_OPAQUE_ARRAY, u32(1, huge)),
        (messages.CONTEXT, u32(huge)),
        (messages.SLAB, struct.pack("<Iq", 1, -8) + b"/dev/null"),
        (messages.SLAB, struct.pack("<Iq", 1, 8) + b"\xff\0"),
    ]:
        assert wire.error(kind, body)["code"] == "protocol", (kind, body)


def test_data_of_another_type_is_refused(wire: Wire) -> None:
    body = wire.new(1, "[]i32", np.arange(2, dtype="i4"))
    as_other = u32(1, wire.types["[]f32"]) + body[8:]
    assert wire.error(messages.NEW, as_other)["code"] == "protocol"
    as_rank_2 = wire.new(1, "[]i32", np.zeros((2, 2), "i4"))
    assert wire.error(messages.NEW, as_rank_2)["code"] in ("bad-argument", "protocol")
    wire.post(messages.NEW, body)
    dot = wire.call("dot", u32(1), u32(1))
    assert wire.error(messages.CALL, dot)["code"] != "program-error"


@pytest.mark.parametrize("name", ["new", "call", "values", "describe", "store"])
def test_a_body_truncated_anywhere_is_refused(wire: Wire, name: str) -> None:
    wire.post(messages.NEW, wire.new(1, "[]i32", np.arange(20, dtype="i4")))
    kind, body = {
        "new": (messages.NEW, wire.new(2, "[]i32", np.arange(20, dtype="i4"))),
        "call": (messages.CALL, wire.call("same", u32(3), u32(1))),
        "values": (messages.VALUES, u32(1, INLINE)),
        "describe": (messages.DESCRIBE, u32(1)),
        "store": (messages.STORE, u32(1)),
    }[name]
    for length in range(len(body)):
        assert wire.error(kind, body[:length])["code"] == "protocol", length
    if name != "values":  # where a slab would be, more may follow
        assert wire.ask(kind, body + b"\0")[0] == ERROR
    assert wire.values(1).tolist() == list(range(20))


def test_a_limit_ends_with_its_request(wire: Wire) -> None:
    positive = wire.call("positive", struct.pack("<i", 3))
    wire.post(messages.LIMIT, u32(100_000))
    assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert wire.ok(messages.CALL, positive) == struct.pack("<i", 3)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_close_is_acknowledged_and_leaves_the_program_to_its_owner(wire: Wire) -> None:
    assert not wire.session.closed
    assert wire.ok(messages.CLOSE, b"") == b""
    assert wire.session.closed
    assert not wire.program.closed


def mutated(source: random.Random, body: bytes) -> bytes:
    data = bytearray(body)
    for _ in range(source.randrange(4)):
        match source.randrange(4):
            case 0 if data:
                data[source.randrange(len(data))] = source.randrange(256)
            case 1 if data:
                del data[source.randrange(len(data)) :]
            case 2:
                data += source.randbytes(source.randrange(20))
            case 3 if len(data) >= 4:
                at = source.randrange(len(data) - 3)
                word = source.choice([0, 1, 2**31, 2**32 - 1])
                data[at : at + 4] = u32(word)
    return bytes(data)


def requests(wire: Wire) -> list[tuple[int, bytes]]:
    """Return valid requests of every kind that no change makes dangerous or slow."""
    array = np.arange(12, dtype="i4")
    return [
        (messages.NEW, wire.new(1, "[]i32", array)),
        (messages.NEW, wire.new(2, "[][]i32", array.reshape(3, 4))),
        (messages.CALL, wire.call("id_i32_1", u32(3), u32(1))),
        (messages.NEW, u32(5, wire.types["[]i32"], messages.SMALL) + wire.small(array)),
        (messages.CALL, wire.call("id_i32_1", u32(6), u32(0)) + wire.small(array)),
        (messages.CALL, wire.call("id_bool_1", u32(7), u32(0)) + wire.small(array)),
        (messages.VALUES, u32(1, messages.SMALL)),
        (messages.CALL, wire.call("id_f64_0", struct.pack("<d", 1.5))),
        (messages.VALUES, u32(2, INLINE)),
        (messages.DESCRIBE, u32(3)),
        (messages.FREE, u32(3)),
        (messages.STORE, u32(1)),
        (messages.RESTORE, u32(4, 0) + bytes(60)),
        (messages.NEW_OPAQUE_ARRAY, u32(4, 0) + struct.pack("<q", 1) + u32(1)),
        (messages.CONTEXT, u32(0)),
        (messages.SLAB, struct.pack("<Iq", 1, 4096) + b"/dev/zero"),
        (999, b"what"),
    ]


def test_no_request_makes_a_session_raise_or_lose_values(
    open_wire: Callable[[str], Wire],
) -> None:
    wire = open_wire("identity")
    keep = np.arange(5, dtype="i4")
    wire.post(messages.NEW, wire.new(10**6, "[]i32", keep))
    valid = requests(wire)
    source = random.Random(2026)
    seen: set[int] = set()
    for _ in range(4000):
        kind, body = source.choice(valid)
        if source.randrange(10) == 0:
            body = source.randbytes(source.randrange(200))
        reply_kind, reply = wire.ask(kind, mutated(source, body))
        seen.add(reply_kind)
        if reply_kind == ERROR:
            assert json.loads(reply)["message"]
    assert seen == {OK, ERROR}
    assert wire.values(10**6).tolist() == keep.tolist()


def test_a_package_that_is_missing_is_a_build_error() -> None:
    known = as_futhark_error(ModuleNotFoundError("No module named 'numpy'"))
    assert known.code == "build"
    assert "No module named 'numpy'" in known.message
