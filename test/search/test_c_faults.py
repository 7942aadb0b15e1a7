"""Every C call of a session fails once, and every function permanently."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from faulty_library import open_faulty

from futhark_bridge import FutharkError, FutharkModule, variant

if TYPE_CHECKING:
    from pathlib import Path


def actions(module: FutharkModule) -> list[Callable[[], Any]]:
    """Return uses of all kinds of C functions; each returns plain data to print."""
    entry, types = module.entry, module.types

    def consumed() -> Any:
        array = entry.fresh(3)
        other = entry.alias(array)
        return entry.overwrite(array, 9).to_list(), other.to_list()

    def kept(value: Any) -> Any:
        return module.from_futhark(value)

    return [
        lambda: entry.types(1),
        lambda: entry.scalars(1, 2, 3, 4, 5, 6, 7, 8),
        lambda: entry.fresh(3).to_list(),
        lambda: entry.fresh(3).at(2),
        lambda: [x.to_list() for x in entry.twin([1, 2])],
        consumed,
        lambda: kept(entry.middle({"lat": 1, "lon": 2}, {"lat": 3, "lon": 4})),
        lambda: kept(entry.same_figure(variant("box", {"w": 1, "h": 2}))),
        lambda: entry.area(variant("disc", 2.0)),
        lambda: entry.places(3).to_objects(),
        lambda: entry.places(3).at(1).to_object(),
        lambda: entry.north([{"lat": 1.5, "lon": 0}, {"lat": 0.5, "lon": 1}]),
        lambda: entry.hold_in_place({"xs": [1, 2, 3], "tag": 5}).to_list(),
        lambda: kept(module.restore("mark", entry.mark(3).store())),
        lambda: entry.figures(2).store(),
        lambda: entry.from_unit(types["()"].new()),
        lambda: entry.trip(2)._repr_mimebundle_()["text/plain"],
        lambda: module.report() != "",
        module.sync,
        module.clear_caches,
    ]


def noting(names: list[str]) -> Callable[[str], bool]:
    """Note the names of functions that are called, and let none fail."""

    def note(name: str) -> bool:
        names.append(name)
        return False

    return note


def test_one_failure_anywhere_is_reported_and_leaves_nothing(
    programs: Callable[[str], Path],
) -> None:
    program, lib = open_faulty(programs("types"))
    module, live = FutharkModule(program), program.context.live
    for action in actions(module):
        calls: list[str] = []
        lib.fails = noting(calls)
        expected = action()
        assert live == {}
        for failing in range(len(calls)):
            count = 0

            def fails(_: str) -> bool:
                nonlocal count
                count += 1
                return count == failing + 1  # noqa: B023

            lib.fails = fails
            try:
                assert action() == expected
            except FutharkError as error:
                assert error.message  # noqa: PT017 - where it does not fail, it is right
            assert live == {}, calls[failing]
            assert action() == expected, calls[failing]
    lib.fails = lambda _: False
    module.close()


def test_a_function_that_always_fails_is_reported_each_time(
    programs: Callable[[str], Path],
) -> None:
    program, lib = open_faulty(programs("types"))
    module, live = FutharkModule(program), program.context.live
    names: list[str] = []
    lib.fails = noting(names)
    good = [action() for action in actions(module)]
    for broken in sorted(set(names)):
        lib.fails = lambda name: name == broken  # noqa: B023
        for _ in range(2):
            for action in actions(module):
                with suppress(FutharkError):
                    action()
                assert live == {}, broken
    lib.fails = lambda _: False
    assert [action() for action in actions(module)] == good
    module.close()
