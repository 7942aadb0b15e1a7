"""Locates and loads a CFFI module and its manifest."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from futhark_bridge.errors import BuildError

_IMPORT_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
# Loaded modules by path and version of the file.
_LOADED: dict[tuple[Path, tuple[int, ...]], Any] = {}
_SUFFIXES = tuple(importlib.machinery.EXTENSION_SUFFIXES)


@dataclass(frozen=True, slots=True)
class Located:
    """A loaded module: ``ffi`` and ``lib``, its file, and its manifest or None."""

    ffi: Any
    lib: Any
    path: Path
    manifest: dict[str, Any] | None


def locate(module: str, cwd: str | os.PathLike[str] | None, backend: str) -> Located:
    """Locate and load a module by import name, file, stem, manifest or source.

    Parameters
    ----------
    cwd : path or None
        Base of relative paths and import names; None is the current folder.
    backend : str
        Back end to compile ``.fut`` files with.

    Raises
    ------
    BuildError
        If it is not found; the message lists what was tried.
    """
    folder = Path(cwd or Path.cwd()).absolute()
    path = folder / module
    if path.suffix == ".fut":
        from .build import build  # noqa: PLC0415 - only for sources

        return _load_file(build(path, backend))
    if path.suffix == ".json":
        return _load_file(_extension_of(path.parent, path.stem), path)
    if module.endswith(_SUFFIXES) or path.suffix == ".so":
        return _load_file(path)
    tried = []
    stem = path.name.removeprefix("_")
    for suffix in _SUFFIXES:
        candidate = path.parent / f"_{stem}{suffix}"
        if candidate.is_file():
            return _load_file(candidate)
        tried.append(str(candidate))
    if _IMPORT_NAME.fullmatch(module):
        return _load_import(module, folder, tried)
    raise BuildError(f"no module {module}; tried {', '.join(tried)}")


def _extension_of(folder: Path, stem: str) -> Path:
    candidates = [folder / f"_{stem}{suffix}" for suffix in _SUFFIXES]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    tried = ", ".join(map(str, candidates))
    raise BuildError(f"manifest {folder / stem}.json has no module; tried {tried}")


def _load_import(name: str, cwd: Path, tried: list[str]) -> Located:
    # Appended, so that the user's files are found but shadow no other module.
    sys.path.append(str(cwd))
    importlib.invalidate_caches()  # the module may be new
    try:
        loaded = importlib.import_module(name)
    except ModuleNotFoundError as error:
        tried.append(f"import {name}: {error}")
        raise BuildError(f"no module {name}; tried {'; '.join(tried)}") from error
    except Exception as error:
        raise BuildError(f"import {name}: {error}") from error
    finally:
        _remove_last(sys.path, str(cwd))
    # A built-in module has no file.
    return _located(loaded, Path(getattr(loaded, "__file__", None) or name), None)


def _remove_last(items: list[str], item: str) -> None:
    """Remove the last occurrence of an item: earlier ones belong to the user."""
    for place in reversed(range(len(items))):
        if items[place] == item:
            del items[place]
            return


def _load_file(path: Path, manifest: Path | None = None) -> Located:
    if not path.is_file():
        raise BuildError(f"no module: {path} is not a file")
    # The name in the module's init function, which is that before the ABI tags.
    name = path.name.partition(".")[0]
    is_now = _version(path)
    loaded = _LOADED.get((path, is_now))
    if loaded is None:
        stale = any(known == path for known, _ in _LOADED)
        loaded = _load_copy(name, path) if stale else _load_extension(name, path)
        _LOADED[path, is_now] = loaded
    return _located(loaded, path, manifest)


def _version(path: Path) -> tuple[int, ...]:
    """Return a value that changes with the content of a file."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _load_extension(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BuildError(f"{path} is not an extension module of this Python")
    # The module adds itself to sys.modules, where `random.fut` would replace `_random`.
    names = (name, f"{name}.lib")
    others = {each: sys.modules[each] for each in names if each in sys.modules}
    try:
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
    except ImportError as error:
        raise BuildError(f"cannot load {path}: {error}") from error
    finally:
        for each in names:
            sys.modules.pop(each, None)
        sys.modules.update(others)
    return loaded


def _load_copy(name: str, path: Path) -> Any:
    """Load a file whose path was loaded before with different content.

    Python and the dynamic linker identify it by path, so a copy is loaded. The copy is
    deleted at once; it stays mapped.
    """
    with tempfile.TemporaryDirectory(prefix="futhark-bridge-") as folder:
        return _load_extension(name, Path(shutil.copy(path, folder)))


def _located(loaded: Any, path: Path, manifest: Path | None) -> Located:
    ffi, lib = getattr(loaded, "ffi", None), getattr(loaded, "lib", None)
    if ffi is None or not hasattr(lib, "futhark_context_new"):
        raise BuildError(f"{path} is not a CFFI module of a Futhark program")
    if manifest is None:
        stem = path.name.partition(".")[0].removeprefix("_")
        beside = path.with_name(f"{stem}.json")
        manifest = beside if beside.is_file() else None
    if manifest is None:
        _check_unmarked(path, beside)
        return Located(ffi, lib, path, None)
    return Located(ffi, lib, path, _read_json(manifest))


def _check_unmarked(path: Path, manifest: Path) -> None:
    """Reject a module that was built with a manifest: its types would differ."""
    from .patches import MARK  # noqa: PLC0415 - most modules have a manifest

    try:
        marked = MARK.encode() in path.read_bytes()
    except OSError:  # built into Python, or replaced at this moment
        return
    if marked:
        raise BuildError(
            f"{path} was built with a manifest, and there is no {manifest.name} beside "
            "it: copy it there too, or build the program again"
        )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BuildError(f"cannot read the manifest {path}: {error}") from error
    if not isinstance(content, dict) or "entry_points" not in content:
        raise BuildError(f"{os.fspath(path)} is not a Futhark manifest")
    return content
