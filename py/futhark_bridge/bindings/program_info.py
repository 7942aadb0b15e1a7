"""The description of a program: its types, entry points and operations.

An *operation* is a C function on typed values: an entry point, or a function that
constructs or takes apart values. Their order is part of the protocol: a call names an
operation by its index.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

TypeKind = Literal["array", "record", "sum", "record_array", "opaque_array", "opaque"]
OperationKind = Literal[
    "entry",
    "new",
    "project",
    "zip",
    "construct",
    "destruct",
    "variant",
    "index",
    "set",
]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record, or of the elements of an array of records."""

    name: str
    type: str

    def to_json(self) -> dict[str, object]:
        """Return the JSON form that HELLO's reply has."""
        return {"name": self.name, "type": self.type}


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of a sum type."""

    name: str
    payload: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return the JSON form that HELLO's reply has."""
        return {"name": self.name, "payload": list(self.payload)}


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A type that has handles, that is any type but a scalar.

    ``elemtype`` is the element type of an array; ``is_tuple`` is true if the fields are
    named 0, 1, ...; ``functions`` maps roles to names of C functions.
    """

    name: str
    kind: TypeKind
    elemtype: str = ""
    rank: int = 0
    fields: tuple[Field, ...] = ()
    is_tuple: bool = False
    variants: tuple[Variant, ...] = ()
    can_new: bool = False
    can_set: bool = False
    can_zip: bool = False
    doc: str | None = None
    functions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return the JSON form that HELLO's reply has."""
        out: dict[str, object] = {"name": self.name, "kind": self.kind}
        if self.kind in ("array", "record_array", "opaque_array"):
            out |= {"elemtype": self.elemtype, "rank": self.rank}
        if self.kind in ("record", "record_array"):
            out["fields"] = [f.to_json() for f in self.fields]
        if self.kind == "record":
            out |= {"tuple": self.is_tuple, "canNew": self.can_new}
        if self.kind == "sum":
            out["variants"] = [v.to_json() for v in self.variants]
        if self.kind in ("record_array", "opaque_array"):
            out |= {"canNew": self.can_new, "canSet": self.can_set}
        if self.kind == "record_array":
            out["canZip"] = self.can_zip
        return out if self.doc is None else out | {"doc": self.doc}


@dataclass(frozen=True, slots=True)
class Parameter:
    """An input of an operation; a ``unique`` one is consumed by the call."""

    name: str
    type: str
    unique: bool = False

    def to_json(self) -> dict[str, object]:
        """Return the JSON form that HELLO's reply has."""
        return {"name": self.name, "type": self.type, "unique": self.unique}


@dataclass(frozen=True, slots=True)
class Result:
    """An output of an operation; a ``unique`` one aliases no other value.

    In an `EntryPoint`, ``unique`` of a record or sum means that *some* part is unique.
    """

    type: str
    unique: bool = False

    def to_json(self) -> dict[str, object]:
        """Return the JSON form that HELLO's reply has."""
        return {"type": self.type, "unique": self.unique}


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """An entry point as declared in the program."""

    name: str
    inputs: tuple[Parameter, ...]
    outputs: tuple[Result, ...]
    doc: str | None = None
    attributes: tuple[str, ...] = ()
    tuning_params: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the JSON form that HELLO's reply has."""
        out: dict[str, object] = {
            "name": self.name,
            "inputs": [p.to_json() for p in self.inputs],
            "outputs": [r.to_json() for r in self.outputs],
            "attributes": list(self.attributes),
            "tuningParams": list(self.tuning_params),
        }
        return out if self.doc is None else out | {"doc": self.doc}


@dataclass(frozen=True, slots=True)
class OperationInfo:
    """One operation; ``cfun`` is the name of its C function.

    ``via`` is the tuple type that the C function returns and that the call unpacks:
    compilers from 0.26.1 on return a tuple as one value. ``uniqueness_known`` is false
    if it is unknown which inputs the call overwrites.
    """

    of: OperationKind
    type: str | None
    name: str | None
    inputs: tuple[Parameter, ...]
    outputs: tuple[Result, ...]
    cfun: str
    via: str | None = None
    uniqueness_known: bool = True

    @property
    def label(self) -> str:
        """The name in error messages: ``dct2d``, ``point.new``, ``shape.destruct``."""
        if self.of == "entry":
            return str(self.name)
        return f"{self.type}.{self.of}"

    def to_json(self) -> dict[str, object]:
        """Return the JSON form that HELLO's reply has."""
        return {
            "of": self.of,
            "type": self.type,
            "name": self.name,
            "inputs": [p.to_json() for p in self.inputs],
            "outputs": [r.to_json() for r in self.outputs],
        }


@dataclass(frozen=True, slots=True)
class TuningParam:
    """A tuning parameter of the program and its class, such as ``threshold(...)``."""

    name: str
    class_: str

    def to_json(self) -> dict[str, object]:
        """Return the JSON form that HELLO's reply has."""
        return {"name": self.name, "class": self.class_}


@dataclass(frozen=True, slots=True)
class ProgramInfo:
    """A whole program; ``program`` is its identity, 64 hex digits."""

    backend: str
    compiler_version: str | None
    program: str
    types: tuple[TypeInfo, ...]
    entry_points: tuple[EntryPoint, ...]
    operations: tuple[OperationInfo, ...]
    tuning_params: tuple[TuningParam, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the JSON form that HELLO's reply has."""
        return {
            "backend": self.backend,
            "compilerVersion": self.compiler_version,
            "program": self.program,
            "types": [t.to_json() for t in self.types],
            "entryPoints": [e.to_json() for e in self.entry_points],
            "operations": [o.to_json() for o in self.operations],
            "tuningParams": [t.to_json() for t in self.tuning_params],
        }
