"""The notebook magic and how values look, in IPython's own shell, without a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

import futhark_bridge
from futhark_bridge.notebook.cells import CellError, explain, load_cell

Types = futhark_bridge.FutharkModule


@pytest.fixture(scope="module")
def shell() -> Any:
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "futhark_bridge")
    return shell


def run(shell: Any, line: str, program: str) -> Any:
    return shell.run_cell(f"%%futhark {line}\n{program}")


def look(value: Any) -> dict[str, str]:
    """Return the text of IPython's own formatter for a value."""
    formatter = InteractiveShell().display_formatter
    assert formatter is not None
    bundle, _ = formatter.format(value)
    return dict(bundle)


def test_a_cell_is_compiled_and_its_module_is_a_variable(shell: Any) -> None:
    program = "-- | Twice.\nentry double (x: i32) : i32 = 2 * x\n"
    assert run(shell, "-b c", program).success
    fut = shell.user_ns["fut"]
    assert (fut.backend, fut.entry.double(21)) == ("c", 42)
    assert "double" not in shell.user_ns


def test_a_cell_can_be_named_and_define_its_entries(shell: Any) -> None:
    program = "entry triple (x: i32) : i32 = 3 * x\n"
    assert run(shell, "-b multicore -t 1 --name maths --entries", program).success
    assert shell.user_ns["maths"].backend == "multicore"
    assert shell.user_ns["triple"](14) == 42


def test_running_a_cell_again_frees_what_it_made(shell: Any) -> None:
    program = "entry ones : [3]i32 = [1, 1, 1]\nentry gone : i32 = 1\n"
    assert run(shell, "-b c -n again --entries", program).success
    first = shell.user_ns["again"]
    value = first.entry.ones()
    kept = shell.user_ns["ones"]
    shell.push({"ones": "mine"})
    assert run(shell, "-b c -n again", "entry ones : [3]i32 = [2, 2, 2]\n").success
    assert value.state == "freed"
    with pytest.raises(futhark_bridge.ValueStateError, match="closed"):
        kept()
    assert "gone" not in shell.user_ns
    assert shell.user_ns["ones"] == "mine"
    # A value that the user has assigned instead is not closed.
    second = shell.user_ns["again"]
    shell.push({"again": 1})
    assert run(shell, "-b c -n again", program).success
    assert second.entry.ones().to_list() == [2, 2, 2]
    second.close()


def test_an_entry_does_not_hide_a_name_of_python(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    program = (
        "entry sum (x: i32) = x + 1\nentry x' = 2i32\nentry twice (x: i32) = 2 * x\n"
    )
    assert run(shell, "-b c -n hiding --entries", program).success
    messages = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in messages] == [
        "sum hides Python's own",
        "x' is not a valid Python name",
    ]
    assert messages[0].endswith("use hiding.entry['sum'], or --entry sum=NAME")
    assert "or --entry x'=NAME" in messages[1]
    assert "sum" not in shell.user_ns
    assert shell.user_ns["twice"](4) == 8
    shell.run_cell("del twice")
    assert run(shell, "-b c -n hiding --entry sum=plus --entry x'=two", program).success
    assert (shell.user_ns["plus"](4), shell.user_ns["two"]()) == (5, 2)
    assert "twice" not in shell.user_ns
    assert not run(shell, "-b c -n hiding --entry summ", program).success
    assert "(did you mean sum?)" in capsys.readouterr().err
    assert shell.user_ns["hiding"].entry.sum(1) == 2


def test_a_cell_has_the_options_of_load(shell: Any, tmp_path: Path) -> None:
    program = "entry f (xs: []i32) = i32.sum xs\n"
    assert run(shell, "-b c -n profiled --profiling", program).success
    assert "events" in shell.user_ns["profiled"].report()
    (tmp_path / "t.tuning").write_text("no_such=1\n")
    tuned = run(shell, f"-b c -n tuned --tuning {tmp_path}/t.tuning", program)
    assert "no parameter no_such" in str(tuned.error_in_exec)
    for option in ("device", "platform"):
        other = run(shell, f"-b c -n other --{option} Nvidia", program)
        assert f"the c back end has no {option}s" in str(other.error_in_exec)


