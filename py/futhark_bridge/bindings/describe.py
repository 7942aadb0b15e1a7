"""Entry points and types in one line, in Futhark's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .program_info import EntryPoint, Result, TypeInfo


def signature_text(point: EntryPoint) -> str:
    """Return the signature of an entry point: ``scale(k: f32, xs: []f32) -> []f32``.

    A ``*`` marks what the call consumes, and results that alias nothing.
    """
    inputs = ", ".join(f"{p.name}: {'*' * p.unique}{p.type}" for p in point.inputs)
    return f"{point.name}({inputs}) -> {results_text(point.outputs)}"


def results_text(outputs: tuple[Result, ...]) -> str:
    """Return the type of the results; several, or none, are in parentheses."""
    text = ", ".join("*" * result.unique + result.type for result in outputs)
    return text if len(outputs) == 1 else f"({text})"


def structure_text(info: TypeInfo) -> str:
    """Return what a type consists of: ``record {x: f32, y: f32}``."""
    match info.kind:
        case "array" | "record_array" | "opaque_array":
            return f"array of {info.elemtype}, rank {info.rank}"
        case "record" if info.is_tuple:
            return f"tuple ({', '.join(f.type for f in info.fields)})"
        case "record":
            return f"record {{{', '.join(f'{f.name}: {f.type}' for f in info.fields)}}}"
        case "sum":
            names = (" ".join([f"#{v.name}", *v.payload]) for v in info.variants)
            return " | ".join(names)
        case _:
            return "abstract"
