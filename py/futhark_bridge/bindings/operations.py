"""The operations of a type."""

from __future__ import annotations

from .program_info import OperationInfo, Parameter, Result, TypeInfo


def type_operations(info: TypeInfo) -> list[OperationInfo]:
    """List the operations of a type, in the order that the protocol defines."""
    name, functions = info.name, info.functions
    itself, whole = Result(name), Parameter(_article(info), name)
    fields = tuple(Parameter(f.name, f.type) for f in info.fields)
    out = []
    if info.kind == "record":
        # Old compilers have no C function for the unit type: it is restored from bytes.
        new = functions.get("new", "")
        out.append(OperationInfo("new", name, None, fields, (itself,), new))
    for f in info.fields:
        project = functions[f"project:{f.name}"]
        out.append(
            OperationInfo("project", name, f.name, (whole,), (Result(f.type),), project)
        )
    if info.can_zip:
        out.append(
            OperationInfo("zip", name, None, fields, (itself,), functions["zip"])
        )
    for v in info.variants:
        payload = tuple(Parameter(f"v{i}", t) for i, t in enumerate(v.payload))
        parts = tuple(Result(t) for t in v.payload)
        make, take = functions[f"construct:{v.name}"], functions[f"destruct:{v.name}"]
        out.append(OperationInfo("construct", name, v.name, payload, (itself,), make))
        out.append(OperationInfo("destruct", name, v.name, (whole,), parts, take))
    if info.kind == "sum":
        which = functions["variant"]
        out.append(
            OperationInfo("variant", name, None, (whole,), (Result("i32"),), which)
        )
    indices = tuple(Parameter(f"i{k}", "i64") for k in range(info.rank))
    if info.rank and "index" in functions:
        element = (Result(info.elemtype),)
        index = functions["index"]
        out.append(
            OperationInfo("index", name, None, (whole, *indices), element, index)
        )
    if info.can_set:
        target = Parameter(whole.name, name, unique=True)
        element_in = Parameter("element", info.elemtype)
        inputs = (target, element_in, *indices)
        out.append(OperationInfo("set", name, None, inputs, (), functions["set"]))
    return out


def _article(info: TypeInfo) -> str:
    return "array" if info.rank else "value"
