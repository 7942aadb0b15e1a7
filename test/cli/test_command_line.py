"""``python -m futhark_bridge``: each command, what it prints, and how it ends."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import futhark_bridge
from futhark_bridge.cli.main import main
from futhark_bridge.setup.build import build

PROGRAMS = Path(__file__).parents[1] / "programs"


@pytest.fixture(scope="module")
def module() -> str:
    return str(build(PROGRAMS / "types.fut", "c").with_name("types.json"))


def run(capsysbinary: Any, *arguments: object, status: int = 0) -> str:
    assert main([str(each) for each in arguments]) == status
    output = capsysbinary.readouterr()
    assert (output.err if status else output.out).decode().count("Traceback") == 0
    text: str = (output.err if status else output.out).decode()
    return text


@pytest.mark.parametrize(
    ("entry", "args", "printed"),
    [
        ("overwrite", ["[1, 2, 3]", "9"], "[9i32, 2i32, 3i32]\n"),
        (
            "floats",
            ["1", "2.5f32", '"-Infinity"', "true"],
            "1.0f16\n2.5f32\n-f64.inf\ntrue\n",
        ),
        (
            "middle",
            ['{"lat": 1, "lon": 2}', '{"lat": 3, "lon": 4}'],
            '{"lat": 2.0, "lon": 3.0}\n',
        ),
        ("swap", ["[1, [2.5]]"], "[2.5f64]\n1i32\n"),
        ("unmark", ["[5, false]"], "-5i32\n"),
        ("area", ['{"variant": "nothing"}'], "0.0f32\n"),
        ("area", ['{"variant": "box", "payload": [{"w": 3, "h": 4}]}'], "12.0f32\n"),
        ("north", ['[{"lat": 1, "lon": 0}, {"lat": 7, "lon": 0}]'], "7.0f64\n"),
        ("north", ['{"lat": [1, 7], "lon": [0, 0]}'], "7.0f64\n"),
        ("fresh", ["0"], "empty([0]i32)\n"),
        ("close", [], "5i32\n"),
        ("prime'", ["--", "-5"], "-1i32\n"),
        ("places", ["1"], '[{"lat": 0.0, "lon": 0.0}]\n'),
    ],
)
def test_run_prints_what_futhark_would(
    capsysbinary: Any, module: str, entry: str, args: list[str], printed: str
) -> None:
    output = run(capsysbinary, "run", module, entry, *args)
    assert output == printed


def test_files_in_and_out(capsysbinary: Any, module: str, tmp_path: Path) -> None:
    xs = np.array([1, 5, 2, 9], np.int32)
    np.save(tmp_path / "xs.npy", xs)
    call = ["run", module, "add_into", tmp_path / "xs.npy", tmp_path / "xs.npy", "-o"]
    for name in ("y.npy", "y.data", "y.in.gz", "y.npz"):
        assert run(capsysbinary, *call, tmp_path / name) == ""
        [found] = futhark_bridge.read_data(tmp_path / name)
        assert found.dtype == np.int32
        assert found.tolist() == (xs + xs[::-1]).tolist()
    run(capsysbinary, *call, tmp_path / "y.json")
    assert json.loads((tmp_path / "y.json").read_text()) == (xs + xs[::-1]).tolist()
    # Space before binary data is skipped, as Futhark does.
    (tmp_path / "space.data").write_bytes(b"\n" + (tmp_path / "y.data").read_bytes())
    output = run(capsysbinary, "run", module, "alias", tmp_path / "space.data")
    assert output == "[10i32, 7i32, 7i32, 10i32]\n"
    # Two values of one file for two parameters, and one file for each result.
    np.savez(tmp_path / "two.npz", xs, np.int32(7))
    run(
        capsysbinary,
        "run",
        module,
        "overwrite",
        tmp_path / "two.npz",
        "-o",
        tmp_path / "z.npy",
    )
    assert np.load(tmp_path / "z.npy")[0] == 7
    parts = ["-o", tmp_path / "a.npy", "-o", tmp_path / "b.npy"]
    run(capsysbinary, "run", module, "swap", "[3, [1.5, 2.5]]", *parts)
    assert np.load(tmp_path / "a.npy").tolist() == [1.5, 2.5]
    assert np.load(tmp_path / "b.npy") == 3
    # A stored value is restored.
    stored = tmp_path / "start.futv"
    run(capsysbinary, "run", module, "counter_start", "41", "-o", stored)
    assert (
        run(capsysbinary, "run", module, "counter_total", stored) == "205i64\n"
    )  # 41 + 4 * 41


def test_arrow_columns_are_arguments(
    capsysbinary: Any, module: str, tmp_path: Path
) -> None:
    table = pa.table(
        {"xs": pa.array([1, 2], pa.int32()), "ys": pa.array([3, 4], pa.int32())}
    )
    with pa.ipc.new_file(str(tmp_path / "t.arrow"), table.schema) as writer:
        writer.write_table(table)
    output = run(capsysbinary, "run", module, "add_into", tmp_path / "t.arrow")
    assert output == "[5i32, 5i32]\n"


def test_values_come_from_stdin(
    capsysbinary: Any, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"[1, 2] 5")))
    assert run(capsysbinary, "run", module, "overwrite", "-") == "[5i32, 2i32]\n"


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["overwite", "[1]", "2"], 2, "has no entry point overwite; it has"),
        (
            ["overwrite", "[1]"],
            2,
            "overwrite: expected 2 values (xs: []i32, v: i32), got 1",
        ),
        (["overwrite", "[1]", "2.5"], 1, "overwrite v: expected i32, got 2.5"),
        (["overwrite", "[1]", "gone.npy"], 2, "and there is no such file"),
        (["overwrite", "[1]", "x" * 300], 2, "and there is no such file"),
        (
            ["overwrite", "[[1]]", "2"],
            1,
            "overwrite xs: expected rank 1, got shape [1, 1]",
        ),
        (["overwrite", "[1]", "2", "-o", "x.xyz"], 2, "x.xyz: unknown extension"),
        (["swap", "[1, []]", *["-o", "x.npy"] * 3], 2, "expected -o once, or 2 times"),
        (["swap", "[1, []]", *["-o", "x.npy"] * 2], 2, "-o x.npy: expected one file"),
        (["counter_total", "1"], 1, "expected counter as an object"),
        (["places", "1", "-o", "x.npy"], 1, "holds arrays and scalars, not []place"),
        (["middle", '{"lat": 1, "lot": 2}', "{}"], 1, "got lat, lot (did you mean"),
        (["area", '{"variant": "blob"}'], 1, "area f: expected figure as"),
        (["overwrite", "[]", "2"], 1, "Index [0] out of bounds"),
        (["close", "--threads", "0"], 1, "num_threads"),
        (["close", "--device", "#1"], 1, "device: the c back end has no devices"),
    ],
)
def test_what_is_wrong_is_told_in_a_line_and_nothing_is_written(
    capsysbinary: Any,
    module: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    status: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    output = run(capsysbinary, "run", module, *args, status=status)
    assert output.startswith("error: ")
    assert message in output
    assert list(tmp_path.iterdir()) == []


def test_a_failure_of_the_program_has_its_backtrace(capsysbinary: Any) -> None:
    errors = build(PROGRAMS / "errors.fut", "c")
    output = run(capsysbinary, "run", errors, "positive", "0", status=1)
    assert output.startswith("error: positive: Error: Assertion is false")
    assert "errors.fut:4" in output


def test_info_lists_entry_points_and_types(capsysbinary: Any, module: str) -> None:
    output = run(capsysbinary, "info", module)
    assert output.startswith(f"{module}: c, Futhark ")
    assert "\n  overwrite(xs: *[]i32, v: i32) -> *[]i32\n" in output
    assert "\n  swap(p: (i32, []f64)) -> ([]f64, i32)\n" in output
    as_json = json.loads(run(capsysbinary, "info", module, "--json"))
    assert as_json["backend"] == "c"
    assert {"name", "inputs", "outputs"} <= set(as_json["entryPoints"][0])


def test_build_puts_module_and_manifest_into_a_folder(
    capsysbinary: Any, tmp_path: Path
) -> None:
    output = run(
        capsysbinary, "build", PROGRAMS / "types.fut", "-b", "c", "-o", tmp_path
    )
    assert [Path(line).name for line in output.splitlines()][1] == "types.json"
    assert all(Path(line).is_file() for line in output.splitlines())
    output = run(capsysbinary, "build", tmp_path / "gone.fut", status=1)
    assert output.startswith("error: no program: ")


def test_usage_errors_and_help(capsysbinary: Any) -> None:
    assert "usage: python -m futhark_bridge" in run(capsysbinary, status=2)
    assert "invalid choice" in run(capsysbinary, "frobnicate", status=2)
    assert run(capsysbinary, "--version") == f"{futhark_bridge.__version__}\n"
    assert "examples:" in run(capsysbinary, "run", "--help")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_enough_ends_it_quietly(module: str, unbuffered: str) -> None:
    command = [
        sys.executable,
        "-m",
        "futhark_bridge",
        "run",
        module,
        "fresh",
        "100000",
    ]
    with subprocess.Popen(
        command,
        cwd=PROGRAMS.parents[1] / "py",
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
