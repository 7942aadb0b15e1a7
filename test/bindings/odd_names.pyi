# Written by `futhark-bridge types --python`, for a program compiled by Futhark 0.27.1: do not edit.
# ruff: noqa: E501, PYI021, UP013
# fmt: off
"""Types of a Futhark program, for type checking.

    if TYPE_CHECKING:
        from this_file import Module
    module = cast("Module", futhark_bridge.load("..."))
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias, TypedDict, overload

import numpy as np
from numpy.typing import NDArray

from futhark_bridge import (
    FutharkArray,
    FutharkModule,
    FutharkOpaque,
    FutharkOpaqueArray,
    FutharkRecord,
    FutharkSum,
    VariantValue,
)

class SumNoYesF32(FutharkSum):
    """A handle of type #no | #yes f32."""
    def variant(self) -> Literal["no", "yes"]: ...
    def destruct(self, name: Literal["no", "yes"] | None = None) -> list[Any]: ...  # type: ignore[override]
    def to_object(self) -> SumNoYesF32Dict: ...  # type: ignore[override]

SumNoYesF32Dict = TypedDict("SumNoYesF32Dict", {
    "variant": Literal["no", "yes"],
    "payload": list[Any],
})
SumNoYesF32Arg: TypeAlias = SumNoYesF32 | VariantValue | SumNoYesF32Dict

class Unit(FutharkRecord):
    """A handle of type ()."""
    def to_object(self) -> UnitDict: ...

UnitDict: TypeAlias = tuple[()]
UnitInput: TypeAlias = tuple[()]
UnitArg: TypeAlias = Unit | UnitInput

