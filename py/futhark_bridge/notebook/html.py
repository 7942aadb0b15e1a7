"""How values and modules look in a notebook, as plain text and as HTML."""

from __future__ import annotations

from html import escape
from math import prod
from typing import TYPE_CHECKING, Any

from futhark_bridge.values.array import FutharkArray
from futhark_bridge.values.opaque_array import FutharkOpaqueArray
from futhark_bridge.values.record import FutharkRecord

from .preview import array_text, brief, edges, number, parts, preview_array, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from futhark_bridge.module.module import FutharkModule
    from futhark_bridge.program.handle import Value

Bundle = dict[str, str]


def value_bundle(value: Value) -> Bundle:
    """Show a handle: its type, its shape, a small preview."""
    if value.state != "live":
        return {"text/plain": repr(value)}
    text, table = _preview(value)
    title = repr(value).strip("<>")
    return {
        "text/plain": f"{title}\n{text}" if text else title,
        "text/html": f"<div><code>{escape(title)}</code>{table}</div>",
    }


def module_bundle(module: FutharkModule) -> Bundle:
    """Show a module: its entry points, with their types and documentation."""
    entries = [module.entry[name] for name in module.entry]
    signatures = [repr(entry).removeprefix("<entry ").strip(">") for entry in entries]
    title = repr(module).strip("<>")
    table = _table(
        ["entry point", ""],
        [
            (f"<code>{escape(text)}</code>", escape(entry.point.doc or ""))
            for text, entry in zip(signatures, entries, strict=True)
        ],
    )
    return {
        "text/plain": "\n  ".join([title, *signatures]),
        "text/html": f"<div><code>{escape(title)}</code>{table}</div>",
    }


def _preview(value: Value) -> tuple[str, str]:
    """Give the preview as text and as HTML; empty for what cannot be looked into."""
    if isinstance(value, FutharkArray):
        return array_text(value), _array_html(value)
    if isinstance(value, FutharkRecord):
        fields = [(name, brief(part)) for name, part in parts(value)]
        return (
            "\n".join(f"{name}: {text}" for name, text in fields),
            _table(value.fields, [[escape(text) for _, text in fields]]),
        )
    if isinstance(value, FutharkOpaqueArray):
        return _rows(value)
    text = brief(value)
    if text == value.type:
        return "", ""
    return text, f"<pre>{escape(text)}</pre>"


def _array_html(array: FutharkArray) -> str:
    if array.rank > 2:
        return f"<pre>{escape(array_text(array))}</pre>"
    shown = preview_array(array)
    cells = shown if array.rank == 2 else shown[None]
    columns = _with_gap(array.shape[-1])
    heads = ["" if j is None else str(j) for j in columns]
    body = []
    for i in _with_gap(cells.shape[0]):
        head = "" if array.rank == 1 else "…" if i is None else str(i)
        row = [
            "…" if i is None or j is None else number(cells[i, j].item())
            for j in columns
        ]
        body.append([f"<b>{head}</b>", *row])
    return _table(["", *heads], body)


def _with_gap(size: int) -> list[int | None]:
    """Give the indices that are shown, None for what is left out between them."""
    shown: list[int | None] = list(edges(size))
    if len(shown) < size:
        shown.insert(len(shown) // 2, None)
    return shown


def _rows(array: FutharkOpaqueArray) -> tuple[str, str]:
    """Show the first elements: records by column, others as they are."""
    lines, body = [], []
    for indices, element in rows(array):
        index = ", ".join(map(str, indices))
        lines.append(f"{index}: {brief(element)}")
        texts = (
            [brief(part) for _, part in parts(element)]
            if isinstance(element, FutharkRecord)
            else [brief(element)]
        )
        body.append([f"<b>{index}</b>", *map(escape, texts)])
    if len(lines) < prod(array.shape):
        lines.append("…")
        body.append(["…"] * (len(body[0]) if body else 1))
    return "\n".join(lines), _table(["", *(array.fields or [array.elemtype])], body)


def _table(heads: Iterable[str], body: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    lines = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
