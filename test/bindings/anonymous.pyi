# Written by `futhark-bridge types --python`, for a program compiled by Futhark 0.25.32: do not edit.
# ruff: noqa: E501, PYI021, UP013
# fmt: off
"""Types of a Futhark program, for type checking.

    if TYPE_CHECKING:
        from this_file import Module
    module = cast("Module", futhark_bridge.load("..."))
"""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, TypedDict, overload

import numpy as np
from numpy.typing import NDArray

from futhark_bridge import (
    FutharkArray,
    FutharkModule,
    FutharkOpaqueArray,
    FutharkRecord,
    FutharkSum,
    VariantValue,
)

class TupleF32I8(FutharkRecord):
    """A handle of type (f32, i8)."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> float: ...
    @overload
    def project(self, name: Literal["1", 1]) -> int: ...
    def to_object(self) -> TupleF32I8Dict: ...

TupleF32I8Dict: TypeAlias = tuple[float, int]
TupleF32I8Input: TypeAlias = tuple[float, int]
TupleF32I8Arg: TypeAlias = TupleF32I8 | TupleF32I8Input

class TupleI32F32(FutharkRecord):
    """A handle of type (i32, f32)."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> int: ...
    @overload
    def project(self, name: Literal["1", 1]) -> float: ...
    def to_object(self) -> TupleI32F32Dict: ...

TupleI32F32Dict: TypeAlias = tuple[int, float]
TupleI32F32Input: TypeAlias = tuple[int, float]
TupleI32F32Arg: TypeAlias = TupleI32F32 | TupleI32F32Input

class TupleU8SumNoYesTupleI32F32(FutharkRecord):
    """A handle of type (u8, no: | yes:(i32, f32))."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> int: ...
    @overload
    def project(self, name: Literal["1", 1]) -> SumNoYesTupleI32F32: ...
    def to_object(self) -> TupleU8SumNoYesTupleI32F32Dict: ...

TupleU8SumNoYesTupleI32F32Dict: TypeAlias = tuple[int, SumNoYesTupleI32F32Dict]
TupleU8SumNoYesTupleI32F32Input: TypeAlias = tuple[int, SumNoYesTupleI32F32Arg]
TupleU8SumNoYesTupleI32F32Arg: TypeAlias = TupleU8SumNoYesTupleI32F32 | TupleU8SumNoYesTupleI32F32Input

class I32Array2(FutharkArray):
    """A handle of type [][]i32."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.int32]: ...
    def get(self) -> NDArray[np.int32]: ...
    def at(self, *indices: int) -> int: ...

I32Array2Arg: TypeAlias = I32Array2 | NDArray[np.int32] | Sequence[Sequence[int]]

class PtPrimeArray2(FutharkOpaqueArray):
    """A handle of type [][]pt'."""
    def at(self, *indices: int) -> PtPrime: ...
    def project(self, name: Literal["a"]) -> I32Array2: ...  # type: ignore[override]
    def to_objects(self) -> list[list[PtPrimeDict]]: ...

PtPrimeArray2Columns = TypedDict("PtPrimeArray2Columns", {
    "a": I32Array2Arg,
})
PtPrimeArray2Arg: TypeAlias = PtPrimeArray2 | Sequence[Sequence[PtPrimeArg]] | PtPrimeArray2Columns

class FooI32Array(FutharkOpaqueArray):
    """A handle of type []foo i32."""
    def at(self, *indices: int) -> FooI32: ...
    @overload  # type: ignore[override]
    def project(self, name: Literal["k"]) -> I64Array: ...
    @overload
    def project(self, name: Literal["x"]) -> I32Array: ...
    def to_objects(self) -> list[FooI32Dict]: ...

FooI32ArrayColumns = TypedDict("FooI32ArrayColumns", {
    "k": I64ArrayArg,
    "x": I32ArrayArg,
})
FooI32ArrayArg: TypeAlias = FooI32Array | Sequence[FooI32Arg] | FooI32ArrayColumns

class I32Array(FutharkArray):
    """A handle of type []i32."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.int32]: ...
    def get(self) -> NDArray[np.int32]: ...
    def at(self, *indices: int) -> int: ...

I32ArrayArg: TypeAlias = I32Array | NDArray[np.int32] | Sequence[int]

class I64Array(FutharkArray):
    """A handle of type []i64."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.int64]: ...
    def get(self) -> NDArray[np.int64]: ...
    def at(self, *indices: int) -> int: ...

I64ArrayArg: TypeAlias = I64Array | NDArray[np.int64] | Sequence[int]

class SumNoYesF32I32Array(FutharkOpaqueArray):
    """A handle of type []no: | yes:f32 i32."""
    def at(self, *indices: int) -> SumNoYesF32I32: ...
    def to_objects(self) -> list[SumNoYesF32I32Dict]: ...

SumNoYesF32I32ArrayArg: TypeAlias = SumNoYesF32I32Array

class FooF32I8(FutharkRecord):
    """A handle of type foo (f32, i8)."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["k"]) -> int: ...
    @overload
    def project(self, name: Literal["x"]) -> TupleF32I8: ...
    def to_object(self) -> FooF32I8Dict: ...  # type: ignore[override]

FooF32I8Dict = TypedDict("FooF32I8Dict", {
    "k": int,
    "x": TupleF32I8Dict,
})
FooF32I8Input = TypedDict("FooF32I8Input", {
    "k": int,
    "x": TupleF32I8Arg,
})
FooF32I8Arg: TypeAlias = FooF32I8 | FooF32I8Input

class FooF32(FutharkRecord):
    """A handle of type foo f32."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["k"]) -> int: ...
    @overload
    def project(self, name: Literal["x"]) -> float: ...
    def to_object(self) -> FooF32Dict: ...  # type: ignore[override]

