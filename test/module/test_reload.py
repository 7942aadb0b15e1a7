"""A rebuilt module is loaded again, also in a process that has loaded it before."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from futhark_bridge import load
from futhark_bridge.setup.build import build

FIRST = "entry answer (x: i64) : i64 = x + 1\n"
SECOND = "entry other (x: i32) : i32 = x\nentry answer (x: i64) : i64 = x + 2\n"


def built(folder: Path, source: str) -> Path:
    folder.mkdir()
    (folder / "again.fut").write_text(source)
    return build(folder / "again.fut", "c")


@pytest.mark.parametrize("removed", [False, True], ids=["renamed", "removed first"])
def test_a_rebuilt_module_is_loaded_as_it_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, removed: bool
) -> None:
    versions = [built(tmp_path / "1", FIRST), built(tmp_path / "2", SECOND)]
    temporary, place = tmp_path / "temporary", tmp_path / "place"
    for folder in (temporary, place):
        folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    module = place / versions[0].name

    def put(version: Path) -> None:
        if removed:
            module.unlink(missing_ok=True)
            shutil.copy(version, module)
        else:
            Path(shutil.copy(version, tmp_path / "new")).rename(module)
        shutil.copy(version.with_name("again.json"), place)

    put(versions[0])
    with load(module) as first:
        assert first.entry.answer(1) == 2
        with load(module) as same:
            assert same.entry.answer(1) == 2
        put(versions[1])
        with load(module) as second, load(place / "again.json") as third:
            assert list(second.entry) == ["answer", "other"]
            assert second.entry.answer(1) == third.entry.answer(1) == 3
            assert second.entry.other(7) == 7
            assert first.entry.answer(1) == 2
        put(versions[0])
        with load(module) as back:
            assert back.entry.answer(1) == 2
    assert list(temporary.iterdir()) == []
