"""What a manifest says of uniqueness, in both its forms, and what holds without one."""

from __future__ import annotations

import gc
import json
import mmap
import os
import shutil
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sealed_memory import sealed_memory
from test_consumption import Copies
from unmarked import copy_unmarked

from futhark_bridge import FutharkModule, ValueStateError, load
from futhark_bridge.arrow.codec import encode_footer, encode_header
from futhark_bridge.wire import messages
from futhark_bridge.worker.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from futhark_bridge import Value

TUPLE = "([]i32, []i32)"


def newer(manifest: dict[str, Any]) -> dict[str, Any]:
    """Write a manifest in the form of 0.26.1 and later.

    The C functions stay, so entries with several outputs are left out, and entries that
    return a named tuple (one value in C) take the place of those.
    """
    entries = {
        name: {**entry, "output": entry["outputs"][0]}
        for name, entry in manifest["entry_points"].items()
        if len(entry["outputs"]) == 1
    }
    for entry in entries.values():
        del entry["outputs"]
    # Of a tuple with one unique part the newer ones say that it is unique.
    entries["pair_up"]["output"] = {**entries["pair_up"]["output"], "unique": True}
    text = json.dumps({**manifest, "entry_points": entries})
    changed: dict[str, Any] = json.loads(text.replace('"two"', json.dumps(TUPLE)))
    return changed


@pytest.fixture
def opened(
    programs: Callable[[str], Path], tmp_path: Path
) -> Iterator[Callable[[str], FutharkModule]]:
    """Open the program with its manifest, with one in the newer form, or with none."""
    modules: list[FutharkModule] = []

    def open_it(form: str) -> FutharkModule:
        built = programs("mixed")
        folder = tmp_path / form
        folder.mkdir()
        if form == "none":
            copy_unmarked(built, folder)
        else:
            shutil.copy(built, folder)
        manifest = json.loads((built.parent / "mixed.json").read_bytes())
        if form == "newer":
            manifest = newer(manifest)
        if form != "none":
            (folder / "mixed.json").write_text(json.dumps(manifest))
        modules.append(load(folder / "mixed"))
        return modules[-1]

    yield open_it
    for module in modules:
        module.close()


def array(module: FutharkModule, *numbers: int) -> Any:
    return module.to_futhark("[]i32", list(numbers))


@pytest.mark.parametrize("form", ["older", "newer"])
@pytest.mark.parametrize("name", ["beside", "inner"])
def test_a_unique_record_may_alias_an_argument(
    opened: Callable[[str], FutharkModule], name: str, form: str
) -> None:
    module = opened(form)
    ys = array(module, 1, 2, 3)
    record = module.entry[name]([4, 5, 6], ys)
    inner = record.project("within") if name == "inner" else record
    b = inner.project("b")
    inner.free()
    record.free()
    assert module.entry.put(b, 55).to_list() == [55, 2, 3]
    assert ys.to_list() == [1, 2, 3]