FooF32Dict = TypedDict("FooF32Dict", {
    "k": int,
    "x": float,
})
FooF32Input = TypedDict("FooF32Input", {
    "k": int,
    "x": float,
})
FooF32Arg: TypeAlias = FooF32 | FooF32Input

class FooI32(FutharkRecord):
    """A handle of type foo i32."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["k"]) -> int: ...
    @overload
    def project(self, name: Literal["x"]) -> int: ...
    def to_object(self) -> FooI32Dict: ...  # type: ignore[override]

FooI32Dict = TypedDict("FooI32Dict", {
    "k": int,
    "x": int,
})
FooI32Input = TypedDict("FooI32Input", {
    "k": int,
    "x": int,
})
FooI32Arg: TypeAlias = FooI32 | FooI32Input

class SumNoYesTupleI32F32(FutharkSum):
    """A handle of type no: | yes:(i32, f32)."""
    def variant(self) -> Literal["no", "yes"]: ...
    def destruct(self, name: Literal["no", "yes"] | None = None) -> list[Any]: ...  # type: ignore[override]
    def to_object(self) -> SumNoYesTupleI32F32Dict: ...  # type: ignore[override]

SumNoYesTupleI32F32Dict = TypedDict("SumNoYesTupleI32F32Dict", {
    "variant": Literal["no", "yes"],
    "payload": list[Any],
})
SumNoYesTupleI32F32Arg: TypeAlias = SumNoYesTupleI32F32 | VariantValue | SumNoYesTupleI32F32Dict

class SumNoYesF32I32(FutharkSum):
    """A handle of type no: | yes:f32 i32."""
    def variant(self) -> Literal["no", "yes"]: ...
    def destruct(self, name: Literal["no", "yes"] | None = None) -> list[Any]: ...  # type: ignore[override]
    def to_object(self) -> SumNoYesF32I32Dict: ...  # type: ignore[override]

SumNoYesF32I32Dict = TypedDict("SumNoYesF32I32Dict", {
    "variant": Literal["no", "yes"],
    "payload": list[Any],
})
SumNoYesF32I32Arg: TypeAlias = SumNoYesF32I32 | VariantValue | SumNoYesF32I32Dict

class SumNoYesRecordBF32(FutharkSum):
    """A handle of type no: | yes:{b:f32}."""
    def variant(self) -> Literal["no", "yes"]: ...
    def destruct(self, name: Literal["no", "yes"] | None = None) -> list[Any]: ...  # type: ignore[override]
    def to_object(self) -> SumNoYesRecordBF32Dict: ...  # type: ignore[override]

SumNoYesRecordBF32Dict = TypedDict("SumNoYesRecordBF32Dict", {
    "variant": Literal["no", "yes"],
    "payload": list[Any],
})
SumNoYesRecordBF32Arg: TypeAlias = SumNoYesRecordBF32 | VariantValue | SumNoYesRecordBF32Dict

class PtPrime(FutharkRecord):
    """A handle of type pt'."""
    def project(self, name: Literal["a"]) -> int: ...  # type: ignore[override]
    def to_object(self) -> PtPrimeDict: ...  # type: ignore[override]

PtPrimeDict = TypedDict("PtPrimeDict", {
    "a": int,
})
PtPrimeInput = TypedDict("PtPrimeInput", {
    "a": int,
})
PtPrimeArg: TypeAlias = PtPrime | PtPrimeInput

class RecordASumNoYesRecordBF32(FutharkRecord):
    """A handle of type {a:no: | yes:{b:f32}}."""
    def project(self, name: Literal["a"]) -> SumNoYesRecordBF32: ...  # type: ignore[override]
    def to_object(self) -> RecordASumNoYesRecordBF32Dict: ...  # type: ignore[override]

RecordASumNoYesRecordBF32Dict = TypedDict("RecordASumNoYesRecordBF32Dict", {
    "a": SumNoYesRecordBF32Dict,
})
RecordASumNoYesRecordBF32Input = TypedDict("RecordASumNoYesRecordBF32Input", {
    "a": SumNoYesRecordBF32Arg,
})
RecordASumNoYesRecordBF32Arg: TypeAlias = RecordASumNoYesRecordBF32 | RecordASumNoYesRecordBF32Input

class RecordBF32(FutharkRecord):
    """A handle of type {b:f32}."""
    def project(self, name: Literal["b"]) -> float: ...  # type: ignore[override]
    def to_object(self) -> RecordBF32Dict: ...  # type: ignore[override]

RecordBF32Dict = TypedDict("RecordBF32Dict", {
    "b": float,
})
RecordBF32Input = TypedDict("RecordBF32Input", {
    "b": float,
})
RecordBF32Arg: TypeAlias = RecordBF32 | RecordBF32Input

class Entries:
    """The entry points of the program."""
    def choice(self, x: SumNoYesF32I32Arg) -> SumNoYesF32I32Array:
        """``choice (x: no: | yes:f32 i32): []no: | yes:f32 i32``"""
    def generic(self, x: FooF32Arg, _y: FooF32I8Arg) -> FooI32Array:
        """``generic (x: foo f32) (_y: foo (f32, i8)): []foo i32``"""
    def inside(self, _x: TupleU8SumNoYesTupleI32F32Arg) -> RecordASumNoYesRecordBF32:
        """``inside (_x: (u8, no: | yes:(i32, f32))): {a:no: | yes:{b:f32}}``"""
    def prime(self, x: PtPrimeArg) -> PtPrimeArray2:
        """``prime (x: pt'): [][]pt'``"""

class Module(FutharkModule):
    """The opened program."""
    entry: Entries  # type: ignore[assignment]
