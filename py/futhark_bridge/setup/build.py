"""Builds the CFFI module of a Futhark program, and caches it.

The cache key is a hash of the source with all its imports, the back end, and the
versions of the compilers and of Python. An entry is a folder, renamed into place so
that concurrent builds never see an incomplete one. It contains the checksums of its
files; a damaged entry is built again.

The compilers run under a guard, a process that kills them and removes their work folder
when this process ends. A work folder is locked while in use: an unlocked one was left
by a guard that was killed, and the next build removes it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

from futhark_bridge.bindings.manifest import compiler_version
from futhark_bridge.errors import BuildError
from futhark_bridge.spelling import did_you_mean

from . import guard, ispc, patches
from .advice import missing_part
from .compiler import find_compiler
from .places import cache_folder
from .sources import Sources, read_sources
from .work_folder import ALONE, run_guarded, work_folder

FUTHARK_FFI = "futhark-ffi==0.16.0"
"""What makes CFFI modules, as pip knows it."""
BACKENDS = ("c", "multicore", "ispc", "opencl", "cuda", "hip")
_LAYOUT = "2"
"""Part of the cache key: changes with the contents of an entry."""
_BUILD_MODULE = (
    "import sys; from futhark_ffi.build import build; "
    "build(sys.argv[1], sys.argv[1]).compile()"
)


def build(
    source: str | os.PathLike[str],
    backend: str = "multicore",
    out: str | os.PathLike[str] | None = None,
) -> Path:
    """Compile a program and build its CFFI module, or take it from the cache.

    Parameters
    ----------
    source : str or path
        The ``.fut`` file.
    backend : str
        The back end: c, multicore, ispc, opencl, cuda or hip.
    out : str or path, optional
        A folder to copy the module and the manifest to.

    Returns
    -------
    Path
        The module, which `load` takes; its manifest is beside it.

    Raises
    ------
    BuildError
        If there is no compiler, or compiling or building fails.

    Examples
    --------
    >>> futhark_bridge.build("dct.fut", "c", "build")  # doctest: +SKIP
    PosixPath('build/_dct.cpython-311-x86_64-linux-gnu.so')
    """
    if backend not in BACKENDS:
        hint = did_you_mean(backend, BACKENDS)
        raise BuildError(
            f"expected a back end of {', '.join(BACKENDS)}, got {backend}{hint}"
        )
    source = Path(source)
    sources = read_sources(source)
    compiler = find_compiler()
    folder = cache_folder() / "modules" / _key(sources, backend, compiler)
    name = _module_name(source)
    if not guard.is_complete(folder):
        _build_into(folder, compiler, sources, backend, name)
    module = folder / f"_{name}{_suffix()}"
    if out is None:
        return module
    return _copy(module, folder / f"{name}.json", Path(out))


def _module_name(source: Path) -> str:
    """Return a valid identifier for a program: ``my_prog`` for ``my-prog.fut``.

    Letters beyond ASCII become code points, so that different names stay distinct.
    """
    stem = unicodedata.normalize("NFC", source.stem)
    stem = re.sub(r"[^\x00-\x7f]", lambda found: f"_{ord(found[0]):x}_", stem)
    return re.sub(r"\W", "_", stem, flags=re.ASCII)


def _suffix() -> str:
    return str(sysconfig.get_config_var("EXT_SUFFIX"))


def _key(sources: Sources, backend: str, compiler: Path) -> str:
    digest = hashlib.sha256()
    for part in (
        _LAYOUT,
        backend,
        _version_of(compiler),
        _futhark_ffi_version(),
        _suffix(),
        _c_flags(),
        _module_name(Path(sources.name)),
        patches.VERSION,
        sources.name,
    ):
        digest.update(part.encode(errors="surrogateescape") + b"\0")
    for name, content in sorted(sources.files.items()):
        digest.update(name.encode(errors="surrogateescape") + b"\0")
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def _futhark_ffi_version() -> str:
    try:
        return importlib.metadata.version("futhark-ffi")
    except importlib.metadata.PackageNotFoundError as error:
        raise BuildError(
            f"building a program needs the package futhark-ffi, which {sys.executable} "
            f"does not have: run 'futhark-bridge setup', or pip install {FUTHARK_FFI}"
        ) from error


def _version_of(compiler: Path) -> str:
    done = _run([str(compiler), "--version"])
    version = compiler_version(done.stdout.strip().removeprefix("Futhark").strip())
    if done.returncode or version is None:
        raise BuildError(f"{compiler} --version failed:\n{done.stderr.strip()}")
    return version


def _build_into(
    folder: Path, compiler: Path, sources: Sources, backend: str, name: str
) -> None:
    try:
        with work_folder(folder.parent) as (work, lock):
            task = _task(work, compiler, sources, backend, name)
            environment = {**os.environ, "TMPDIR": str(work)}
            if flags := _c_flags():
                environment["CFLAGS"] = flags
            if backend == "ispc":
                environment |= ispc.linking(name)
            done = run_guarded({**task, "target": str(folder)}, lock, environment)
    except OSError as error:
        raise BuildError(
            f"cannot build a module in {folder.parent}: {error}; "
            "set XDG_CACHE_HOME to use another folder"
        ) from error
    if done.returncode != 0:
        raise BuildError(_what_failed(sources, name, done))


def _task(
    work: Path, compiler: Path, sources: Sources, backend: str, name: str
) -> dict[str, Any]:
    """Return the task of a guard: its commands, and the results to keep."""
    # The compiler gets names without a folder: backtraces contain them, and the cache
    # is shared by all copies of the program.
    copy = sources.write(work / "source")
    program = f"./{sources.name}" if sources.name.startswith("-") else sources.name
    compiling = [str(compiler), backend, "--library", "-o", str(work / name), program]
    # futhark_ffi and the C compiler write to the current folder and to stdout.
    building = [sys.executable, "-P", "-c", _BUILD_MODULE, name]
    patching = [*ALONE, patches.__file__, f"{name}.c"]
    kernels = [ispc.compiling(name)] if backend == "ispc" else []
    return {
        "work": str(work),
        "commands": [
            {"arguments": compiling, "cwd": str(copy)},
            {"arguments": patching, "cwd": str(work)},
            *({"arguments": one, "cwd": str(work)} for one in kernels),
            {"arguments": building, "cwd": str(work)},
        ],
        "unchanged": {
            path: hashlib.sha256(content).hexdigest()
            for path, content in sources.outside.items()
        },
        "results": [f"_{name}{_suffix()}", f"{name}.json"],
    }


def _what_failed(
    sources: Sources, name: str, done: subprocess.CompletedProcess[str]
) -> str:
    program, said = sources.path(sources.name), done.stderr.strip()
    if done.returncode < 0:
        how = signal.Signals(-done.returncode).name
        return f"the build of {program} was interrupted: its guard was killed by {how}"
    if done.returncode == guard.FAILED:
        return f"{program} does not compile:\n{sources.with_paths(said)}"
    if advice := missing_part(done.stdout + done.stderr):
        return f"building the module of {name} failed: {advice}"
    lines = (done.stdout + done.stderr).strip().splitlines()
    # The errors of the C compiler come before Python's traceback.
    shown = [line for line in lines if "error:" in line.lower()] + lines[-10:]
    return f"building the module of {name} failed:\n" + "\n".join(
        list(dict.fromkeys(shown))[:20]
    )


def _c_flags() -> str:
    """Return the user's CFLAGS, with -O2 unless they or Python's set a level."""
    flags = os.environ.get("CFLAGS", "")
    default = f"{sysconfig.get_config_var('CFLAGS')} {flags}"
    return flags if re.search(r"-O[1-3s]", default) else f"{flags} -O2".strip()


def _copy(module: Path, manifest: Path, out: Path) -> Path:
    """Copy the module and its manifest into a folder, each atomically."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=out) as folder:
            for path in (manifest, module):
                shutil.copy(path, folder)
            for path in (manifest, module):
                Path(folder, path.name).replace(out / path.name)
    except OSError as error:
        raise BuildError(f"cannot put the module into {out}: {error}") from error
    return out / module.name


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise BuildError(f"cannot run {command[0]}: {error}") from error
