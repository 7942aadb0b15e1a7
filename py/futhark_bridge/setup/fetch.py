"""Fetches the Futhark compiler into the cache, where the Node package finds it too."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from futhark_bridge.errors import BuildError

from .compiler import find_compiler
from .debian import Machine, Mirror, debian_machine, find_mirror, run, unpack_packages
from .places import cache_folder
from .work_folder import make_private

if TYPE_CHECKING:
    from collections.abc import Callable

RELEASES = ("testing", "stable")
# The Node package removes abandoned folders of this name, under the same lock.
_PREFIX = "work-"
_HOW = (
    "install it (macOS or Linux: brew install futhark; Nix: nix-env -iA "
    "nixpkgs.futhark; else the tarball that futhark-lang.org links to) so that it is "
    "on PATH, or name it with FUTHARK"
)


def compiler_release(path: Path) -> str:
    """Run a compiler and return its version, such as ``0.25.32``.

    Raises
    ------
    BuildError
        If it does not run, or is not a Futhark compiler.
    """
    output = run(str(path), "--version")
    found = re.search(r"Futhark (\d[\w.]*\d)", output)
    if found is None:
        raise BuildError(
            f"{path} is not a Futhark compiler: --version printed {output:.80}"
        )
    return found[1]


def ensure_compiler(
    release: str | None = None, progress: Callable[[str], None] = lambda _: None
) -> Path:
    """Return the compiler that `build` uses; fetch Debian's package if there is none.

    Parameters
    ----------
    release : {"testing", "stable"}, optional
        The release of Debian to fetch from, even if the cache has another compiler; by
        default testing, and stable if that fails.
    progress : callable
        Called with a line that says what is fetched.

    Raises
    ------
    BuildError
        If there is none for this machine; the message says how to install one.
    """
    if release is not None and release not in RELEASES:
        raise BuildError(f"expected a release of {', '.join(RELEASES)}, got {release}")
    if (found := _installed(release)) is not None:
        return found
    try:
        with _setup_lock():
            if (found := _installed(release)) is not None:
                return found
            return _fetch(release, progress)
    except OSError as error:
        raise BuildError(
            f"cannot write to the cache folder {cache_folder()}: {error}; "
            "set XDG_CACHE_HOME to change it"
        ) from error


def _installed(release: str | None) -> Path | None:
    if release is not None and not os.environ.get("FUTHARK"):
        path = cache_folder() / "bin" / f"futhark-{release}"
        return path if path.is_file() else None
    if os.environ.get("FUTHARK"):
        return find_compiler()
    try:
        return find_compiler()
    except BuildError:
        return None


@contextmanager
def _setup_lock() -> Iterator[None]:
    """Exclude other setups, also those of the Node package."""
    folder = cache_folder()
    make_private(folder)
    with (folder / "setup.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f"{_PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def _fetch(release: str | None, progress: Callable[[str], None]) -> Path:
    machine = debian_machine()
    if machine is None:
        raise BuildError(f"no Futhark compiler: {_HOW}")
    mirror = find_mirror()
    if mirror is None:
        raise BuildError(
            f"no Futhark compiler, and no Debian mirror in apt's sources: {_HOW}"
        )
    failures = []
    for origin in RELEASES if release is None else (release,):
        progress(f"fetching the Futhark compiler from Debian {origin}")
        try:
            folder = _fetch_from(origin, mirror, machine)
        except BuildError as error:
            failures.append(f"Debian {origin}: {error.message}")
            continue
        program, names = folder / "futhark", [f"futhark-{origin}"]
        default = cache_folder() / "bin" / "futhark"
        if release is not None or not default.exists():
            names.append("futhark")
        for name in names:
            _link(program, default.with_name(name))
        return default.with_name(names[-1])
    raise BuildError(
        "no Futhark compiler, and Debian's package could not be fetched; check the "
        f"network, or {_HOW}\n" + "\n".join(failures)
    )


def _fetch_from(release: str, mirror: Mirror, machine: Machine) -> Path:
    cache = cache_folder()
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=cache) as name:
        work = Path(name)
        root = unpack_packages(["futhark"], mirror, release, machine, work / "apt")
        shutil.rmtree(root / "usr" / "share", ignore_errors=True)  # documentation
        trial = work / "futhark"
        _write_wrapper(trial, root, machine, root)
        folder = cache / f"futhark-{compiler_release(trial)}"
        if not folder.exists():
            ready = work / "ready"
            ready.mkdir()
            root.rename(ready / "root")
            wrapper = ready / "futhark"
            _write_wrapper(wrapper, folder / "root", machine, ready / "root")
            ready.rename(folder)
        return folder


def _write_wrapper(path: Path, root: Path, machine: Machine, present: Path) -> None:
    """Write the script that runs the compiler with the libc of its release.

    That of the system may be older. Programs that the compiler starts are not affected.
    ``present`` is the folder that will be moved to ``root``.
    """
    folders = (Path("usr/lib", machine.triplet), Path("lib", machine.triplet))
    found = [each for each in folders if (present / each / machine.loader).exists()]
    if not found:
        raise BuildError(f"no {machine.loader} in libc's package")
    library = root / found[0]
    words = [
        library / machine.loader,
        "--library-path",
        library,
        root / "usr/bin/futhark",
    ]
    command = " ".join(shlex.quote(str(word)) for word in words)
    path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    path.chmod(0o755)


def _link(target: Path, path: Path) -> None:
    """Replace a link atomically, so that other processes never find it missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.rename(path)
