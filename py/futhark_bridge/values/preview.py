"""Previews of values as text and HTML, for notebooks.

Of a large array only the displayed elements are read, with Futhark's index function.
"""

from __future__ import annotations

from html import escape
from itertools import islice, product
from math import prod
from typing import TYPE_CHECKING, Any

from futhark_bridge.arguments.plain import array_to_numpy
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.program.handle import Value
from futhark_bridge.program.parts import payload, project, variant_name

from .html_table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

Preview = tuple[str, str]
"""Text and HTML."""
# Arrays of up to this many elements are copied as a whole.
_WHOLE = 10_000
# Elements displayed at each end of a dimension, and rows of an array of records.
_EDGE = 3
_ROWS = 6
_DEPTH = 3


def array_preview(array: Value) -> Preview:
    """Preview an array of primitives as numpy prints it; large ones are abridged."""
    import numpy as np  # noqa: PLC0415 - only for who wants it

    shown, rank = _sampled(array), len(array.shape)
    text = np.array2string(shown, threshold=1000, edgeitems=_edge(rank))
    if rank > 2:
        return text, f"<pre>{escape(text)}</pre>"
    cells = shown if rank == 2 else shown[None]
    columns = _with_gap(array.shape[-1])
    heads = ["" if j is None else str(j) for j in columns]
    body = []
    for i in _with_gap(cells.shape[0]):
        head = "" if rank == 1 else "…" if i is None else str(i)
        row = [
            "…" if i is None or j is None else _number(cells[i, j].item())
            for j in columns
        ]
        body.append([f"<b>{head}</b>", *row])
    return text, table(["", *heads], body)


def record_preview(record: Value) -> Preview:
    """Preview the fields of a record."""
    fields = [(name, brief(part)) for name, part in _fields(record)]
    return (
        "\n".join(f"{name}: {text}" for name, text in fields),
        table(_names(record), [[escape(text) for _, text in fields]]),
    )


def rows_preview(array: Value) -> Preview:
    """Preview the first elements; the fields of records are columns."""
    lines, body = [], []
    for indices, element in _rows(array):
        index = ", ".join(map(str, indices))
        lines.append(f"{index}: {brief(element)}")
        texts = (
            [brief(part) for _, part in _fields(element)]
            if element.info.kind == "record"
            else [brief(element)]
        )
        body.append([f"<b>{index}</b>", *map(escape, texts)])
    if len(lines) < prod(array.shape):
        lines.append("…")
        body.append(["…"] * (len(body[0]) if body else 1))
    heads = ["", *(_names(array) or [array.info.elemtype])]
    return "\n".join(lines), table(heads, body)


def line_preview(value: Value) -> Preview:
    """Preview a value in one line."""
    text = brief(value)
    return text, f"<pre>{escape(text)}</pre>"


def brief(part: Any, depth: int = 0) -> str:
    """Return a value in one line, in Futhark's notation."""
    if not isinstance(part, Value):
        return _number(part)
    write = _BRIEF.get(part.info.kind)
    if write is None or (depth >= _DEPTH and part.info.kind != "array"):
        return part.type
    return write(part, depth + 1)


def _brief_array(array: Value, _: int) -> str:
    if len(array.shape) != 1 or array.shape[0] > 2 * _EDGE:
        return _sized(array, _)
    return f"[{', '.join(_number(x) for x in _sampled(array).tolist())}]"


def _brief_record(record: Value, depth: int) -> str:
    fields = [(name, brief(x, depth)) for name, x in _fields(record)]
    if record.info.is_tuple:
        return f"({', '.join(text for _, text in fields)})"
    return f"{{{', '.join(f'{name} = {text}' for name, text in fields)}}}"


def _brief_sum(value: Value, depth: int) -> str:
    name = variant_name(value)
    return " ".join([f"#{name}", *(brief(x, depth) for x in payload(value, name))])


def _sized(array: Value, _: int) -> str:
    return f"{''.join(f'[{n}]' for n in array.shape)}{array.info.elemtype}"


_BRIEF = {
    "array": _brief_array,
    "record": _brief_record,
    "sum": _brief_sum,
    "record_array": _sized,
    "opaque_array": _sized,
}


def _sampled(array: Value) -> NDArray[Any]:
    """Return an array to print; only the edges of a large one are set."""
    import numpy as np  # noqa: PLC0415 - only for who wants it

    operation = array.program.operation("index", array.type)
    if prod(array.shape) <= _WHOLE or operation is None:
        return array_to_numpy(array)
    # Pages of zeros that are never written take no memory.
    shown = np.zeros(array.shape, ELEMTYPES[array.info.elemtype].dtype)
    edge = _edge(len(array.shape))
    for indices in product(*(_edges(size, edge) for size in array.shape)):
        shown[indices] = operation.invoke(array, *indices)[0]
    return shown


def _names(value: Value) -> list[str]:
    return [f.name for f in value.info.fields]


def _fields(record: Value) -> list[tuple[str, Any]]:
    return [(name, project(record, name)) for name in _names(record)]


def _rows(array: Value) -> Iterator[tuple[tuple[int, ...], Any]]:
    operation = array.program.operation("index", array.type)
    if operation is None:  # compiled before 0.25.19
        return
    for indices in islice(product(*map(range, array.shape)), _ROWS):
        yield indices, operation.invoke(array, *indices)[0]


def _edge(rank: int) -> int:
    return _EDGE if rank <= 4 else 1


def _edges(size: int, edge: int = _EDGE) -> list[int]:
    """Return the indices at both ends of a dimension, or all of a short one."""
    if size <= 2 * edge:
        return list(range(size))
    return [*range(edge), *range(size - edge, size)]


def _with_gap(size: int) -> list[int | None]:
    """Return the displayed indices, with None in place of omitted ones."""
    shown: list[int | None] = list(_edges(size))
    if len(shown) < size:
        shown.insert(len(shown) // 2, None)
    return shown


def _number(x: object) -> str:
    return f"{x:.6g}" if isinstance(x, float) else str(x).lower()
