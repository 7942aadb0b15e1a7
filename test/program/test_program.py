"""Opening programs: where they are found, how they are built, what options do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import PROGRAMS

import futhark_bridge
from futhark_bridge import ArgumentError, BuildError, Options, ProgramError, load
from futhark_bridge.program.failures import failure
from futhark_bridge.setup.build import build
from futhark_bridge.setup.compiler import find_compiler
from futhark_bridge.setup.sources import read_sources

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def folder(programs: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return a folder with a module and its manifest, as `build` leaves one."""
    built = programs("errors")
    shutil.copy(built, tmp_path)
    shutil.copy(built.with_name("errors.json"), tmp_path)
    return tmp_path


def test_a_module_is_found_by_every_name_that_it_has(folder: Path) -> None:
    extension = next(folder.glob("*.so")).name
    for name in ("errors", "_errors", "errors.json", extension, f"./{extension}"):
        with load(name, cwd=folder) as module:
            assert module.entry.positive(2) == 2
    for path in (folder / "errors", folder / "errors.json", folder / extension):
        with load(path) as module:
            assert module.compiler_version is not None


def test_a_module_is_found_by_its_import_name(folder: Path) -> None:
    package = folder / "some_package"
    package.mkdir()
    (package / "__init__.py").touch()
    for path in [*folder.glob("*.so"), folder / "errors.json"]:
        shutil.move(path, package)
    before = list(sys.path)
    with load("some_package._errors", cwd=folder) as module:
        assert module.entry.positive(2) == 2
    assert sys.path == before
    del sys.modules["some_package"], sys.modules["some_package._errors"]


