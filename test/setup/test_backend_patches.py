"""Arithmetic that the compiler's C and ISPC get wrong, and the ispc back end."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import futhark_bridge
from futhark_bridge import BuildError
from futhark_bridge.setup.compiler import find_compiler

XS = np.array([1.1, np.pi, -2.5, 0.0, 1e-3] * 20)
YS = np.array([2.0, -1.0, 3.0, 4.5, -0.5] * 20)
PROGRAM = """
entry next [n] (xs: [n]f64) (ys: [n]f64) : [n]f64 = map2 f64.nextafter xs ys
entry signed [n] (xs: [n]f64) (ys: [n]f64) : [n]f64 = map2 f64.copysign xs ys
entry power [n] (xs: [n]f64) (ys: [n]f64) : [n]f64 = map2 (f64.**) (map f64.abs xs) ys
entry root [n] (xs: [n]f64) : [n]f64 = map f64.cbrt xs
entry first_root (xs: []f64) : f64 = f64.cbrt xs[0]
entry total [n] (xs: [n]f64) : f64 = f64.sum xs
"""

no_ispc = "no ispc on PATH: apt install ispc"
ISPC = pytest.param(
    "ispc", marks=pytest.mark.skipif(not shutil.which("ispc"), reason=no_ispc)
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("patches") / "numbers.fut"
    path.write_text(PROGRAM)
    return path


@pytest.mark.parametrize("backend", ["c", ISPC])
def test_functions_of_f64_have_the_precision_of_f64(source: Path, backend: str) -> None:
    with futhark_bridge.load(source, backend=backend) as module:
        entry = module.entry
        assert np.array_equal(entry.next(XS, YS), np.nextafter(XS, YS))
        assert np.array_equal(entry.signed(XS, YS), np.copysign(XS, YS))
        xs = np.abs(XS)
        with np.errstate(divide="ignore"):
            np.testing.assert_allclose(entry.power(XS, YS), xs**YS, rtol=1e-14)
        np.testing.assert_allclose(entry.root(XS), np.cbrt(XS), rtol=1e-15)
        assert entry.first_root(XS) == pytest.approx(np.cbrt(1.1), rel=1e-15)


@pytest.mark.parametrize("backend", [ISPC])
def test_the_ispc_back_end_runs_on_threads(source: Path, backend: str) -> None:
    with futhark_bridge.load(source, backend=backend, num_threads=2) as module:
        assert module.backend == "ispc"
        many = np.arange(100_000, dtype=np.float64)
        assert module.entry.total(many) == many.sum()


@pytest.mark.skipif(not shutil.which("ispc"), reason=no_ispc)
def test_f16_is_refused_for_ispc(tmp_path: Path) -> None:
    program = tmp_path / "halves.fut"
    program.write_text("entry f [n] (xs: [n]f16) : f16 = reduce (+) 0 xs\n")
    with pytest.raises(BuildError, match=r"wrongly with f16: use multicore$"):
        futhark_bridge.build(program, "ispc")


def test_without_ispc_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "never_built.fut"
    program.write_text(f"-- {tmp_path}\nentry f (x: i32) = x\n")
    monkeypatch.setenv("FUTHARK", str(find_compiler()))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"not on PATH: install it .*apt install ispc"):
        futhark_bridge.build(program, "ispc")
