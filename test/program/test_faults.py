"""C functions that fail: a typed error, nothing lost, and the next call is right."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from faulty_library import OUT_OF_MEMORY, open_faulty

from futhark_bridge import FutharkModule, OutOfMemoryError, ProgramError
from futhark_bridge.arguments.lower import convert
from futhark_bridge.arguments.place import Where
from futhark_bridge.arrow.codec import encode_footer, encode_header
from futhark_bridge.errors import ArgumentError
from futhark_bridge.transfer.call_arrays import ArrayOperand, SharedRanges
from futhark_bridge.wire import messages
from futhark_bridge.worker.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from faulty_library import FaultyLibrary

    from futhark_bridge.program.program import Program


@pytest.fixture
def faulty(
    programs: Callable[[str], Path],
) -> Iterator[tuple[Program, FaultyLibrary]]:
    program, lib = open_faulty(programs("types"))
    yield program, lib
    lib.fails = lambda _: False
    program.close()


def test_lack_of_memory_for_a_copy_is_not_a_bad_argument(
    faulty: tuple[Program, FaultyLibrary],
) -> None:
    program, lib = faulty
    module = FutharkModule(program)
    holder = module.to_futhark("{tag:i32, xs:[]i32}", {"tag": 1, "xs": [1, 2, 3]})
    part = holder.project("xs")
    lib.fails = lambda name: "restore" in name
    with pytest.raises(OutOfMemoryError, match=r"copy of .*: out of memory"):
        module.entry.hold_in_place(holder)
    with pytest.raises(OutOfMemoryError, match=r"mark\.restore: out of memory"):
        module.restore("mark", module.entry.mark(1).store())
    assert part.to_list() == [1, 2, 3]
    lib.fails = lambda name: "store" in name
    with pytest.raises(OutOfMemoryError, match=r"mark\.store"):
        module.entry.mark(1).store()
    del holder, part
    assert program.context.live == {}


def test_an_array_that_cannot_be_shared_is_an_error(
    faulty: tuple[Program, FaultyLibrary],
) -> None:
    program, lib = faulty
    lib.fails = lambda name: "new_raw" in name
    operation = program.operation("entry", None, "alias")
    assert operation is not None
    message = encode_header("i32", (2,)) + bytes(8) + encode_footer(8)

    class OneSlab:
        def view(self, *_: int) -> memoryview:
            return memoryview(message)

    ranges = SharedRanges(program, operation)
    bound = program.type("[]i32")
    slabs: Any = OneSlab()
    operand = ArrayOperand(bound, slabs, ranges, consumed=False)
    with program.lock, pytest.raises(OutOfMemoryError, match=r"new \[\]i32 of shape"):
        operand.take(memoryview(bytes(20)), 0, messages.SHARED_ARRAY)
    operand.drop()
    assert operand.value.owner is None


@pytest.mark.parametrize(
    ("status", "kind"), [(2, ProgramError), (OUT_OF_MEMORY, OutOfMemoryError)]
)
def test_a_late_error_of_a_device_keeps_its_status(
    programs: Callable[[str], Path], status: int, kind: Any
) -> None:
    program, lib = open_faulty(programs("types"), "cuda")
    entry = FutharkModule(program).entry
    assert entry.types(1) == 2
    lib.status = status
    lib.fails = lambda name: name.endswith("context_sync")
    with pytest.raises(kind, match="types") as caught:
        entry.types(1)
    assert caught.value.status == status
    lib.fails = lambda _: False
    assert entry.types(1) == 2
    program.close()


def test_a_result_beyond_the_limit_is_not_made(
    faulty: tuple[Program, FaultyLibrary],
) -> None:
    program, _ = faulty
    module, size = FutharkModule(program), 10_000_000
    session = Session(program)
    session.max_message_bytes = 1000
    session.values[1] = module.entry.fresh(size)
    trip = module.entry.trip(size // 8)
    session.values[2] = convert(program, "trip", trip, Where("x"))
    one = (1).to_bytes(4, "little")
    for kind, body in (
        (messages.VALUES, one + messages.INLINE.to_bytes(4, "little")),
        (messages.STORE, (2).to_bytes(4, "little")),
    ):
        tracemalloc.start()
        reply = session.handle(7, kind, memoryview(body))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert reply is not None
        assert b"longer than the limit" in bytes(reply)
        assert peak < size


def test_sizes_beyond_those_of_c_are_refused(types: FutharkModule) -> None:
    program = types.program
    index = program.type_index("[][]corner")
    with pytest.raises(ArgumentError, match="does not support it"):
        program.new_opaque_array(index, (2**63, 0), [])
    with pytest.raises(ArgumentError, match="expected 2 sizes >= 0"):
        program.new_array(program.type_index("[][]f64"), b"", (2**63, 0))
