"""Builds a CFFI module of a Futhark program, and keeps it for the next time.

The cache is addressed by content: the source with all files that it imports, the back
end, the compilers and this Python. A result is put in place by one rename of a whole
folder, so that concurrent builders cannot see, or leave, half of one.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from ._manifest import compiler_version
from ._mend import VERSION as MENDS
from ._mend import mend
from .errors import BuildError

_IMPORT = re.compile(r'\bimport\s+"([^"]+)"')
BACKENDS = ("c", "multicore", "opencl", "cuda", "hip")


def cache_folder() -> Path:
    """Give the folder that this package keeps its results in."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "futhark-bridge"


def find_compiler() -> Path:
    """Find the Futhark compiler: ``$FUTHARK``, on PATH, or the one we installed.

    Raises
    ------
    BuildError
        If there is none.
    """
    if named := os.environ.get("FUTHARK"):
        found = shutil.which(named)
        if found is None:
            raise BuildError(f"FUTHARK names {named}, which is no program")
        return Path(found)
    if found := shutil.which("futhark"):
        return Path(found)
    installed = cache_folder() / "bin" / "futhark"
    if installed.is_file():
        return installed
    raise BuildError(
        "no Futhark compiler: not in FUTHARK, not on PATH, and not installed by "
        "`futhark-bridge setup`"
    )


def build(source: Path, backend: str = "multicore", out: Path | None = None) -> Path:
    """Compile a program and build its CFFI module, or find it in the cache.

    Parameters
    ----------
    source : Path
        The ``.fut`` file.
    backend : str
        What to compile with: c, multicore, opencl, cuda or hip.
    out : Path, optional
        A folder to copy the module and the manifest to.

    Returns
    -------
    Path
        The module; its manifest is beside it.

    Raises
    ------
    BuildError
        If there is no compiler, or it, or the C compiler, refuses.
    """
    if backend not in BACKENDS:
        raise BuildError(f"expected a back end of {', '.join(BACKENDS)}, got {backend}")
    if not source.is_file():
        raise BuildError(f"no program: {source} is not a file")
    compiler = find_compiler()
    folder = cache_folder() / "modules" / _key(source, backend, compiler)
    name = _module_name(source)
    if not folder.is_dir():
        _build_into(folder, compiler, source, backend, name)
    module = folder / f"_{name}{_suffix()}"
    return module if out is None else _copy(module, folder / f"{name}.json", out)


def source_files(source: Path) -> list[Path]:
    """List a program's file and all local files that it imports."""
    found: dict[Path, None] = {}
    todo = [source.resolve()]
    while todo:
        path = todo.pop()
        if path in found or not path.is_file():
            continue  # the compiler will say what is missing
        found[path] = None
        text = _strip_comments(path.read_text(encoding="utf-8", errors="replace"))
        todo += [
            (path.parent / f"{name}.fut").resolve() for name in _IMPORT.findall(text)
        ]
    return list(found)


def _strip_comments(text: str) -> str:
    return re.sub(r"--.*", "", text)


def _module_name(source: Path) -> str:
    """Give a stem that Python can import: ``my-prog.fut`` makes ``_my_prog``."""
    return re.sub(r"\W", "_", source.stem)


def _suffix() -> str:
    return str(sysconfig.get_config_var("EXT_SUFFIX"))


def _key(source: Path, backend: str, compiler: Path) -> str:
    files = source_files(source)
    root = files[0].parent
    digest = hashlib.sha256()
    for part in (
        backend,
        _version_of(compiler),
        importlib.metadata.version("futhark-ffi"),
        _suffix(),
        _c_flags(),
        _module_name(source),
        MENDS,
    ):
        digest.update(part.encode() + b"\0")
    for path in sorted(files):
        digest.update(os.path.relpath(path, root).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _version_of(compiler: Path) -> str:
    done = _run([str(compiler), "--version"], Path.cwd())
    version = compiler_version(done.stdout.strip().removeprefix("Futhark").strip())
    if done.returncode or version is None:
        raise BuildError(f"{compiler} --version failed:\n{done.stderr.strip()}")
    return version


def _build_into(
    folder: Path, compiler: Path, source: Path, backend: str, name: str
) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="build-", dir=folder.parent))
    try:
        command = [str(compiler), backend, "--library", "-o", str(work / name)]
        done = _run([*command, str(source.resolve())], source.resolve().parent)
        if done.returncode:
            raise BuildError(f"{source} does not compile:\n{done.stderr.strip()}")
        mend(work / f"{name}.c")
        made = _build_module(work, name)
        result = work / "result"
        result.mkdir()
        shutil.move(work / made, result / made)
        shutil.move(work / f"{name}.json", result / f"{name}.json")
        try:
            result.rename(folder)
        except OSError:
            if not folder.is_dir():  # another builder was first
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build_module(work: Path, name: str) -> str:
    """Build the CFFI module in a process of its own; give its file's name.

    A process, because futhark_ffi works in the current folder and prints, and the C
    compiler prints as well.
    """
    script = (
        "import sys; from futhark_ffi.build import build; "
        "build(sys.argv[1], sys.argv[1]).compile()"
    )
    environment = dict(os.environ)
    if flags := _c_flags():
        environment["CFLAGS"] = flags
    done = _run([sys.executable, "-c", script, name], work, environment)
    made = f"_{name}{_suffix()}"
    if done.returncode or not (work / made).is_file():
        lines = (done.stdout + done.stderr).strip().splitlines()
        # What the C compiler says stands well before Python's traceback about it.
        told = [line for line in lines if "error:" in line] + lines[-10:]
        raise BuildError(
            f"building the module of {name} failed:\n" + "\n".join(told[:20])
        )
    return made


def _c_flags() -> str:
    """Give the user's CFLAGS, with optimisation unless they or Python say how much."""
    flags = os.environ.get("CFLAGS", "")
    default = f"{sysconfig.get_config_var('CFLAGS')} {flags}"
    return flags if re.search(r"-O[1-3s]", default) else f"{flags} -O2".strip()


def _copy(module: Path, manifest: Path, out: Path) -> Path:
    """Put the module and its manifest into a folder, each in one step."""
    out.mkdir(parents=True, exist_ok=True)
    for path in (manifest, module):
        handle, temporary = tempfile.mkstemp(prefix=".", dir=out)
        os.close(handle)
        shutil.copy(path, temporary)
        Path(temporary).replace(out / path.name)
    return out / module.name


def _run(
    command: list[str], cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise BuildError(f"cannot run {command[0]}: {error}") from error
