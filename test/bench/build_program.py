"""Build the benchmark's program: CFFI module, bare C library for koffi, server.

``build_program.py PROGRAM.fut BACKEND`` prints JSON: the path of the module and, for
back ends that need no device, those of the library and of the server.
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
from futhark_bridge.setup.compiler import find_compiler
from futhark_bridge.setup.places import cache_folder


def main(source: Path, backend: str) -> None:
    """Build all, unless they are there from the last time."""
    module = build(source, backend)
    # The module's folder is named by all that it was made of.
    stem = cache_folder() / "bench" / module.parent.name
    made = {"library": stem.with_suffix(".so"), "server": stem.with_suffix(".server")}
    if backend in ("c", "multicore"):
        if not made["library"].is_file():
            _build_library(source, backend, made["library"])
        if not made["server"].is_file():
            _compile(source, backend, "--server", made["server"])
    found = {name: str(path) if path.is_file() else None for name, path in made.items()}
    print(json.dumps({"module": str(module), **found}))


def _compile(source: Path, backend: str, form: str, target: Path) -> None:
    compiler = str(find_compiler())
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder, "bench")
        subprocess.run(
            [compiler, backend, form, "-o", str(made), str(source)],
            check=True,
            stdout=sys.stderr,
        )
        made.replace(target)


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
