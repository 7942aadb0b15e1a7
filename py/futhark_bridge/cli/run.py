"""The command ``run``."""

from __future__ import annotations

import gzip
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from futhark_bridge.data.binary import is_binary
from futhark_bridge.data.files import encode, format_of, read_arrays, unzipped
from futhark_bridge.data.literal import parse_literals
from futhark_bridge.data.text import json_of, text_of
from futhark_bridge.data.typed import argument_of
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError
from futhark_bridge.module.module import FutharkModule, load
from futhark_bridge.spelling import did_you_mean
from futhark_bridge.values.array import FutharkArray

if TYPE_CHECKING:
    from argparse import Namespace

    from futhark_bridge.bindings.program_info import EntryPoint

FORMATS = ("text", "binary", "json", "npy", "npz", "stored")


class UsageError(Exception):
    """The arguments of the command are wrong."""


@dataclass(frozen=True, slots=True)
class _Literal:
    value: Any


@dataclass(frozen=True, slots=True)
class _Stored:
    data: bytes


def run(options: Namespace) -> int:
    """Call an entry point with values from the command line, and write its results."""
    with load(
        options.module,
        backend=options.backend,
        num_threads=options.threads,
        device=options.device,
        tuning=options.tuning,
    ) as module:
        points = {point.name: point for point in module.entry_points}
        point = points.get(options.entry)
        if point is None:
            hint = did_you_mean(options.entry, points)
            raise UsageError(
                f"{options.module} has no entry point {options.entry}; it has "
                f"{', '.join(points) or 'none'}{hint}"
            )
        targets = _targets(options, point)
        given = [
            value for k, text in enumerate(options.args) for value in _read(text, k)
        ]
        if len(given) != len(point.inputs):
            wanted = ", ".join(f"{p.name}: {p.type}" for p in point.inputs)
            raise UsageError(
                f"{point.name}: expected {len(point.inputs)} values "
                f"({wanted or 'none'}), got {len(given)}"
            )
        types = {info.name: info for info in module.type_infos}
        arguments = [
            _argument(module, value, p.type, types, f"{point.name} {p.name}")
            for value, p in zip(given, point.inputs, strict=True)
        ]
        found = module.entry[point.name](*arguments)
        results = [found] if len(point.outputs) == 1 else list(found)
        typed = list(zip(results, (r.type for r in point.outputs), strict=True))
        contained = [typed] if len(targets) == 1 else [[each] for each in typed]
        contents = [
            _content(module, values, form, path)
            for values, (path, form) in zip(contained, targets, strict=True)
        ]
    for (path, _), content in zip(targets, contents, strict=True):
        if path is None:
            _print(content)
        else:
            is_gz = path.suffix == ".gz"
            path.write_bytes(gzip.compress(content) if is_gz else content)
    return 0


def _print(content: bytes) -> None:
    sys.stdout.flush()
    rest = memoryview(content)
    while rest:  # with PYTHONUNBUFFERED a write may be partial
        rest = rest[sys.stdout.buffer.write(rest) :]


def _read(text: str, position: int) -> list[Any]:
    """Return the values of one argument: literals, or those of a file or stdin."""
    if text == "-":
        return _values(sys.stdin.buffer.read(), "stdin")
    try:
        is_file = Path(text).is_file()
    except (OSError, ValueError):  # a literal that is not a valid file name
        is_file = False
    if is_file:
        return _values(Path(text).read_bytes(), text)
    where = f"argument {position + 1}"
    try:
        return [_Literal(value) for value in parse_literals(text, where)]
    except ArgumentError as error:
        raise UsageError(f"{error.message}, and there is no such file") from None


def _values(data: bytes, where: str) -> list[Any]:
    data = unzipped(data, where)
    if data.startswith(b"FUTV"):
        return [_Stored(data)]
    if data.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return _arrow(data, where)
    if not is_binary(data) and not data.startswith((b"\x93NUMPY", b"PK")):
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise ArgumentError(f"{where}: neither text nor a known format") from error
        return [_Literal(value) for value in parse_literals(text, where)]
    return list(read_arrays(data, where))


def _arrow(data: bytes, where: str) -> list[Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415 - optional
    except ImportError:
        raise ArgumentError(f"{where}: Arrow needs pip install pyarrow") from None
    try:
        opened = pa.ipc.open_file if data.startswith(b"ARROW1") else pa.ipc.open_stream
        return list(opened(data).read_all().columns)
    except (pa.ArrowException, OSError) as error:
        raise ArgumentError(f"{where}: {error}") from error


def _argument(
    module: FutharkModule, value: Any, name: str, types: Any, where: str
) -> Any:
    if isinstance(value, _Literal):
        return argument_of(value.value, name, types, where)
    if isinstance(value, _Stored):
        if name in ELEMTYPES or types[name].kind == "array":
            raise ArgumentError(f"{where}: expected {name}, got a stored value")
        return module.restore(name, value.data)
    return value


def _targets(options: Namespace, point: EntryPoint) -> list[tuple[Path | None, str]]:
    """Return the destination and format of each result; checked before the call."""
    outputs = options.output or ["-"]
    if len(outputs) not in (1, len(point.outputs)):
        raise UsageError(
            f"{point.name}: expected -o once, or {len(point.outputs)} times, "
            f"got {len(outputs)} times"
        )
    targets: list[tuple[Path | None, str]] = []
    for name in outputs:
        if name == "-":
            targets.append((None, options.format or "text"))
            continue
        path = Path(name)
        inner = path.with_suffix("") if path.suffix == ".gz" else path
        known = {".json": "json", ".futv": "stored"}
        form = options.format or known.get(inner.suffix) or format_of(path)
        if form is None:
            raise UsageError(f"{name}: unknown extension; --format names the format")
        targets.append((path, form))
    names = [name for name in outputs if name != "-"]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"-o {twice}: expected one file for each result, got it twice")
    return targets


def _content(
    module: FutharkModule, results: list[tuple[Any, str]], form: str, path: Path | None
) -> bytes:
    place = path or Path("stdout")
    if form == "stored":
        [(value, name), *others] = results
        if others or name in ELEMTYPES or isinstance(value, FutharkArray):
            raise ArgumentError(f"{place}: holds one record, sum or opaque value")
        stored: bytes = value.store()
        return stored
    plain = [(module.from_futhark(value), name) for value, name in results]
    for value, name in plain:
        if hasattr(value, "store"):
            raise ArgumentError(
                f"a value of type {name} can only be stored: write it with -o FILE.futv"
            )
    if form == "json":
        return "".join(f"{json_of(value)}\n" for value, _ in plain).encode()
    arrays = [_as_array(value, name) for value, name in plain]
    if form == "text":
        lines = (
            json_of(value) if array is None else text_of(array)
            for array, (value, _) in zip(arrays, plain, strict=True)
        )
        return "".join(f"{line}\n" for line in lines).encode()
    for array, (_, name) in zip(arrays, plain, strict=True):
        if array is None:
            raise ArgumentError(
                f"{place}: holds arrays and scalars, not {name}: use .json"
            )
    return encode([array for array in arrays if array is not None], form, place)


def _as_array(value: Any, name: str) -> Any:
    """Return a scalar or an array as an array, and None for anything else."""
    if name in ELEMTYPES:
        return np.asarray(value, ELEMTYPES[name].dtype)
    return value if isinstance(value, np.ndarray) else None
