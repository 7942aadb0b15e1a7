"""What travels to the nodes: the built module, its source, and this package.

It goes through Ray's object store, to each node once, and stays there under the hash of
its content; so the nodes need only Ray, NumPy and CFFI.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from futhark_bridge.setup.locate import locate

from .actor import Shipment, this_kind

if TYPE_CHECKING:
    from futhark_bridge.program.options import Options

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Bundle:
    """A program and this package as a zip file, its hash, and what is where in it."""

    data: bytes
    digest: str
    shipment: Shipment


def pack(module: str, options: Options) -> Bundle:
    """Pack a program, which is built if necessary.

    Raises
    ------
    BuildError
        If it cannot be found, compiled, built or loaded here.
    """
    located = locate(module, options.cwd, options.backend)
    files = {f"program/{located.path.name}": located.path.read_bytes()}
    name = located.path.name
    if located.manifest is not None:
        name = f"{name.partition('.')[0].removeprefix('_')}.json"
        files[f"program/{name}"] = json.dumps(located.manifest).encode()
    files |= _tree(_PACKAGE, "py/futhark_bridge", "*.py")
    source = None
    path = Path(options.cwd or Path.cwd(), module)
    if path.suffix == ".fut":
        source = _add_source(path, files)
    data = _zipped(files)
    shipment = Shipment(f"program/{name}", source, this_kind())
    return Bundle(data, hashlib.sha256(data).hexdigest(), shipment)


def _add_source(path: Path, files: dict[str, bytes]) -> str | None:
    from futhark_bridge.setup.sources import read_sources  # noqa: PLC0415 - seldom

    sources = read_sources(path)
    if sources.outside:  # imported by absolute paths, which other nodes do not have
        return None
    with tempfile.TemporaryDirectory(prefix="futhark-bridge-") as work:
        folder = sources.write(Path(work, "source"))
        files |= _tree(Path(work, "source"), "source", "*")
        return str((folder / sources.name).relative_to(work))


def _tree(folder: Path, name: str, pattern: str) -> dict[str, bytes]:
    return {
        f"{name}/{path.relative_to(folder)}": path.read_bytes()
        for path in sorted(folder.rglob(pattern))
        if path.is_file()
    }


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            # With a date of its own, so that the same files give the same hash.
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, data)
    return out.getvalue()