def test_a_record_keeps_its_value_when_an_alias_is_consumed(
    opened: Callable[[str], FutharkModule],
) -> None:
    module = opened("older")
    ys = array(module, 1, 2, 3)
    record = module.entry.fresh_and_old([4], ys)
    module.entry.put(ys, 9)
    assert record.to_object()["old"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("form", ["older", "newer"])
def test_the_parts_of_a_tuple_may_alias_arguments(
    opened: Callable[[str], FutharkModule], form: str
) -> None:
    module = opened(form)
    ys = array(module, 1, 2, 3)
    if form == "older":
        parts = module.entry.apart([4, 5, 6], ys)
    else:
        parts = module.entry.pair_up([7, 5, 6], ys)
    module.entry.put(parts[1], 55)
    assert ys.to_list() == [1, 2, 3]
    again = module.entry.put(parts[0], 8)
    assert (again.to_list(), ys.to_list()) == ([8, 5, 6], [1, 2, 3])


def test_a_unique_value_with_one_array_is_consumed_without_a_copy(
    opened: Callable[[str], FutharkModule], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = opened("older")
    copies = Copies(module)
    monkeypatch.setattr(module.program, "copy_pointer", copies)
    state = module.entry.tagged([1, 2], 3)
    for _ in range(3):
        state = module.entry.step(state)
    found = state.to_object()
    assert (found["xs"].tolist(), found["tag"], copies.count) == ([5, 2], 6, 0)


def test_a_part_of_a_unique_tuple_is_unique_only_where_it_is_its_only_array(
    opened: Callable[[str], FutharkModule],
) -> None:
    def unique(form: str, name: str) -> list[bool]:
        operation = opened(form).program.operation("entry", None, name)
        assert operation is not None
        return [r.unique for r in operation.outputs]

    assert unique("older", "apart") == [True, False]
    assert unique("newer", "pair_up") == [False, False]


def test_without_a_manifest_no_handle_is_overwritten(
    opened: Callable[[str], FutharkModule],
) -> None:
    module = opened("none")
    xs = array(module, 1, 2, 3)
    same = module.entry.same(xs)
    assert module.entry.put(xs, 99).to_list() == [99, 2, 3]
    assert (xs.to_list(), same.to_list(), xs.state) == ([1, 2, 3], [1, 2, 3], "live")
    pair = module.entry.twice(xs)
    module.entry.put(same, 99)
    one, two = module.entry.apart(xs, xs)
    assert (one.to_list(), two.to_list()) == ([7, 2, 3], [1, 2, 3])
    module.entry.put(two, 99)
    module.entry.put(one, 98)
    assert (one.to_list(), two.to_list()) == ([7, 2, 3], [1, 2, 3])
    xs.free()
    with pytest.raises(ValueStateError, match="was freed"):
        module.entry.sum(xs)
    assert same.to_list() == [1, 2, 3]
    del pair, one, two, same
    gc.collect()
    assert len(module.program.context.live) == 0


def test_without_a_manifest_data_are_not_copied_twice(
    opened: Callable[[str], FutharkModule], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = opened("none")
    copies = Copies(module)
    monkeypatch.setattr(module.program, "copy_pointer", copies)
    xs = module.entry.put([1, 2, 3], 9)
    assert (module.entry.sum([1, 2, 3]), copies.count) == (6, 0)
    assert (module.entry.sum(xs), copies.count) == (14, 1)


def share(session: Session, xs: np.ndarray[Any, Any]) -> tuple[mmap.mmap, bytes]:
    """Put an array's message into memory of the session's client."""
    size = 1 << 16
    fd = sealed_memory(size)
    try:
        memory = mmap.mmap(fd, size)
        path = f"/proc/self/fd/{fd}".encode()
        announced = struct.pack("<Iq", 1, size) + path
        session.handle(0, messages.SLAB, memoryview(announced))
    finally:
        os.close(fd)
    message = encode_header("i32", xs.shape) + xs.tobytes() + encode_footer(xs.nbytes)
    memory[: len(message)] = message
    return memory, struct.pack("<Iqq", 1, 0, len(message))


@pytest.mark.parametrize(
    ("form", "name", "scalars", "expected"),
    [
        ("newer", "twice", b"", [[0, 1, 2], [0, 1, 2]]),
        ("none", "put", struct.pack("<i", 9), [[9, 1, 2]]),
        ("none", "same", b"", [[0, 1, 2]]),
    ],
)
def test_an_array_is_not_shared_if_the_call_may_write_or_keep_it(
    opened: Callable[[str], FutharkModule],
    form: str,
    name: str,
    scalars: bytes,
    expected: list[list[int]],
) -> None:
    program = opened(form).program
    operation = program.operation("entry", None, name)
    assert operation is not None
    session = Session(program)
    memory, where = share(session, np.arange(3, dtype="i4"))
    before = memory[:]
    numbers = range(1, 1 + len(expected))
    words = struct.pack(
        f"<I{len(expected)}I", program.operations.index(operation), *numbers
    )
    words += struct.pack("<I", messages.SHARED_ARRAY) + scalars + where
    reply = session.handle(1, messages.CALL, memoryview(words))
    assert reply is not None
    assert memory[:] == before
    memory[:] = b"\x55" * len(memory)
    values: list[Value] = [session.values[n] for n in numbers]
    assert [v.to_list() for v in values] == expected  # type: ignore[attr-defined]
    session.end()
    assert len(program.context.live) == 0


def test_an_empty_array_is_not_shared(opened: Callable[[str], FutharkModule]) -> None:
    module = opened("older")
    same = module.program.operation("entry", None, "same")
    assert same is not None
    session = Session(module.program)
    _, where = share(session, np.empty(0, "i4"))
    words = (module.program.operations.index(same), 1, messages.SHARED_ARRAY)
    session.handle(1, messages.CALL, memoryview(struct.pack("<3I", *words) + where))
    value: Any = session.values[1]
    pair = module.types.two.new((value, value))
    assert pair.project(0).to_list() == []
