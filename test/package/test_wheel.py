"""The wheel without Node: in an empty environment, from an empty home."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import futhark_bridge
from futhark_bridge.setup.compiler import find_compiler

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
# What uv says of a registry that cannot be reached.
UNREACHABLE = ("dns error", "error sending request", "timed out", "Connection refused")

Python = Callable[..., str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel; uv has the build backend of its own version built in."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [UV, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def python(wheel: Path, home: Path) -> Python:
    """Install the wheel into an empty environment; return its interpreter."""
    commands: tuple[list[str | Path], ...] = (
        ["venv", "--quiet", "--no-project", "--python", sys.executable, home / "venv"],
        ["pip", "install", "--quiet", "--python", home / "venv", wheel],
    )
    for command in commands:
        done = subprocess.run(
            [UV, *command], capture_output=True, text=True, check=False
        )
        if done.returncode and any(why in done.stderr for why in UNREACHABLE):
            pytest.skip("the Python registry cannot be reached")
        assert done.returncode == 0, done.stderr
    compiler = find_compiler()

    def run(*arguments: object, status: int = 0, **variables: str) -> str:
        environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", **variables}
        environment.setdefault("FUTHARK", str(compiler))
        program = home / "venv" / "bin" / "python"
        done = subprocess.run(
            [program, *map(str, arguments)],
            env={name: value for name, value in environment.items() if value},
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stderr
        return done.stdout if status == 0 else done.stderr

    return run


def test_the_wheel_has_readme_licence_and_version(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = (name for name in names if name.endswith("/METADATA"))
        [licence] = (name for name in names if name.endswith("/LICENSE"))
        text = archive.read(metadata).decode()
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    head, _, readme = text.partition("\n\n")
    assert f"\nVersion: {futhark_bridge.__version__}\n" in head
    assert "Description-Content-Type: text/markdown" in head
    assert readme == (ROOT / "py" / "README.md").read_text()
    # What a reader must do first comes first.
    assert readme.index("pip install") < readme.index("npm")
    assert "futhark_bridge/py.typed" in names
    assert not [name for name in names if name.startswith(("test", "ts", "node"))]


def test_a_kernel_is_built_and_called_with_nothing_but_the_wheel(
    python: Python, home: Path
) -> None:
    (home / "scale.fut").write_text("entry scale (k: f32) (xs: []f32) = map (* k) xs\n")
    np.save(home / "xs.npy", np.arange(3, dtype=np.float32))
    module = ["-m", "futhark_bridge"]
    assert python(*module, "--version") == f"{futhark_bridge.__version__}\n"
    assert "✓ Futhark compiler" in python(*module, "doctor", PYTHONIOENCODING="utf-8")
    built = python(*module, "build", "scale.fut", "-b", "c", "-o", "out").split()
    assert built[1] == "out/scale.json"
    output = python(*module, "info", "out/scale.json")
    assert output.startswith("out/scale.json: c, Futhark ")
    assert "  scale(k: f32, xs: []f32) -> *[]f32\n" in output
    called = ["run", "out/scale.json", "scale", "2.5"]
    assert python(*module, *called, "xs.npy") == "[0.0f32, 2.5f32, 5.0f32]\n"
    program = (
        "import futhark_bridge as fb, numpy as np, sys\n"
        "with fb.load(fb.build('scale.fut', 'c')) as fut:\n"
        "    print(fut.entry.scale(k=2, xs=np.ones(2, np.float32)).to_list())\n"
        "assert 'IPython' not in sys.modules and 'pyarrow' not in sys.modules\n"
    )
    assert python("-c", program) == "[2.0, 2.0]\n"


def test_without_a_compiler_it_says_how_to_get_one(python: Python, home: Path) -> None:
    (home / "one.fut").write_text("entry one = 1i32\n")
    called = ["-m", "futhark_bridge", "build", "one.fut"]
    output = python(*called, status=1, FUTHARK="")
    assert "python -m futhark_bridge setup" in output
    assert "Traceback" not in output
    doctor = python(
        "-m", "futhark_bridge", "doctor", FUTHARK="", PYTHONIOENCODING="utf-8"
    )
    assert "! Futhark compiler\n    needed for .fut files" in doctor


@pytest.mark.skipif(
    os.environ.get("TEST_SLOW") != "1",
    reason="downloads the compiler: npm run test:slow runs it",
)
def test_setup_fetches_a_compiler_that_works(python: Python, home: Path) -> None:
    output = python("-m", "futhark_bridge", "setup", "--quiet", FUTHARK="")
    assert output == ""
    program = home / ".cache" / "futhark-bridge" / "bin" / "futhark"
    assert program.is_symlink()
    assert python("-m", "futhark_bridge", "setup", "--check", FUTHARK="").startswith(
        "ready: Futhark "
    )
    (home / "two.fut").write_text("entry two = 2i32\n")
    called = ["-m", "futhark_bridge", "run", "-b", "c", "two.fut", "two"]
    assert python(*called, FUTHARK="") == "2i32\n"
