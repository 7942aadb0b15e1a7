"""Random programs and random calls: no handle shows what another's call has written."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from aliasing_programs import write
from aliasing_walk import AliasingWalk
from scale import SLOW, seed, steps
from unmarked import copy_unmarked

from futhark_bridge import BuildError, load
from futhark_bridge.bindings import manifest
from futhark_bridge.program import operation
from futhark_bridge.setup.build import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Programs of these seeds are built once and kept; the long form takes others as well.
KEPT = (1, 3)
MORE = [seed() + k for k in range(12)] if SLOW else []


def built_program(of: int, text: str, folder: Path) -> Path:
    source = folder / f"aliasing_{of}.fut"
    source.write_text(text)
    return build(source, "c" if of % 2 else "multicore")


@pytest.mark.parametrize("of", [*KEPT, *MORE])
def test_random_calls_on_a_random_program_show_no_aliasing(
    of: int, tmp_path: Path
) -> None:
    program = write(of)
    try:
        built = built_program(of, program[0], tmp_path)
    except BuildError as error:
        if "Internal compiler error" not in error.message:
            raise
        pytest.skip("the compiler fails on some programs of constants")
    bare = tmp_path / "bare"
    bare.mkdir()
    copy_unmarked(built, bare)
    for path in (built, bare / built.name):
        chosen = seed()
        print(f"TEST_SEED={chosen} ({path.parent.name}, program {of})")
        with load(path) as module, load(built) as fresh:
            walk = AliasingWalk(module, fresh, program, chosen)
            walk.steps(steps(600, 10_000))
            walk.check()
            walk.handles.clear()
            gc.collect()
            assert len(module.program.context.live) == 0


def trust_what_is_called_unique(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(manifest, "is_one_array", lambda *_: True)


def forget_to_copy(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(operation, "aliased", lambda _: False)


@pytest.mark.parametrize("mistake", [trust_what_is_called_unique, forget_to_copy])
def test_the_walk_finds_a_wrong_rule(
    mistake: Callable[[pytest.MonkeyPatch], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A walk that cannot fail would prove nothing."""
    program = write(KEPT[0])
    built = built_program(KEPT[0], program[0], tmp_path)
    mistake(monkeypatch)
    with load(built) as module, load(built) as fresh:
        walk = AliasingWalk(module, fresh, program, 1)
        with pytest.raises(AssertionError):
            walk.steps(20_000)
