"""How much Loeffler's transform computes, counted in the C code that it compiles to."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from futhark_bridge.setup.compiler import find_compiler

LIBRARY = Path(__file__).parents[1] / "programs" / "loeffler.fut"
PROGRAM = """
import "loeffler"
entry forward (x: [8]f32) : [8]f32 = loeffler32.forward x
entry inverse (x: [8]f32) : [8]f32 = loeffler32.inverse x
entry forward_f64 (x: [8]f64) : [8]f64 = loeffler64.forward x
entry inverse_f64 (x: [8]f64) : [8]f64 = loeffler64.inverse x
"""


@pytest.fixture(scope="module")
def c_code(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("loeffler")
    shutil.copy(LIBRARY, folder)
    (folder / "counted.fut").write_text(PROGRAM)
    command = [str(find_compiler()), "c", "--library", "counted.fut"]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "counted.c").read_text()


@pytest.mark.parametrize("entry", ["forward", "inverse", "forward_f64", "inverse_f64"])
def test_eight_points_take_11_multiplications_and_29_additions(
    c_code: str, entry: str
) -> None:
    function = rf"int futrts_entry_{entry}\([^;{{]*\)\n{{.*?\n}}\n"
    body = re.search(function, c_code, re.DOTALL)
    assert body is not None
    # One statement for each operation, and one for each of the 8 samples read.
    values = re.findall(r"^ *(?:float|double) \w+ = (.*);$", body[0], re.MULTILINE)
    multiplications = [value for value in values if " * " in value]
    additions = [value for value in values if " + " in value or " - " in value]
    assert (len(multiplications), len(additions), len(values)) == (11, 29, 11 + 29 + 8)