class TupleMTPrimeEntries(FutharkRecord):
    """A handle of type (*m.t', entries)."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> MTPrime: ...
    @overload
    def project(self, name: Literal["1", 1]) -> EntriesT: ...
    def to_object(self) -> TupleMTPrimeEntriesDict: ...

TupleMTPrimeEntriesDict: TypeAlias = tuple[MTPrime, EntriesTDict]
TupleMTPrimeEntriesInput: TypeAlias = tuple[MTPrimeArg, EntriesTArg]
TupleMTPrimeEntriesArg: TypeAlias = TupleMTPrimeEntries | TupleMTPrimeEntriesInput

class TupleU8SumNoYesF32(FutharkRecord):
    """A handle of type (u8, #no | #yes f32)."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> int: ...
    @overload
    def project(self, name: Literal["1", 1]) -> SumNoYesF32: ...
    def to_object(self) -> TupleU8SumNoYesF32Dict: ...

TupleU8SumNoYesF32Dict: TypeAlias = tuple[int, SumNoYesF32Dict]
TupleU8SumNoYesF32Input: TypeAlias = tuple[int, SumNoYesF32Arg]
TupleU8SumNoYesF32Arg: TypeAlias = TupleU8SumNoYesF32 | TupleU8SumNoYesF32Input

class SumNoYesF32Array(FutharkOpaqueArray):
    """A handle of type []#no | #yes f32."""
    def at(self, *indices: int) -> SumNoYesF32: ...
    def to_objects(self) -> list[SumNoYesF32Dict]: ...

SumNoYesF32ArrayArg: TypeAlias = SumNoYesF32Array

class TupleU8SumNoYesF32Array(FutharkOpaqueArray):
    """A handle of type [](u8, #no | #yes f32)."""
    def at(self, *indices: int) -> TupleU8SumNoYesF32: ...
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> U8Array: ...
    @overload
    def project(self, name: Literal["1", 1]) -> SumNoYesF32Array: ...
    def to_objects(self) -> list[TupleU8SumNoYesF32Dict]: ...

TupleU8SumNoYesF32ArrayColumns = TypedDict("TupleU8SumNoYesF32ArrayColumns", {
    "0": U8ArrayArg,
    "1": SumNoYesF32ArrayArg,
})
TupleU8SumNoYesF32ArrayArg: TypeAlias = TupleU8SumNoYesF32Array | Sequence[TupleU8SumNoYesF32Arg] | TupleU8SumNoYesF32ArrayColumns

class EntriesArray2(FutharkOpaqueArray):
    """A handle of type [][]entries."""
    def at(self, *indices: int) -> EntriesT: ...
    def to_objects(self) -> list[list[EntriesTDict]]: ...

EntriesArray2Arg: TypeAlias = EntriesArray2

class MTPrimeArray2(FutharkOpaqueArray):
    """A handle of type [][]m.t'."""
    def at(self, *indices: int) -> MTPrime: ...
    def set(self, element: MTPrimeArg, *indices: int) -> None: ...
    def to_objects(self) -> list[list[MTPrime]]: ...

MTPrimeArray2Arg: TypeAlias = MTPrimeArray2 | Sequence[Sequence[MTPrimeArg]]

class I64Array(FutharkArray):
    """A handle of type []i64."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.int64]: ...
    def get(self) -> NDArray[np.int64]: ...
    def at(self, *indices: int) -> int: ...

I64ArrayArg: TypeAlias = I64Array | NDArray[np.int64] | Sequence[int]

class U8Array(FutharkArray):
    """A handle of type []u8."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.uint8]: ...
    def get(self) -> NDArray[np.uint8]: ...
    def at(self, *indices: int) -> int: ...

U8ArrayArg: TypeAlias = U8Array | NDArray[np.uint8] | Sequence[int]

class EntriesT(FutharkSum):
    """A handle of type entries."""
    def variant(self) -> Literal["if"]: ...
    def destruct(self, name: Literal["if"] | None = None) -> list[Any]: ...  # type: ignore[override]
    def to_object(self) -> EntriesTDict: ...  # type: ignore[override]

EntriesTDict = TypedDict("EntriesTDict", {
    "variant": Literal["if"],
    "payload": list[Any],
})
EntriesTArg: TypeAlias = EntriesT | VariantValue | EntriesTDict

class MTPrime(FutharkOpaque):
    """Nobody knows what is in it.

    A handle of type m.t'.
    """

MTPrimeArg: TypeAlias = MTPrime

class Pixel(FutharkRecord):
    """A point on
    the screen.

    A handle of type pixel.
    """
    @overload  # type: ignore[override]
    def project(self, name: Literal["x"]) -> float: ...
    @overload
    def project(self, name: Literal["y"]) -> float: ...
    def to_object(self) -> PixelDict: ...  # type: ignore[override]

PixelDict = TypedDict("PixelDict", {
    "x": float,
    "y": float,
})
PixelInput = TypedDict("PixelInput", {
    "x": float,
    "y": float,
})
PixelArg: TypeAlias = Pixel | PixelInput

class Point(FutharkRecord):
    """A handle of type point."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["x"]) -> float: ...
    @overload
    def project(self, name: Literal["y"]) -> float: ...
    def to_object(self) -> PointDict: ...  # type: ignore[override]

PointDict = TypedDict("PointDict", {
    "x": float,
    "y": float,
})
PointInput = TypedDict("PointInput", {
    "x": float,
    "y": float,
})
PointArg: TypeAlias = Point | PointInput

class PointInputT(FutharkOpaque):
    """A handle of type point_input."""

PointInputTArg: TypeAlias = PointInputT

class RecordProtoI8ABTupleU8SumNoYesF32Array(FutharkRecord):
    """A handle of type {__proto__: i8, a b: [](u8, #no | #yes f32)}."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["__proto__"]) -> int: ...
    @overload
    def project(self, name: Literal["a b"]) -> TupleU8SumNoYesF32Array: ...
    def to_object(self) -> RecordProtoI8ABTupleU8SumNoYesF32ArrayDict: ...  # type: ignore[override]

RecordProtoI8ABTupleU8SumNoYesF32ArrayDict = TypedDict("RecordProtoI8ABTupleU8SumNoYesF32ArrayDict", {
    "__proto__": int,
    "a b": list[TupleU8SumNoYesF32Dict],
})
RecordProtoI8ABTupleU8SumNoYesF32ArrayInput = TypedDict("RecordProtoI8ABTupleU8SumNoYesF32ArrayInput", {
    "__proto__": int,
    "a b": TupleU8SumNoYesF32ArrayArg,
})
RecordProtoI8ABTupleU8SumNoYesF32ArrayArg: TypeAlias = RecordProtoI8ABTupleU8SumNoYesF32Array | RecordProtoI8ABTupleU8SumNoYesF32ArrayInput

class Entries:
    """The entry points of the program."""
    def apply(self, f: RecordProtoI8ABTupleU8SumNoYesF32ArrayArg) -> float:
        """``apply (f: {__proto__: i8, a b: [](u8, #no | #yes f32)}): f16``"""
    def grid(self, g: MTPrimeArray2Arg) -> MTPrimeArray2:
        """``grid (g: [][]m.t'): [][]m.t'``"""
    def paint(self, p: PointArg) -> Pixel:
        """``paint (p: point): pixel``"""
    def plot(self, p: PixelArg) -> Point:
        """``plot (p: pixel): point``"""
    def then(self, x_: int, arg1: MTPrimeArg, default: PixelArg, /) -> tuple[MTPrime, EntriesT]:
        """Ends a comment: */ here.

        And goes on.

        ``then (x': i64) (: *m.t') (default: pixel): (m.t', entries)``
        """
    def __getitem__(self, name: Literal["foo'"]) -> Callable[[EntriesArray2Arg], tuple[()]]: ...

class Module(FutharkModule):
    """The opened program."""
    entry: Entries  # type: ignore[assignment]
