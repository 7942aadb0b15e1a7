"""Results that are tuples, and types without a name, as the compiler here has them."""

from pathlib import Path

import pytest

import futhark_bridge
from futhark_bridge.errors import ArgumentError

PROGRAM = Path(__file__).parents[1] / "programs" / "tuples.fut"


def test_one_output_that_is_a_tuple_is_its_parts() -> None:
    with futhark_bridge.load(PROGRAM, backend="c") as module:
        ones, twos = module.entry.unique_pair(2)
        assert ones.to_numpy().tolist() == [1, 1]
        assert twos.to_numpy().tolist() == [2, 2]


def test_a_type_without_a_name_is_found_however_it_is_spaced() -> None:
    with futhark_bridge.load(PROGRAM, backend="c") as module:
        assert module.types["(i32,i8)"] is module.types["(i32, i8)"]
        with pytest.raises(ArgumentError, match="no type"):
            module.types["(i32 i8)"]
