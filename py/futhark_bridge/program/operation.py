"""An operation: one C function of a program, as a Python callable."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, NoReturn

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError

from .aliasing import UNSEEN, aliased, compose, derive
from .call_text import compile_call
from .failures import failure
from .handle import Value
from .signature import signature_of
from .size_errors import size_differences

if TYPE_CHECKING:
    from collections.abc import Callable

    from futhark_bridge.bindings.program_info import OperationInfo

    from .types import ProgramTypes

_BITS = struct.Struct("<H")
_HALF = struct.Struct("<e")
Spent = list[tuple[Any, Any]]


def to_bits(value: float) -> int:
    """Return the bits of the nearest f16."""
    bits: int = _BITS.unpack(_HALF.pack(value))[0]
    return bits


def from_bits(bits: int) -> float:
    """Return the value of an f16, given its bits."""
    value: float = _HALF.unpack(_BITS.pack(bits))[0]
    return value


class Operation:
    """One operation of an open program.

    ``invoke(*args)`` takes a `Value` of the right type for each input that is not a
    scalar, and a Python scalar in range for each that is; it returns a tuple with one
    item per output. It checks that the values are usable, not that their types match.
    """

    __slots__ = ("_bound", "info", "inputs", "invoke", "label", "outputs", "program")

    def __init__(self, program: ProgramTypes, info: OperationInfo) -> None:
        self.program = program
        self.info = info
        self.label = info.label
        self.inputs = info.inputs
        self.outputs = info.outputs
        self._bound: Callable[..., tuple[Any, ...]] | None = None
        self.invoke: Callable[..., tuple[Any, ...]] = self._first

    @property
    def of(self) -> str:
        """The kind of operation: ``entry``, ``project``, ``zip``."""
        return self.info.of

    @property
    def name(self) -> str | None:
        """The name of the entry point, field or variant."""
        return self.info.name

    @property
    def type(self) -> str | None:
        """The type that the operation belongs to; None for entry points."""
        return self.info.type

    def __repr__(self) -> str:
        return f"<operation {self.label}>"

    def _first(self, *args: Any) -> tuple[Any, ...]:
        return self.compiled()(*args)

    def compiled(self) -> Callable[..., tuple[Any, ...]]:
        """Return the compiled ``invoke``; compile it on first use.

        A program may have hundreds of operations, most of which are never called.
        """
        if self._bound is None:
            self._bound = self._bind()
            self.invoke = self._bound
        return self._bound

    def _bind(self) -> Callable[..., tuple[Any, ...]]:
        program, info = self.program, self.info
        context = program.context
        if not info.cfun:
            return lambda: (program.make_unit(info.outputs[0].type),)
        signature = signature_of(info, gpu=context.gpu)
        names: dict[str, Any] = {
            "context": context,
            "ctx": context.ptr,
            "lock": context.lock,
            "pending": context.pending,
            "drain": context.drain,
            "constants": program.constants,
            "function": context.function(info.cfun),
            "sync": context.sync_status,
            "written": context.unsynced.add,
            "derive": derive,
            "compose": compose,
            "to_bits": to_bits,
            "from_bits": from_bits,
            "refuse": self._refuse,
            "fail": self._fail,
            "take": self._take if info.uniqueness_known else self._copy,
            "live": context.live,
            "null": context.ffi.NULL,
            "own": self._own,
            "busy": False,
            "another": self._bind,
        }
        for j, result in enumerate(info.outputs):
            names[f"o{j}"] = self._out_pointer(result.type)
            if signature.outputs[j] == "handle":
                bound = program.type(result.type)
                names[f"blank{j}"] = bound.blank
                # A call that waits for the device itself makes no suspect values.
                late = context.gpu and not signature.syncs
                names[f"wrap{j}"] = bound.wrap_unsynced if late else bound.wrap
                names[f"free{j}"] = bound.free
        if info.via is not None:
            whole = program.type(info.via)
            names["o"] = self._out_pointer(info.via)
            names["free_tuple"] = whole.function("free")
            for j, field in enumerate(whole.info.fields):
                names[f"project{j}"] = whole.function(f"project:{field.name}")
        if info.of == "destruct":
            bound = program.type(str(info.type))
            variants = [v.name for v in bound.info.variants]
            names["which"] = bound.function("variant")
            names["wanted"] = variants.index(str(info.name))
            names["wrong_variant"] = self._wrong_variant
        exec(compile_call(signature), names)  # noqa: S102 - generated from checked names
        invoke: Callable[..., tuple[Any, ...]] = names["invoke"]
        return invoke

    def _out_pointer(self, type_name: str) -> Any:
        """Allocate the out-parameter of a result; calls reuse it, under the lock."""
        context = self.program.context
        elemtype = ELEMTYPES.get(type_name)
        if elemtype is not None:
            return context.ffi.new(f"{elemtype.c_type} *")
        free = self.program.type(type_name).function("free")
        # A function that takes the struct is the simplest source of its type.
        pointer = context.ffi.typeof(free).args[1]
        return context.ffi.new(context.ffi.getctype(pointer, "*"))

    def _refuse(self, value: object, position: int) -> NoReturn:
        parameter = self.inputs[position]
        where = f"{self.label} argument {position + 1} ({parameter.name})"
        if isinstance(value, Value):
            raise value.refusal(where, self.program.context)
        raise ArgumentError(f"{where}: expected {parameter.type}, got {value!r}")

    def _fail(self, status: int, args: tuple[object, ...]) -> NoReturn:
        text = self.program.context.error_text()
        given = (
            f"{p.name}: {_describe(a)}" for p, a in zip(self.inputs, args, strict=True)
        )
        types = {info.name: info for info in self.program.types}
        differs = size_differences(text, self.inputs, types)
        # In a local, the error would be in a cycle with its traceback.
        raise self.program.context.failed(
            failure(status, text, self.label, ", ".join(given), differs)
        )

    def _wrong_variant(self, value: Value) -> NoReturn:
        program = self.program
        names = [v.name for v in value.info.variants]
        actual = names[program.variant_index(value)]
        raise ArgumentError(
            f"{self.label}: expected variant {self.name}, got {actual}",
            expected=self.name,
            got=actual,
        )

    def _take(self, args: tuple[Any, ...], spent: Spent) -> dict[int, Any]:
        """End the consumed arguments; return pointers that nothing else aliases.

        Handles of consumed arguments end even if the call then fails.
        """
        taken = {}
        consumed = [i for i, p in enumerate(self.inputs) if p.unique]
        consumed = [i for i in consumed if isinstance(args[i], Value)]
        copied = {
            i
            for i in consumed
            if aliased(args[i])
            or any(a is args[i] for k, a in enumerate(args) if k != i)
        }
        originals = [args[i].ptr for i in consumed]
        ended: list[Any] = []
        for i in consumed:
            value = args[i]
            if not any(value is each for each in ended):
                if value.owner is not self.program.context:  # freed meanwhile
                    self._refuse(value, i)
                # A signal can interrupt `end` only before it has changed anything.
                atoms = value.end(self.label)
                spent += ((value.ptr, atoms),)
                ended += (value,)
        for i, ptr in zip(consumed, originals, strict=True):
            taken[i] = ptr
            if i in copied:
                taken[i] = self.program.copy_pointer(args[i].bound, ptr, args[i].shape)
                spent.append((taken[i], ()))
        return taken

    def _copy(self, args: tuple[Any, ...], spent: Spent) -> dict[int, Any]:
        """Return copies of all reachable arguments, as C may overwrite any of them."""
        taken = {}
        for i, value in enumerate(args):
            if not isinstance(value, Value):
                continue
            taken[i] = value.ptr
            if value.atoms is not UNSEEN:
                copy = self.program.copy_pointer(value.bound, value.ptr, value.shape)
                taken[i] = copy
                spent.append((copy, ()))
        return taken

    def _own(self, value: Value) -> None:
        """Copy a value that may be aliased, so that writing affects no other handle."""
        if aliased(value):
            program = self.program
            ptr = program.copy_pointer(value.bound, value.ptr, value.shape)
            old, value.ptr = value.ptr, ptr
            atoms, value.atoms = value.atoms, ()
            program.context.release(old, atoms)


def _describe(value: object) -> str:
    if isinstance(value, Value):
        shape = f" of shape {list(value.shape)}" if value.info.rank else ""
        return f"{value.type}{shape}"
    return str(value)
