"""Reads and writes files of values."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from futhark_bridge.arguments.nulls import decoded, null_count
from futhark_bridge.arguments.place import describe
from futhark_bridge.errors import ArgumentError
from futhark_bridge.spelling import did_you_mean

from .binary import is_binary, read_binary, write_binary
from .text import read_text, text_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMATS = ("text", "binary", "npy", "npz")
"""The formats that `write_data` writes."""
# A small file can unpack to any amount of data.
_MAX_UNPACKED_BYTES = 2**30
_TOO_LONG = (
    f"expected at most {_MAX_UNPACKED_BYTES} bytes when unpacked, got more; unpack the "
    "file first"
)
_READ_BYTES = 1 << 20
_EXTENSIONS = {
    ".in": "text",
    ".out": "text",
    ".txt": "text",
    ".data": "binary",
    ".bin": "binary",
    ".npy": "npy",
    ".npz": "npz",
}


def read_data(source: str | os.PathLike[str] | bytes) -> list[Any]:
    """Read the values of a file, or of its bytes.

    The first bytes determine the format: Futhark's text or binary data, ``.npy`` or
    ``.npz``; each may be compressed by gzip.

    Parameters
    ----------
    source : str, path or bytes
        The file, or its content.

    Returns
    -------
    list of ndarray or numpy scalar
        The values in their order. In text, whole numbers without a suffix are i32 and
        others f64, as in Futhark.

    Raises
    ------
    ArgumentError
        If the file cannot be read, or its content is not valid.

    Examples
    --------
    >>> futhark_bridge.read_data(b"[1, 2] 3.5f32")  # doctest: +SKIP
    [array([1, 2], dtype=int32), np.float32(3.5)]
    """
    if isinstance(source, bytes):
        data, where = source, "data"
    else:
        where = os.fspath(source)
        try:
            data = Path(source).read_bytes()
        except (OSError, ValueError) as error:
            raise ArgumentError(f"cannot read {where}: {error}") from error
    return [value[()] for value in read_arrays(unzipped(data, where), where)]


def unzipped(data: bytes, where: str) -> bytes:
    """Decompress data in gzip format; return other data unchanged.

    Raises
    ------
    ArgumentError
        If the compressed data is damaged, or more than 1 GiB when unpacked.
    """
    if not data.startswith(b"\x1f\x8b"):
        return data
    parts: list[bytes] = []
    size = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            while part := file.read(_READ_BYTES):
                size += len(part)
                if size > _MAX_UNPACKED_BYTES:
                    raise ArgumentError(f"{where}: {_TOO_LONG}")
                parts.append(part)
    except (OSError, EOFError, zlib.error) as error:
        raise ArgumentError(f"{where}: {error}") from error
    return b"".join(parts)


def read_arrays(data: bytes, where: str) -> list[NDArray[Any]]:
    """Return the values of a file's bytes as arrays; see `read_data`."""
    if data.startswith((b"\x93NUMPY", b"PK\x03\x04", b"PK\x05\x06")):
        return _read_numpy(data, where)
    if is_binary(data):
        return read_binary(data, where)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ArgumentError(f"{where}: neither text nor a known format") from error
    return read_text(text, where)


def _read_numpy(data: bytes, where: str) -> list[NDArray[Any]]:
    try:
        found = np.load(io.BytesIO(data), allow_pickle=False)
        if isinstance(found, np.ndarray):
            return [found]
        size = sum(info.file_size for info in found.zip.infolist())
        if size > max(_MAX_UNPACKED_BYTES, len(data)):
            raise ValueError(_TOO_LONG)
        return [_member(found, name) for name in _names(found)]
    except Exception as error:  # numpy, zipfile and zlib raise different classes
        raise ArgumentError(f"{where}: {error}") from error


def _names(archive: Any) -> list[str]:
    names: list[str] = archive.files
    if len(set(names)) < len(names):
        raise ValueError("several arrays with the same name")
    return names


def _member(archive: Any, name: str) -> NDArray[Any]:
    found = archive[name]
    if not isinstance(found, np.ndarray):  # numpy returns the bytes of other files
        raise TypeError(f"{name} is not an array")
    return found


def write_data(
    target: str | os.PathLike[str],
    *values: Any,
    format: str | None = None,  # noqa: A002
) -> None:
    """Write values to a file that `read_data`, Futhark or numpy reads.

    Parameters
    ----------
    target : str or path
        The file.
    *values
        Arrays of Futhark's element types, handles, or Python numbers. ``.npy`` holds
        one; ``.npz`` names them ``arr_0``, ``arr_1``, ...
    format : {"text", "binary", "npy", "npz"}, optional
        By default determined by the extension: ``.in``, ``.out``, ``.txt`` (text),
        ``.data``, ``.bin`` (binary), ``.npy``, ``.npz``. A further ``.gz`` compresses.

    Raises
    ------
    ArgumentError
        If the extension or format is unknown, or it cannot hold a value.
    """
    path = Path(target)
    data = encode([_array(value, path) for value in values], format, path)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def _array(value: Any, path: Path) -> NDArray[Any]:
    if isinstance(value, np.ma.MaskedArray):
        raise ArgumentError(f"{path}: expected values, got a masked array")
    value = decoded(value)
    if nulls := null_count(value):
        raise ArgumentError(f"{path}: expected values, got {nulls} nulls")
    try:
        array = np.asarray(value)
    except ValueError as error:  # lists of different lengths
        raise ArgumentError(f"{path}: {error}") from error
    if array.dtype.hasobject:
        raise ArgumentError(f"{path}: expected numbers, got {describe(value)}")
    return array


def format_of(path: Path) -> str | None:
    """Return the format for a file's extension, without ``.gz``."""
    name = path.with_suffix("") if path.suffix == ".gz" else path
    return _EXTENSIONS.get(name.suffix)


def encode(values: list[NDArray[Any]], form: str | None, path: Path) -> bytes:
    """Return the bytes of a file with these values; see `write_data`."""
    form = form or format_of(path)
    if form not in FORMATS:
        known = FORMATS if form else _EXTENSIONS
        wrong = form or path.suffix
        raise ArgumentError(
            f"{path}: expected a format of {', '.join(known)}, got {wrong or 'none'}"
            f"{did_you_mean(wrong, known)}"
        )
    if form == "text":
        return "".join(f"{text_of(value)}\n" for value in values).encode()
    if form == "binary":
        return write_binary(values)
    file = io.BytesIO()
    if form == "npz":
        np.savez(file, *values)
    elif len(values) == 1:
        np.save(file, values[0], allow_pickle=False)
    else:
        raise ArgumentError(f"{path}: .npy holds one value, got {len(values)}")
    return file.getvalue()
