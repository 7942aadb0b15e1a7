"""Reports which sizes of a call's arguments differ although they must be equal.

The C code of an entry point compares them one by one. Modules built by this package
list the compared sizes below its message (see `futhark_bridge.setup.patches`)::

 Sizes: n_12 in0[0]=2; n_12 in1.v2[0]=1; 3 in1.v0[1]=4; m_13 in2=7

that is, the size's name or number; the parameter; the leaf of its value, because C
flattens records; and the dimension, unless it is a scalar.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from futhark_bridge.bindings.program_info import Parameter, TypeInfo

_LIST = re.compile(r"^Sizes: (.*)$", re.MULTILINE)
_ITEM = re.compile(r"(\w+) in(\d+)(?:\.v(\d+))?(?:\[(\d+)\])?=(-?\d+)")


def size_differences(
    text: str, inputs: Sequence[Parameter], types: Mapping[str, TypeInfo]
) -> str:
    """Return what differs: ``xs.shape[0] = 2 and ys.shape[0] = 1 must be equal``.

    Empty if the text does not contain sizes.
    """
    found = _LIST.search(text)
    groups: dict[str, list[tuple[str, int]]] = {}
    for item in _ITEM.finditer(found[1]) if found else ():
        size, position, leaf, dimension, value = item.groups()
        place = _place(inputs[int(position)], leaf, types)
        if dimension is not None:
            place += f".shape[{dimension}]"
        groups.setdefault(size, []).append((place, int(value)))
    return "; ".join(said for size in groups for said in _said(size, groups[size]))


def _said(size: str, places: list[tuple[str, int]]) -> Iterator[str]:
    if size.isdecimal():
        for place, value in places:
            if value != int(size):
                yield f"{place} = {value} must be {size}"
    elif len({value for _, value in places}) > 1:
        listed = " and ".join(f"{place} = {value}" for place, value in places)
        name = re.sub(r"_\d+$", "", size)
        yield f"{listed} must be equal ({name})"


def _place(
    parameter: Parameter, leaf: str | None, types: Mapping[str, TypeInfo]
) -> str:
    if leaf is None:
        return parameter.name
    paths = list(_leaves(parameter.type, types))
    path = paths[int(leaf)] if int(leaf) < len(paths) else None
    return f"a part of {parameter.name}" if path is None else parameter.name + path


def _leaves(name: str, types: Mapping[str, TypeInfo]) -> Iterator[str | None]:
    """Return the paths of a value's leaves; None ends them if only C knows the rest."""
    info = types.get(name)
    if info is None or info.kind == "array":
        yield ""
    elif info.kind in ("record", "record_array"):
        for field in info.fields:
            for path in _leaves(field.type, types):
                yield None if path is None else f".{field.name}{path}"
                if path is None:
                    return
    else:
        yield None