def test_a_cell_imports_files_of_its_folder(
    shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lib.fut").write_text("def seven = 7i32\n")
    monkeypatch.chdir(tmp_path)
    program = 'import "lib"\nentry f : i32 = seven\n'
    assert run(shell, "-b c", program).success
    assert shell.user_ns["fut"].entry.f() == 7
    assert [path.name for path in tmp_path.iterdir()] == ["lib.fut"]


def test_a_compiler_error_shows_the_cells_own_line_and_no_traceback(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(shell, "-b c", "entry f (x: i32) : i32 =\n  foo x + 1\n")
    messages = capsys.readouterr().out
    assert isinstance(result.error_in_exec, futhark_bridge.BuildError)
    lines = messages.strip().splitlines()
    # Line 2 of the program is line 3 of the cell, as its editor counts.
    assert lines == [
        "Error at line 3:3-6:",
        "    3 |   foo x + 1",
        "      |   ^^^",
        'Unknown name "foo"',
    ]


def test_a_cell_with_a_lone_surrogate_is_an_error_that_names_the_line() -> None:
    with pytest.raises(CellError, match=r"^line 3: .*surrogates not allowed"):
        load_cell("entry f : i32 = 1\n-- \ud800", line_offset=1)


def test_a_failed_cell_leaves_the_old_module(shell: Any) -> None:
    assert run(shell, "-b c", "entry one : i32 = 1\n").success
    assert not run(shell, "-b c", "entry one : i32 = true\n").success
    assert shell.user_ns["fut"].entry.one() == 1


@pytest.mark.parametrize(
    "line",
    [
        "-b lisp",
        "--name 1st",
        "--name class",
        "--entry a=1",
        "--entry one=x --entry two=x",
        "--entry one=fut",
        "--nonsense",
    ],
)
def test_wrong_options_are_reported_in_one_line(
    shell: Any, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not run(shell, line, "entry one : i32 = 1\nentry two : i32 = 2\n").success
    captured = capsys.readouterr()
    messages = (captured.out + captured.err).strip().splitlines()
    assert "Traceback" not in "".join(messages)
    assert len(messages) == 1


def test_carets_align_below_tabs_and_cover_the_rest_of_the_first_line() -> None:
    message = (
        "Warning at /a/cell.fut:1:2-4:\nhm\n\nError at cell.fut:2:2-3:9:\nno\n"
        "Error at lib.fut:1:1-2:\nelsewhere\n"
        "If you find this error message confusing, uninformative, or wrong\n"
    )
    assert explain(message, "cell.fut", "\tab\n\tlong line\nend", 1).splitlines() == [
        "Warning at line 2:2-4:",
        "    2 | \tab",
        "      | \t^^",
        "hm",
        "",
        "Error at line 3:2:",
        "    3 | \tlong line",
        "      | \t^^^^^^^^^",
        "no",
        "Error at lib.fut:1:1-2:",
        "elsewhere",
    ]


def test_errors_other_than_the_compilers_stay_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FUTHARK", "/no/such/compiler")
    with pytest.raises(futhark_bridge.BuildError, match="/no/such/compiler"):
        load_cell("entry f : i32 = 1")


@pytest.fixture(scope="module")
def arrays() -> Iterator[futhark_bridge.FutharkModule]:
    with load_cell(
        "entry one (x: []f32) = x\nentry two (x: [][]f32) = x\n"
        "entry three (x: [][][]f32) = x\nentry flags (x: []bool) = x\n",
        backend="c",
    ) as module:
        yield module


@pytest.mark.parametrize(
    "shape", [(0,), (5,), (20_000,), (3, 4), (0, 2), (400, 300), (40, 30, 20)]
)
def test_arrays_look_as_numpy_prints_them(
    arrays: Types, shape: tuple[int, ...]
) -> None:
    data = np.random.default_rng(6).normal(size=shape).astype(np.float32)
    array = arrays.to_futhark(f"{'[]' * len(shape)}f32", data)
    shown = look(array)
    title, _, text = shown["text/plain"].partition("\n")
    assert title == f"FutharkArray {array.type} of shape {list(shape)}"
    assert text == np.array2string(data, threshold=1000, edgeitems=3)
    assert array.type in shown["text/html"]


def test_a_large_array_is_not_copied_for_display(
    types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = types.entry.fresh(1_000_000)
    monkeypatch.setattr(
        futhark_bridge.FutharkArray,
        "to_numpy",
        lambda _: pytest.fail("copied the whole array"),
    )
    html = look(array)["text/html"]
    assert "<td>999999</td>" in html
    assert "<td>…</td>" in html


def test_a_table_has_a_cell_for_each_element(arrays: Types) -> None:
    array = arrays.to_futhark("[][]f32", np.array([[1, 2.5], [3, -4]], np.float32))
    html = look(array)["text/html"]
    assert [html.count(f"<td>{x}</td>") for x in ("1", "2.5", "3", "-4")] == [1] * 4
    flags = arrays.to_futhark("[]bool", [True, False])
    assert "<td>true</td><td>false</td>" in look(flags)["text/html"]


def test_records_sums_and_arrays_of_them_look_like_futhark() -> None:
    module = load_cell(
        "entry record = {a = 1i32, b = [1.5f64, 2], c = (true, 2i8)}\n"
        "entry many (n: i64) = tabulate n (\\i -> {x = f32.i64 i, y = [i]})\n"
        "entry sum (b: bool) : #some [2]i32 | #none ="
        "  if b then #some [1, 2] else #none\n"
        "module m : { type t val t : t } = { type t = i32 def t = 1i32 }\n"
        "entry hidden = m.t\n",
        backend="c",
    )
    with module:
        record = look(module.entry.record())
        assert record["text/plain"].splitlines()[1:] == [
            "a: 1",
            "b: [1.5, 2]",
            "c: (true, 2)",
        ]
        assert "<th>a</th><th>b</th><th>c</th>" in record["text/html"]
        many = look(module.entry.many(9))
        assert many["text/plain"].splitlines()[1:] == [
            *(f"{i}: {{x = {i}, y = [{i}]}}" for i in range(6)),
            "…",
        ]
        assert "…" not in look(module.entry.many(2))["text/plain"]
        shown = [look(module.entry.sum(b))["text/plain"] for b in (True, False)]
        assert [text.splitlines()[1] for text in shown] == ["#some [1, 2]", "#none"]
        assert len(look(module.entry.hidden())["text/plain"].splitlines()) == 1


def test_a_freed_value_says_so(types: Types) -> None:
    array = types.entry.fresh(3)
    array.free()
    assert look(array) == {"text/plain": "<FutharkArray []i32 of shape [3], freed>"}


def test_a_module_shows_its_entry_points(arrays: Types) -> None:
    shown = look(arrays)
    assert "\n  two(x: [][]f32) -> [][]f32" in shown["text/plain"]
    assert "<code>two(x: [][]f32) -&gt; [][]f32</code>" in shown["text/html"]


def test_asarray_takes_a_handle(types: Types) -> None:
    array = np.asarray(types.entry.fresh(4))
    assert (array.tolist(), array.dtype.name) == ([0, 1, 2, 3], "int32")
    assert np.asarray(types.entry.fresh(2), dtype=np.float64).tolist() == [0, 1]
