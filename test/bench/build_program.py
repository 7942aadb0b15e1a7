"""Build the benchmark's program: the CFFI module, and the bare C library for koffi.

``build_program.py PROGRAM.fut BACKEND`` prints JSON: the path of the module and, for
back ends that need no device, that of the library.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from futhark_bridge.setup.build import build
from futhark_bridge.setup.compiler import cache_folder, find_compiler


def main(source: Path, backend: str) -> None:
    """Build both, unless an earlier run has built them."""
    module = build(source, backend)
    # The module's folder is named by all that it was made of.
    library = cache_folder() / "bench" / f"{module.parent.name}.so"
    if backend in ("c", "multicore") and not library.is_file():
        _build_library(source, backend, library)
    found = str(library) if library.is_file() else None
    print(json.dumps({"module": str(module), "library": found}))


def _build_library(source: Path, backend: str, library: Path) -> None:
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        stem = Path(folder, "bench")
        compiler = str(find_compiler())
        subprocess.run(
            [compiler, backend, "--library", "-o", str(stem), str(source)],
            check=True,
            stdout=sys.stderr,
        )
        made = stem.with_suffix(".so")
        # With the compiler and the flags that the CFFI module is built with.
        c_compiler = shlex.split(sysconfig.get_config_var("CC"))
        flags = shlex.split(sysconfig.get_config_var("CFLAGS"))
        files = [str(stem.with_suffix(".c")), "-o", str(made)]
        subprocess.run(
            [*c_compiler, *flags, "-fPIC", "-shared", *files, "-lm", "-lpthread"],
            check=True,
            stdout=sys.stderr,
        )
        made.replace(library)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
