"""Errors about sizes say which ones differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import futhark_bridge
from futhark_bridge import ArgumentError

PROGRAM = Path(__file__).parents[1] / "programs" / "sizes.fut"
PAIR = {"xs": [1.0, 2.0], "weight": 1.0, "ys": [1.0, 2.0]}
UNEQUAL = {**PAIR, "xs": [1.0]}

CASES: list[tuple[str, tuple[Any, ...], str]] = [
    (
        "dot",
        ([1, 2], [1]),
        "xs.shape[0] = 2 and ys.shape[0] = 1 must be equal (n)",
    ),
    (
        "counted",
        (2, [1, 2, 3, 4], [1, 2]),
        "xs.shape[0] = 4 must be 3",
    ),
    (
        "counted",
        (2, [1, 2, 3], [1, 2, 3]),
        "ys.shape[0] = 3 and n = 2 must be equal (n)",
    ),
    (
        "weighted",
        (UNEQUAL,),
        "p.xs.shape[0] = 1 and p.ys.shape[0] = 2 must be equal (n)",
    ),
    (
        "inside",
        (1, {"last": 1, "both": PAIR}, [[1, 2, 3], [4, 5, 6]]),
        " and ".join(
            f"{place} = 2"
            for place in (
                "p.both.xs.shape[0]",
                "p.both.ys.shape[0]",
                "square.shape[0]",
            )
        )
        + " and square.shape[1] = 3 must be equal (n)",
    ),
]


def test_an_error_says_which_dimensions_of_which_parameters_differ() -> None:
    with futhark_bridge.load(PROGRAM, backend="c") as module:
        assert module.entry.dot([1, 2], [3, 4]) == 11.0
        for entry, arguments, words in CASES:
            with pytest.raises(ArgumentError) as caught:
                module.entry[entry](*arguments)
            said = caught.value.message
            assert said.startswith(f"{entry}: entry point arguments have invalid sizes")
            assert said.partition("sizes: ")[2].partition("; got ")[0] == words
        assert module.entry.weighted(PAIR) == 5.0
