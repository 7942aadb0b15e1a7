"""Ctrl-C while Python waits for Futhark: no result leaks.

A signal that comes during a C call is seen when the call has returned, and raises
before anything can be done with what it made: that is then in the call's own cell and
nowhere else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from faulty_library import open_faulty

from futhark_bridge import FutharkModule, ValueStateError, variant

if TYPE_CHECKING:
    from pathlib import Path


class Interrupted:
    """A module that is interrupted when a C function of a name has run."""

    def __init__(self, path: Path) -> None:
        program, self._lib = open_faulty(path)
        self.module = FutharkModule(program)
        self.live = program.context.live

    def during(self, part: str, call: Callable[[], Any]) -> None:
        """Interrupt a call after a C function has run; its result must be freed."""
        made: list[Any] = []
        freed: list[Any] = []

        def ran(name: str, args: Any) -> None:
            if "_free_" in name:
                freed.append(args[1])
            elif part in name and not made:
                out = any(n in name for n in ("entry", "project", "index", "opaque"))
                made.append(args[1][0] if out else None)
                raise KeyboardInterrupt

        self._lib.ran = ran
        with pytest.raises(KeyboardInterrupt):
            call()
        self._lib.ran = lambda *_: None
        assert made
        assert made[0] is None or made[0] in freed
        assert self._free_lock()

    def within(
        self,
        part: str,
        depth: int,
        call: Callable[[int], Any],
        last: Callable[[], None] = lambda: None,
    ) -> list[Any]:
        """Make a call, and another within it after C has run, and so on.

        Returns the results, the outermost call's first; ``call`` receives its level.
        """
        made: list[Any] = []

        def ran(name: str, _: Any) -> None:
            nonlocal depth
            if part in name and depth > 0:
                depth -= 1
                made.append(call(depth))
            elif part in name:
                last()

        self._lib.ran = ran
        made.append(call(depth))
        self._lib.ran = lambda *_: None
        return made[::-1]

    def freeing(self, part: str, freed: list[Any], handler: Callable[[], None]) -> None:
        """Record freed values; call a handler after a C function has run."""

        def ran(name: str, args: Any) -> None:
            if "_free_opaque_figure" in name:
                freed.append(args[1])
            elif part and part in name:
                handler()

        self._lib.ran = ran

    def _free_lock(self) -> bool:
        """Return whether another thread gets the lock."""
        lock, got = self.module.program.lock, []

        def take() -> None:
            got.append(lock.acquire(blocking=False))
            if got[0]:
                lock.release()

        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
        return got[0]


@pytest.fixture
def interrupted(programs: Callable[[str], Path]) -> Iterator[Interrupted]:
    made = Interrupted(programs("types"))
    yield made
    made.module.close()


def test_a_result_that_was_not_returned_is_freed(interrupted: Interrupted) -> None:
    types, live = interrupted.module, interrupted.live
    entry = types.entry
    calls: list[Callable[[], Any]] = [
        lambda: entry.fresh(10),
        lambda: entry.places(2),
        lambda: entry.swap((1, [2.0])),
        lambda: entry.twin([1, 2]),
        lambda: types.to_futhark("figure", variant("disc", 1.0)),
        lambda: entry.trip(1).project("stops"),
        lambda: entry.places(3).at(1),
    ]
    for call in calls:
        call()
        part = (
            "_project_" if call is calls[5] else "_index_" if call is calls[6] else ""
        )
        part = part or ("_new_opaque_figure" if call is calls[4] else "futhark_entry_")
        interrupted.during(part, call)
        assert live == {}
    assert entry.fresh(3).to_list() == [0, 1, 2]


def test_the_bookkeeping_of_aliasing_is_as_before(interrupted: Interrupted) -> None:
    entry = interrupted.module.entry
    array = entry.fresh(3)
    interrupted.during("entry_alias", lambda: entry.alias(array))
    pointer = array.ptr
    # Nothing aliases it, so it is overwritten in place and its memory lives on.
    assert list(interrupted.live) == [pointer]
    assert all(atom.live <= 1 for atom in array.atoms)
    assert entry.overwrite(array, 7).to_list() == [7, 1, 2]


def test_a_consumed_argument_is_freed(interrupted: Interrupted) -> None:
    entry, live = interrupted.module.entry, interrupted.live
    argument = entry.fresh(3)
    interrupted.during("entry_overwrite", lambda: entry.overwrite(argument, 1))
    assert argument.state == "consumed"
    assert live == {}
    shared = entry.fresh(3)
    other = entry.alias(shared)
    for part in ("futhark_new_i32", "entry_overwrite"):
        argument = entry.alias(other)
        interrupted.during(part, lambda: entry.overwrite(argument, 9))  # noqa: B023
        assert argument.state == "consumed"
    assert other.to_list() == [0, 1, 2]
    assert len(live) == 2


def test_free_completes_when_it_is_interrupted(interrupted: Interrupted) -> None:
    array = interrupted.module.entry.fresh(3)
    interrupted.during("entry_fresh", lambda: interrupted.module.entry.fresh(4))
    array.free()
    assert (array.state, interrupted.live) == ("freed", {})


def test_closing_continues_where_it_was_interrupted(interrupted: Interrupted) -> None:
    module = interrupted.module
    kept = module.entry.fresh(3)
    interrupted.during("futhark_context_sync", module.close)
    assert kept.state == "freed"
    assert len(interrupted.live) == 1
    module.close()
    assert interrupted.live == {}


def test_a_handler_may_make_the_call_that_it_interrupts(
    interrupted: Interrupted,
) -> None:
    entry = interrupted.module.entry
    calls: list[tuple[str, Callable[[int], Any], Callable[[int], Any]]] = [
        ("scalars", lambda k: entry.scalars(*[k] * 8), lambda k: (k,) * 8),
        (
            "floats",
            lambda k: entry.floats(k / 2, k / 2, k / 2, k > 1),
            lambda k: (k / 2, k / 2, k / 2, k > 1),
        ),
        ("fresh", entry.fresh, lambda k: list(range(k))),
        ("overwrite", lambda k: entry.overwrite([0, 0], k), lambda k: [k, 0]),
        ("mark", entry.mark, lambda k: (k, k > 0)),
    ]
    for name, call, expected in calls:
        made = interrupted.within(f"entry_{name}", 3, call)
        for k, value in zip((3, 2, 1, 0), made, strict=True):
            found = value.to_list() if hasattr(value, "to_list") else value
            found = found.to_object() if hasattr(found, "to_object") else found
            assert found == expected(k), name
        del made, value, found
        assert interrupted.live == {}


def test_a_handler_may_free_an_argument(
    interrupted: Interrupted, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = interrupted.module
    bound = module.program.type("[]i32")
    blank = bound.blank
    freed: list[Any] = []

    def interrupted_blank() -> Any:
        while freed:
            freed.pop().free()
        return blank()

    monkeypatch.setattr(bound, "blank", interrupted_blank)
    calls: list[Callable[[Any], Any]] = [
        module.entry.alias,
        lambda xs: module.entry.overwrite(xs, 1),
    ]
    for call in calls:
        array = module.to_futhark("[]i32", [1, 2, 3])
        freed.append(array)
        with pytest.raises(ValueStateError, match="was freed"):
            call(array)
        module.program.context.drain()  # as the next call does
        assert interrupted.live == {}


def test_a_running_call_can_still_use_what_a_handler_frees(
    interrupted: Interrupted,
) -> None:
    module = interrupted.module
    value = module.to_futhark("figure", variant("box", {"w": 2.0, "h": 3.0}))
    expected = value.store()
    freed: list[Any] = []
    interrupted.freeing("_store_opaque_", freed, value.free)
    assert value.store() == expected
    assert freed == []
    interrupted.freeing("", freed, lambda: None)
    assert value.state == "freed"
    module.program.context.drain()
    assert freed == [value.ptr]
    assert interrupted.live == {}


def test_a_handler_may_consume_what_is_stored(interrupted: Interrupted) -> None:
    module = interrupted.module
    held = module.to_futhark("holder", {"xs": [1, 2, 3], "tag": 0})
    used: list[Any] = []

    def use() -> None:
        if not used:
            used.append(None)
            used[0] = module.entry.hold_overwrite(held)

    with pytest.raises(ValueStateError, match="was consumed by"):
        interrupted.within("_store_opaque_", 0, lambda _: held.store(), use)


def test_a_handler_may_close_the_module(interrupted: Interrupted) -> None:
    module = interrupted.module
    made = interrupted.within(
        "entry_fresh", 0, lambda _: module.entry.fresh(3), module.close
    )
    assert [value.state for value in made] == ["freed"]
    with pytest.raises(ValueStateError, match="the module is closed"):
        module.entry.fresh(1)
    module.close()
    assert interrupted.live == {}
