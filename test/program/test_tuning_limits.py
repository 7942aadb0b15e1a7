"""What a tuning file, or a mapping of tuning values, and paths in options, may hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from futhark_bridge import load
from futhark_bridge.errors import ArgumentError
from futhark_bridge.program.options import Options, read_tuning_file


@pytest.mark.parametrize("digits", [20, 21, 4301, 10**6])
def test_a_value_of_many_digits_is_refused_without_reading_it(
    digits: int, tmp_path: Path
) -> None:
    path = tmp_path / "long.tuning"
    path.write_text(f"main.size={'9' * digits}\n")
    with pytest.raises(ArgumentError, match=r"main\.size: expected .* to 2\^63 - 1"):
        read_tuning_file(path)


@pytest.mark.parametrize("bits", [63, 20_000, 1_000_000])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_long_integer_is_refused_without_printing_it(bits: int, sign: int) -> None:
    value = sign << bits
    with pytest.raises(ArgumentError, match="main: expected a whole number from 0"):
        Options(tuning={"main": value}).tuning_values()


@pytest.mark.parametrize("text", ["a=1\u2028b=2", "a=\u0661", "a=1\x0cb=2", "a=+1"])
def test_only_line_feeds_end_lines_and_only_ascii_digits_are_digits(
    text: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.tuning"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ArgumentError, match=re.escape("line 1: expected NAME=INTEGER")):
        read_tuning_file(path)


@pytest.mark.parametrize("option", ["tuning", "cache_file"])
@pytest.mark.parametrize("path", ["/tmp/\ud800", "/tmp/a\0b"])
def test_an_impossible_path_is_an_argument_error(option: str, path: str) -> None:
    program = Path(__file__).parents[1] / "programs/errors.fut"
    with pytest.raises(ArgumentError, match=option.split("_", maxsplit=1)[0]):
        load(program, backend="c", **{option: path})
