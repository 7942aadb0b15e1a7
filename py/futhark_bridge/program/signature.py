"""The properties of an operation that its generated call depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from futhark_bridge.elemtypes import ELEMTYPES

if TYPE_CHECKING:
    from futhark_bridge.bindings.program_info import OperationInfo

# How a parameter or result is passed: a handle, or a scalar (f16 as its bits).
Passing = Literal["handle", "scalar", "f16"]


@dataclass(frozen=True, slots=True)
class Signature:
    """Everything that the generated text depends on.

    ``consumed`` are the positions of inputs that C may overwrite, ``unique`` those of
    outputs that alias nothing. ``in_place``: the first input is written to.
    ``unpacked``: the C function returns a tuple, whose fields are the outputs.
    ``checks_variant``: the first input must be of one variant. ``entry``: outputs may
    be constants of the program. ``syncs``: wait for the device before using results.
    """

    inputs: tuple[Passing, ...]
    outputs: tuple[Passing, ...]
    consumed: frozenset[int] = frozenset()
    unique: frozenset[int] = frozenset()
    entry: bool = True
    in_place: bool = False
    unpacked: bool = False
    checks_variant: bool = False
    variant_result: bool = False
    syncs: bool = False


def signature_of(info: OperationInfo, *, gpu: bool) -> Signature:
    """Return the signature of an operation of a program on a GPU, or not."""
    inputs = tuple(_passing(p.type) for p in info.inputs)
    outputs = tuple(_passing(r.type) for r in info.outputs)
    in_place = info.of == "set"
    return Signature(
        inputs,
        outputs,
        consumed=frozenset(
            i
            for i, p in enumerate(info.inputs)
            if inputs[i] == "handle"
            and (not info.uniqueness_known or (p.unique and not in_place))
        ),
        unique=frozenset(
            j
            for j, r in enumerate(info.outputs)
            if r.unique or (info.of != "entry" and "handle" not in inputs)
        ),
        entry=info.of == "entry",
        in_place=in_place,
        unpacked=info.via is not None,
        checks_variant=info.of == "destruct",
        variant_result=info.of == "variant",
        # C copies scalars asynchronously from and to the device, also those
        # within elements of arrays, into memory that we read or free.
        syncs=gpu
        and (info.of in ("index", "set") or set(outputs) - {"handle"} != set()),
    )


def _passing(type_name: str) -> Passing:
    if type_name not in ELEMTYPES:
        return "handle"
    return "f16" if type_name == "f16" else "scalar"
