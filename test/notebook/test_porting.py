"""The page on porting from futhark_ffi: its programs run, and print the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from futhark_bridge.setup.build import build

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "notebooks" / "porting-from-futhark-ffi.md"

# The class that `futhark pyopencl` writes, with futhark_ffi's own stand-in for it.
PYOPENCL = """
import _series
from futhark_ffi.compat import FutharkCompat
def series(**options):
    return FutharkCompat(_series, **options)
"""


def blocks(language: str) -> list[str]:
    page = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Have the module that futhark_ffi builds, as a user of futhark_ffi has it."""
    folder = tmp_path_factory.mktemp("porting")
    (folder / "series.fut").write_text(blocks("futhark")[0])
    build(folder / "series.fut", "c", folder)
    (folder / "series.py").write_text(PYOPENCL)
    return folder


def printed(command: list[str], place: Path) -> list[object]:
    env = dict(os.environ, TSX_TSCONFIG_PATH=str(ROOT / "tsconfig.json"))
    env["FUTHARK_BRIDGE_PYTHON"] = sys.executable
    done = subprocess.run(
        command,
        cwd=place,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("index", "lines"), [(0, 7), (1, 3)])
def test_the_two_programs_print_the_same(place: Path, index: int, lines: int) -> None:
    python = place / f"port{index}.py"
    python.write_text(blocks("python")[index])
    typescript = place / f"port{index}.mts"
    typescript.write_text(blocks("ts")[index])
    tsx = (ROOT / "node_modules/tsx/dist/esm/index.mjs").as_uri()
    theirs = printed([sys.executable, str(python)], place)
    ours = printed(["node", "--import", tsx, str(typescript)], place)
    assert ours == theirs
    assert len(theirs) == lines


@pytest.mark.parametrize("index", [0, 1])
def test_each_line_of_python_is_above_its_typescript(index: int) -> None:
    remarks = re.findall(r"^ *// (.*)$", blocks("ts")[index], re.MULTILINE)
    assert remarks == blocks("python")[index].splitlines()
