"""Reads the manifest that the compiler writes with a library.

Two forms are accepted: ``outputs`` (a list, up to 0.26.0) and ``output`` (a single
result, which may be a tuple); both are read as a list of outputs. Unknown keys are
ignored, and keys that older compilers do not write may be missing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import BuildError

from .identity import program_identity
from .manifest_types import (
    check_types,
    doc_at,
    list_of,
    mapping_at,
    rank_at,
    text_at,
    texts_at,
    unique_at,
)
from .operations import type_operations
from .program_info import (
    EntryPoint,
    Field,
    OperationInfo,
    Parameter,
    ProgramInfo,
    Result,
    TuningParam,
    TypeInfo,
    TypeKind,
    Variant,
)
from .uniqueness import is_one_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNIT = "()"
_VERSION = re.compile(r"[ \t\r\n]*([!-~]{0,64})")


def read_manifest(
    manifest: Mapping[str, Any], tuning_params: tuple[TuningParam, ...] = ()
) -> ProgramInfo:
    """Read a manifest, given as parsed JSON.

    Raises
    ------
    BuildError
        If it is not a manifest, or uses a type that it does not describe.
    """
    try:
        return _read(manifest, tuning_params)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise BuildError(f"not a Futhark manifest: {error!r}") from error


def _read(manifest: Mapping[str, Any], tuning: tuple[TuningParam, ...]) -> ProgramInfo:
    types = {n: _read_type(n, t) for n, t in manifest["types"].items()}
    check_types(types)
    calls = [_read_entry(n, e, types) for n, e in manifest["entry_points"].items()]
    operations = [call for _, call in calls]
    for info in types.values():
        operations += type_operations(info)
    known = types.keys() | ELEMTYPES.keys()
    for used in _types_used(operations):
        if used not in known:
            raise ValueError(f"type {used} is not described")
    version = None
    if manifest.get("version") is not None:
        version = compiler_version(text_at(manifest, "version"))
    return ProgramInfo(
        backend=text_at(manifest, "backend"),
        compiler_version=version,
        program=program_identity(version, manifest["entry_points"]),
        types=tuple(types.values()),
        entry_points=tuple(entry for entry, _ in calls),
        operations=tuple(operations),
        tuning_params=tuning,
    )


def compiler_version(text: str | None) -> str | None:
    """Return the version number that a text starts with: its leading visible ASCII."""
    found = _VERSION.match(text or "")
    return (found[1].rstrip(".") if found else "") or None


def _types_used(operations: list[OperationInfo]) -> Iterator[str]:
    for operation in operations:
        yield from (p.type for p in operation.inputs)
        yield from (r.type for r in operation.outputs)


def _read_entry(
    name: str, entry: Mapping[str, Any], types: Mapping[str, TypeInfo]
) -> tuple[EntryPoint, OperationInfo]:
    inputs = tuple(
        Parameter(text_at(i, "name"), text_at(i, "type"), unique_at(i))
        for i in list_of(entry["inputs"])
    )
    via = None
    given = [entry["output"]] if "output" in entry else list_of(entry["outputs"])
    outputs = tuple(_read_output(o) for o in given)
    # Up to 0.26.0 a tuple has several outputs, but `*(a, b)` has one.
    if len(outputs) == 1:
        (output,) = outputs
        tuple_type = types.get(output.type)
        if output.type.startswith("(") and tuple_type and tuple_type.is_tuple:
            via = output.type
            outputs = _unpacked(output, tuple_type)
    point = EntryPoint(
        name=name,
        inputs=inputs,
        outputs=outputs,
        doc=doc_at(entry),
        attributes=texts_at(entry, "attributes"),
        tuning_params=texts_at(entry, "tuning_params"),
    )
    results = tuple(
        Result(o.type, o.unique and is_one_array(o.type, types)) for o in outputs
    )
    call = OperationInfo(
        "entry", None, name, inputs, results, text_at(entry, "cfun"), via
    )
    return point, call


def _unpacked(output: Result, tuple_type: TypeInfo) -> tuple[Result, ...]:
    """Return the parts of a tuple; only a lone non-scalar part can be known unique."""
    types = [f.type for f in tuple_type.fields]
    alone = sum(t not in ELEMTYPES for t in types) == 1
    return tuple(Result(t, output.unique and alone) for t in types)


def _read_output(output: Mapping[str, Any]) -> Result:
    return Result(text_at(output, "type"), unique_at(output))


def _read_type(name: str, entry: Mapping[str, Any]) -> TypeInfo:
    ops = mapping_at(entry, "ops")
    functions = {role: text_at(ops, role) for role in ops}
    if not functions.get("index"):
        functions.pop("index", None)
    doc = doc_at(entry)
    if entry["kind"] == "array":
        return TypeInfo(
            name,
            "array",
            elemtype=_elemtype(entry),
            rank=rank_at(entry),
            doc=doc,
            functions=functions,
        )
    if (record := entry.get("record")) is not None:
        functions["new"] = text_at(record, "new")
        fields = _read_fields(record, functions)
        return TypeInfo(
            name,
            "record",
            fields=fields,
            is_tuple=all(f.name == str(i) for i, f in enumerate(fields)),
            can_new=True,
            doc=doc,
            functions=functions,
        )
    if name == UNIT:
        # Compilers before 0.25.35 list the unit type without its (empty) record.
        return TypeInfo(
            name, "record", is_tuple=True, can_new=True, doc=doc, functions=functions
        )
    if (variants := entry.get("sum")) is not None:
        functions["variant"] = text_at(variants, "variant")
        for v in list_of(variants["variants"]):
            functions[f"construct:{v['name']}"] = text_at(v, "construct")
            functions[f"destruct:{v['name']}"] = text_at(v, "destruct")
        return TypeInfo(
            name,
            "sum",
            variants=tuple(
                Variant(text_at(v, "name"), texts_at(v, "payload"))
                for v in variants["variants"]
            ),
            doc=doc,
            functions=functions,
        )
    kind: TypeKind = "record_array"
    if entry.get(kind) is None:
        kind = "opaque_array"
    array = entry.get(kind)
    if array is None:
        return TypeInfo(name, "opaque", doc=doc, functions=functions)
    for role in ("zip", "index", "shape", "new", "set"):
        if array.get(role) is not None and text_at(array, role):
            functions[role] = text_at(array, role)
    return TypeInfo(
        name,
        kind,
        elemtype=text_at(array, "elemtype"),
        rank=rank_at(array),
        fields=_read_fields(array, functions),
        can_new=bool(array.get("new")),
        can_set=bool(array.get("set")),
        can_zip=kind == "record_array" and bool(array.get("zip")),
        doc=doc,
        functions=functions,
    )


def _elemtype(entry: Mapping[str, Any]) -> str:
    elemtype = text_at(entry, "elemtype")
    if elemtype not in ELEMTYPES:
        raise ValueError(f"unknown elemtype {elemtype}")
    return elemtype


def _read_fields(
    entry: Mapping[str, Any], functions: dict[str, str]
) -> tuple[Field, ...]:
    fields = entry.get("fields")
    fields = list_of([] if fields is None else fields)
    for f in fields:
        functions[f"project:{f['name']}"] = text_at(f, "project")
    return tuple(Field(text_at(f, "name"), text_at(f, "type")) for f in fields)
