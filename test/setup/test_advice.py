from pathlib import Path

import pytest

from futhark_bridge.errors import BuildError
from futhark_bridge.setup.advice import missing_part
from futhark_bridge.setup.build import build


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("x.c:1:10: fatal error: CL/cl.h: No such file or directory", "CL/cl.h"),
        ("x.c:1:10: fatal error: 'cuda.h' file not found", "CUDA toolkit"),
        ("/usr/bin/ld: cannot find -lnvrtc: No such file", "the library nvrtc"),
        ("fatal error: hip/hip_runtime.h: No such file or directory", "ROCm"),
        ("fatal error: Python.h: No such file or directory", "python3-dev"),
    ],
)
def test_a_missing_part_of_a_back_end_is_named_with_what_to_install(
    output: str, message: str
) -> None:
    advice = missing_part(f"something before\n{output}\ncompilation terminated.\n")
    assert advice is not None
    assert message in advice


@pytest.mark.parametrize(
    "output", ["", "error: y undeclared", "fatal error: mine.h: No such file"]
)
def test_other_failures_have_no_advice(output: str) -> None:
    assert missing_part(output) is None


def test_a_build_without_a_header_gives_advice_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A compiler that finds no header of OpenCL, wherever they are.
    compiler = tmp_path / "cc"
    compiler.write_text(
        "#!/bin/sh\necho 'x.c:9:10: fatal error: CL/cl.h: No such file or directory' "
        ">&2\nexit 1\n"
    )
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    program = tmp_path / "small.fut"
    program.write_text("entry main (x: i32) : i32 = x\n")
    with pytest.raises(BuildError) as caught:
        build(program, "opencl")
    text = str(caught.value)
    assert "does not find CL/cl.h: install OpenCL's headers" in text
    assert "Traceback" not in text
    assert "\n" not in text
