"""Tasks as actors run them, without a cluster."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from futhark_bridge.errors import ProgramError
from futhark_bridge.program.options import Options
from futhark_bridge.program.program import Program
from futhark_bridge.ray.bootstrap import folder_of, unpack
from futhark_bridge.ray.cluster import import_ray
from futhark_bridge.ray.shipping import pack
from futhark_bridge.ray.tasks import TaskRunner

PROGRAMS = Path(__file__).parents[1] / "programs"


@pytest.fixture(scope="module")
def runner() -> TaskRunner:
    return TaskRunner(Program.open(str(PROGRAMS / "errors.fut"), Options(backend="c")))


def test_a_chain_passes_results_on_and_keeps_no_value(runner: TaskRunner) -> None:
    xs = np.array([1, 2, 4], np.int32)
    got = runner.call(["same", "reciprocals"], [xs])
    assert got.tolist() == [1000, 500, 250]
    with pytest.raises(ProgramError, match="division by zero"):
        runner.call(["reciprocals"], [np.zeros(1, np.int32)])
    assert runner._session.table.values == {}  # noqa: SLF001 - what it must not keep


def test_frames_that_are_cut_fail_as_errors(runner: TaskRunner) -> None:
    ok, error, parts = runner.run_frames([0], b"\0" * 20, [], [], {})
    assert (ok, error["code"], parts) == (False, "protocol", [])


def test_a_program_travels_by_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "a.fut"
    source.write_text('import "lib/b"\nentry f (x: i32) = b x\n')
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "b.fut").write_text("def b (x: i32) = x + 1\n")
    bundle = pack(str(source), Options(backend="c"))
    assert bundle.digest == hashlib.sha256(bundle.data).hexdigest()
    assert pack(str(source), Options(backend="c")).digest == bundle.digest
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "node"))
    folder = folder_of(bundle.digest)
    with pytest.raises(ValueError, match="is not"):
        unpack(bundle.data + b" ", bundle.digest, folder)
    unpack(bundle.data, bundle.digest, folder)
    unpack(bundle.data, bundle.digest, folder)  # another actor of the node
    assert [p.name for p in folder.parent.iterdir()] == [bundle.digest]
    assert folder.parent.stat().st_mode & 0o077 == 0
    for path in (bundle.shipment.module, bundle.shipment.source):
        assert path is not None
        program = Program.open(path, Options(backend="c", cwd=folder))
        assert TaskRunner(program).call(["f"], [41]) == 42
    folder.parent.chmod(0o777)
    with pytest.raises(OSError, match="written by others"):
        folder_of(bundle.digest)


def test_without_ray_the_error_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(Exception, match=r"futhark-bridge setup --ray"):
        import_ray()
