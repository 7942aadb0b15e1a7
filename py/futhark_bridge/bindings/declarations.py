"""Reads a program's description from C declarations, for modules without a manifest.

The declarations contain the entry points, the array types and the names of opaque
types, but neither parameter names nor uniqueness, and a scalar f16 looks like a u16.
"""

from __future__ import annotations

import re
from typing import Any

from .identity import program_identity
from .operations import type_operations
from .program_info import (
    EntryPoint,
    OperationInfo,
    Parameter,
    ProgramInfo,
    Result,
    TuningParam,
    TypeInfo,
)

_ARRAY = re.compile(r"struct futhark_([iuf]\d+|bool)_(\d+)d \*")
_OPAQUE = re.compile(r"struct futhark_opaque_(\w+) \*")
_SCALARS = {
    **{f"int{n}_t": f"i{n}" for n in (8, 16, 32, 64)},
    **{f"uint{n}_t": f"u{n}" for n in (8, 16, 32, 64)},
    "float": "f32",
    "double": "f64",
    "_Bool": "bool",
    "bool": "bool",
}
_ENTRY = "futhark_entry_"
_DESCRIBED = re.compile(
    r"futhark_(new|zip|project|index|set|construct|destruct|variant)_opaque_"
)


def read_declarations(
    ffi: Any, lib: Any, tuning_params: tuple[TuningParam, ...] = ()
) -> ProgramInfo:
    """Describe the program of a CFFI module from its C declarations."""
    names = set(dir(lib))
    types: dict[str, TypeInfo] = {}
    entries = []
    operations = []
    for cfun in sorted(n for n in names if n.startswith(_ENTRY)):
        name = cfun[len(_ENTRY) :]
        inputs: list[Parameter] = []
        outputs: list[Result] = []
        for arg in ffi.typeof(getattr(lib, cfun)).args[1:]:
            if arg.kind == "pointer" and arg.item.kind != "struct":
                outputs.append(Result(_type_name(arg.item, types, names)))
            else:
                type_name = _type_name(arg, types, names)
                inputs.append(Parameter(f"arg{len(inputs)}", type_name))
        entries.append(EntryPoint(name, tuple(inputs), tuple(outputs)))
        operations.append(
            OperationInfo(
                *("entry", None, name, tuple(inputs), tuple(outputs), cfun),
                uniqueness_known=False,
            )
        )
    for info in types.values():
        operations += type_operations(info)
    return ProgramInfo(
        backend=_backend(names),
        compiler_version=None,
        program=program_identity(None, (e.name for e in entries)),
        types=tuple(types.values()),
        entry_points=tuple(entries),
        operations=tuple(operations),
        tuning_params=tuning_params,
    )


def has_described_types(lib: Any) -> bool:
    """Return whether a module has records or sums, which only a manifest describes."""
    return any(_DESCRIBED.match(name) for name in dir(lib))


def _type_name(ctype: Any, types: dict[str, TypeInfo], names: set[str]) -> str:
    """Return the Futhark name of a C type; add it to ``types`` if it has handles."""
    if array := _ARRAY.fullmatch(ctype.cname):
        elemtype, rank = array[1], int(array[2])
        name = "[]" * rank + elemtype
        suffix = f"{elemtype}_{rank}d"
        roles: tuple[str, ...] = (
            "free",
            "new",
            "values",
            "shape",
            "index",
            "new_raw",
            "values_raw",
        )
        functions = _functions(roles, suffix, names)
        types.setdefault(
            name, TypeInfo(name, "array", elemtype, rank, functions=functions)
        )
        return name
    if opaque := _OPAQUE.fullmatch(ctype.cname):
        name = opaque[1]
        roles = ("free", "store", "restore")
        functions = _functions(roles, f"opaque_{name}", names)
        types.setdefault(name, TypeInfo(name, "opaque", functions=functions))
        return name
    return _SCALARS[ctype.cname]


def _functions(roles: tuple[str, ...], suffix: str, names: set[str]) -> dict[str, str]:
    wanted = {role: f"futhark_{role}_{suffix}" for role in roles}
    return {role: name for role, name in wanted.items() if name in names}


def _backend(names: set[str]) -> str:
    """Identify the back end by configuration functions that only it has."""
    prefix = "futhark_context_config_"
    if prefix + "set_num_threads" in names:
        return "multicore"
    if prefix + "add_nvrtc_option" in names:
        return "cuda"
    if prefix + "set_platform" in names:
        return "opencl"
    if prefix + "set_device" in names:
        return "hip"
    return "c"