def test_an_import_name_imports_no_other_module_of_the_folder(
    folder: Path,
) -> None:
    package = folder / "careful"
    package.mkdir()
    (package / "__init__.py").write_text("import colorsys\ncolorsys.hsv_to_rgb\n")
    shutil.copy(next(folder.glob("_errors*.so")), package)
    shutil.copy(folder / "errors.json", package)
    (folder / "colorsys.py").write_text("raise SystemExit('taken')\n")
    code = (
        "from futhark_bridge import load; import sys; before = list(sys.path)\n"
        "print(load('careful._errors').entry.positive(3), sys.path == before)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path("py").absolute())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("3 True\n", "")


def test_a_program_hides_no_module_of_python(tmp_path: Path) -> None:
    source = tmp_path / "random.fut"
    source.write_text("entry twice (x: i32): i32 = 2 * x\n")
    code = (
        "from futhark_bridge import load; import sys\n"
        "module = load(sys.argv[1], backend='c')\n"
        "sys.modules.pop('random', None)\n"
        "import random\n"
        "print(module.entry.twice(3), 0 <= random.random() < 1)\n"
        "print(load(sys.argv[1], backend='c').entry.twice(4))\n"
        "print(random.random is __import__('random').random)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, source],
        env={**os.environ, "PYTHONPATH": str(Path("py").absolute())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("6 True\n8\nTrue\n", "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gone", r"no module gone; tried .*_gone.*\.so.*import gone"),
        ("sub/gone", r"no module sub/gone; tried"),
        ("gone.json", "has no module"),
        ("gone.so", "is not a file"),
        ("gone.fut", "is not a file"),
        ("json", "not a CFFI module of a Futhark program"),
        ("_cffi_backend", "not a CFFI module of a Futhark program"),
        ("text.so", "cannot load"),
        ("empty", "cannot read the manifest"),
        ("other", "is not a Futhark manifest"),
        ("stale", "no futhark_entry_gone: the manifest does not match"),
        ("what is this?", "no module what is this"),
    ],
)
def test_a_file_that_is_not_a_module_is_a_build_error(
    folder: Path, name: str, words: str
) -> None:
    (folder / "text.so").write_text("no library")
    manifest = json.loads((folder / "errors.json").read_text())
    stale = {"positive": {**manifest["entry_points"]["positive"]}}
    stale["positive"]["cfun"] = "futhark_entry_gone"
    for stem, content in {
        "empty": "",
        "other": "[1]",
        "stale": json.dumps({**manifest, "entry_points": stale}),
    }.items():
        so = next(folder.glob("_errors*.so"))
        # The name of the file determines the names it defines, so each has a folder.
        (folder / stem).mkdir()
        shutil.copy(so, folder / stem)
        (folder / stem / "errors.json").write_text(content)
    in_folder = f"{name}/errors" if (folder / name).is_dir() else name
    with pytest.raises(BuildError, match=words):
        load(in_folder, cwd=folder).entry.positive(1)


def test_a_source_is_built_once_and_again_when_an_import_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CFLAGS", "-O1")
    (tmp_path / "lib").mkdir()
    (tmp_path / "main prog.fut").write_text(
        'import "lib/part"\n-- import "none"\nentry f (x: i32) : i32 = x + step\n'
    )
    (tmp_path / "lib" / "part.fut").write_text('open import "deep"\n')
    deep = tmp_path / "lib" / "deep.fut"
    deep.write_text("def step : i32 = 1\n")
    source = tmp_path / "main prog.fut"
    assert list(read_sources(source).files) == [
        "main prog.fut",
        "lib/part.fut",
        "lib/deep.fut",
    ]

    def result() -> int:
        with load("main prog.fut", cwd=tmp_path, backend="c") as module:
            return int(module.entry.f(1))

    assert (result(), result()) == (2, 2)
    modules = tmp_path / "cache" / "futhark-bridge" / "modules"
    assert len(list(modules.iterdir())) == 1
    deep.write_text("def step : i32 = 10\n")
    assert result() == 11
    assert len(list(modules.iterdir())) == 2


def test_concurrent_builders_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CFLAGS", "-O1")
    source = tmp_path / "tiny.fut"
    source.write_text("entry f (x: i32) : i32 = x + 1\n")
    built: list[Path] = []
    threads = [
        threading.Thread(target=lambda: built.append(build(source, "c")))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert len(built) == 2
    assert len(set(built)) == 1
    modules = tmp_path / "cache" / "futhark-bridge" / "modules"
    assert list(modules.iterdir()) == [built[0].parent]
    out = build(source, "c", tmp_path / "out")
    assert out.parent == tmp_path / "out"
    assert sorted(p.suffix for p in out.parent.iterdir()) == [".json", ".so"]
    with load(out) as module:
        assert module.entry.f(1) == 2


def test_a_program_that_does_not_compile_says_where(tmp_path: Path) -> None:
    source = tmp_path / "wrong.fut"
    source.write_text("entry f (x: i32) : i32 = x + true\n")
    with pytest.raises(BuildError, match=r"wrong\.fut:1:30-34") as caught:
        load(source)
    assert caught.value.code == "build"


def test_a_missing_compiler_says_what_was_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FUTHARK", str(tmp_path / "gone"))
    with pytest.raises(BuildError, match="FUTHARK is not a program"):
        find_compiler()
    monkeypatch.delenv("FUTHARK")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(BuildError, match="no Futhark compiler"):
        find_compiler()
    installed = tmp_path / "futhark-bridge" / "bin" / "futhark"
    installed.parent.mkdir(parents=True)
    installed.touch()
    assert find_compiler() == installed


def test_a_back_end_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BuildError, match="expected a back end of c, multicore"):
        load(PROGRAMS / "errors.fut", backend="fortran")


def test_a_constant_that_fails_is_a_program_error(
    programs: Callable[[str], Path],
) -> None:
    with pytest.raises(ProgramError, match=r"open: .*Index \[3\] out of bounds"):
        load(programs("bad_constant"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tuning": {"gone": 1}}, "has no parameter gone"),
        ({"tuning": {"gone": -1}}, "gone: expected a whole number from 0 .*, got -1"),
        ({"tuning": {"gone": 1.5}}, "got 1.5"),
        ({"tuning": {"gone": True}}, "got True"),
        ({"tuning": "gone.tuning"}, "tuning file .*gone.tuning: .*No such file"),
        ({"tuning": "bad.tuning"}, "line 3: expected NAME=INTEGER, got what"),
        ({"tuning": "unknown.tuning"}, "has no parameter main.suff_outer_par_0"),
        ({"device": "#0"}, "device: the .* back end has no devices"),
        ({"platform": "x"}, "platform: the .* back end has no platforms"),
        ({"build_options": ["-O"]}, "build_options: the .* compiles no device code"),
        ({"build_options": "-O"}, "build_options: expected a list of str: '-O'"),
        ({"num_threads": "2"}, "num_threads: expected a whole number from 1"),
        ({"num_threads": 0}, "num_threads: expected a whole number from 1"),
        ({"threads": 2}, "no option threads"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(
    folder: Path, options: dict[str, Any], words: str
) -> None:
    (folder / "bad.tuning").write_text("-- fine\n\nwhat is this\n")
    (folder / "unknown.tuning").write_text("main.suff_outer_par_0=5 -- x\n")
    with pytest.raises(ArgumentError, match=words):
        load("errors", cwd=folder, **options)


def test_options_reach_the_context(
    programs: Callable[[str], Path], backend: str
) -> None:
    options = {"num_threads": 1, "profiling": True, "cache_file": "cachë"}
    with load(programs("errors"), **options) as module:
        assert module.backend == backend
        module.entry.reciprocals([1, 2])
        module.sync()
        module.pause_profiling()
        module.unpause_profiling()
        assert "memory" in json.loads(module.report())
        module.clear_caches()
        assert module.entry.positive(1) == 1


def test_debugging_and_logging_say_something(programs: Callable[[str], Path]) -> None:
    script = (
        "import sys; from futhark_bridge import load\n"
        "with load(sys.argv[1], **{sys.argv[2]: True}) as m: m.entry.element([1], 0)"
    )
    for option in ("debugging", "logging"):
        done = subprocess.run(
            [sys.executable, "-c", script, programs("errors"), option],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        )
        assert done.stdout == b""
        assert (option == "logging") or b"arr->mem" in done.stderr


def test_the_module_describes_itself(types: futhark_bridge.FutharkModule) -> None:
    points = {e.name: e for e in types.entry_points}
    overwrite = points["overwrite"]
    assert [(p.name, p.type, p.unique) for p in overwrite.inputs] == [
        ("xs", "[]i32", True),
        ("v", "i32", False),
    ]
    assert [(r.type, r.unique) for r in points["twin"].outputs] == [
        ("[]i32", False),
        ("[]i32", False),
    ]
    assert types.types.place.info.kind == "record"
    assert {t.name for t in types.type_infos} == set(types.types)
    assert "errors" not in repr(types)
    assert "_types" in repr(types)
    info = types.program.info.to_json()
    assert len(info["operations"]) == len(types.program.operations)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (2, "Error: Assertion is false\n\nBacktrace:\n-> #0 x.fut:1:1\n", "program"),
        (1, "Error: division by zero\n", "program"),
        (1, "", "program"),
        (3, "", "memory"),
        (1, "Failed to allocate memory in space 'device'.\n", "memory"),
        (1, "Error: entry point arguments have invalid sizes.\n", "argument"),
        (1, "Index out of bounds.", "argument"),
        (1, "Element shape differs from array shape", "argument"),
        (1, "Cannot zip arrays with different shapes.", "argument"),
        (1, "Cannot construct arrays with elements of different shapes.", "argument"),
    ],
)
def test_a_status_is_classified_by_code_and_text(
    status: int, text: str, kind: str
) -> None:
    code = {
        "program": "program-error",
        "memory": "out-of-memory",
        "argument": "bad-argument",
    }[kind]
    error = failure(status, text, "f", "x: 1")
    assert error.code == code
    assert str(error).startswith("f: ")
    wire = error.to_wire()
    assert json.loads(json.dumps(wire)) == wire
    assert (wire["code"], wire["message"]) == (code, str(error))
    if text.startswith("Error: Assertion"):
        assert wire["backtrace"] == "-> #0 x.fut:1:1"


def test_the_core_needs_no_heavy_module(programs: Callable[[str], Path]) -> None:
    script = (
        "import sys; from futhark_bridge.program.program import Program\n"
        "from futhark_bridge import Options\n"
        "p = Program.open(sys.argv[1], Options())\n"
        "v = p.new_array(p.type_index('[]i32'), bytes(8), (2,))\n"
        "p.operation('entry', None, 'same').invoke(v)\n"
        "print([m for m in ('numpy', 'cffi', 'pyarrow', 'subprocess', 'asyncio',"
        " 'futhark_ffi', 'setuptools') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, programs("errors")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_arrays_are_made_of_bytes_of_the_right_length_only(
    errors: futhark_bridge.FutharkModule,
) -> None:
    program = errors.program
    index = program.type_index("[]i32")
    value = program.new_array(index, memoryview(bytes(range(8))), (2,))
    out = bytearray(8)
    program.values_into(value, memoryview(out))
    assert out == bytes(range(8))
    for data, shape in (
        (bytes(7), (2,)),
        (bytes(12), (2,)),
        (bytes(8), (2, 1)),
        (bytes(8), ()),
        (bytes(0), (-1,)),
        (bytes(0), (2**64,)),
        (memoryview(bytes(16))[::2], (2,)),
    ):
        with pytest.raises(ArgumentError, match=r"\[\]i32"):
            program.new_array(index, data, shape)
    for target in (bytearray(7), bytearray(9)):
        with pytest.raises(ArgumentError, match="expected 8 contiguous bytes"):
            program.values_into(value, memoryview(target))
    with pytest.raises(ArgumentError, match="no type gone"):
        program.type_index("gone")


def test_bool_elements_are_0_and_1(types: futhark_bridge.FutharkModule) -> None:
    program = types.program
    index = program.type_index("[]bool")
    flags = program.new_array(index, b"\x01\x00", (2,))
    assert isinstance(flags, futhark_bridge.FutharkArray)
    assert flags.to_list() == [True, False]
    with pytest.raises(ArgumentError, match="bytes of 0 and 1 only"):
        program.new_array(index, b"\x01\x02", (2,))


def test_a_module_can_be_opened_twice(folder: Path) -> None:
    with load("errors", cwd=folder) as one, load("errors", cwd=folder) as two:
        first, second = one.entry.same([1]), two.entry.same([2])
        one.close()
        assert second.to_list() == [2]
        assert first.state == "freed"
    assert Options().backend == "multicore"
