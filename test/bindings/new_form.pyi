# Written by `futhark-bridge types --python`, for a program compiled by Futhark 0.27.1: do not edit.
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

class TupleBoolI32(FutharkRecord):
    """A handle of type (bool, i32)."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> bool: ...
    @overload
    def project(self, name: Literal["1", 1]) -> int: ...
    def to_object(self) -> TupleBoolI32Dict: ...

TupleBoolI32Dict: TypeAlias = tuple[bool, int]
TupleBoolI32Input: TypeAlias = tuple[bool, int]
TupleBoolI32Arg: TypeAlias = TupleBoolI32 | TupleBoolI32Input

class TupleI32F64Array(FutharkRecord):
    """A handle of type (i32, []f64)."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> int: ...
    @overload
    def project(self, name: Literal["1", 1]) -> F64Array: ...
    def to_object(self) -> TupleI32F64ArrayDict: ...

TupleI32F64ArrayDict: TypeAlias = tuple[int, NDArray[np.float64]]
TupleI32F64ArrayInput: TypeAlias = tuple[int, F64ArrayArg]
TupleI32F64ArrayArg: TypeAlias = TupleI32F64Array | TupleI32F64ArrayInput

class TupleI64Bool(FutharkRecord):
    """A handle of type (i64, bool)."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> int: ...
    @overload
    def project(self, name: Literal["1", 1]) -> bool: ...
    def to_object(self) -> TupleI64BoolDict: ...

TupleI64BoolDict: TypeAlias = tuple[int, bool]
TupleI64BoolInput: TypeAlias = tuple[int, bool]
TupleI64BoolArg: TypeAlias = TupleI64Bool | TupleI64BoolInput

class TupleI64I64(FutharkRecord):
    """A handle of type (i64, i64)."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> int: ...
    @overload
    def project(self, name: Literal["1", 1]) -> int: ...
    def to_object(self) -> TupleI64I64Dict: ...

TupleI64I64Dict: TypeAlias = tuple[int, int]
TupleI64I64Input: TypeAlias = tuple[int, int]
TupleI64I64Arg: TypeAlias = TupleI64I64 | TupleI64I64Input

class TupleI64BoolArray(FutharkOpaqueArray):
    """A handle of type [](i64, bool)."""
    def at(self, *indices: int) -> TupleI64Bool: ...
    def set(self, element: TupleI64BoolArg, *indices: int) -> None: ...
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> I64Array: ...
    @overload
    def project(self, name: Literal["1", 1]) -> BoolArray: ...
    def to_objects(self) -> list[TupleI64BoolDict]: ...

TupleI64BoolArrayColumns = TypedDict("TupleI64BoolArrayColumns", {
    "0": I64ArrayArg,
    "1": BoolArrayArg,
})
TupleI64BoolArrayArg: TypeAlias = TupleI64BoolArray | Sequence[TupleI64BoolArg] | TupleI64BoolArrayColumns

class U8Array3(FutharkArray):
    """A handle of type [][][]u8."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.uint8]: ...
    def get(self) -> NDArray[np.uint8]: ...
    def at(self, *indices: int) -> int: ...

U8Array3Arg: TypeAlias = U8Array3 | NDArray[np.uint8] | Sequence[Sequence[Sequence[int]]]

class F32Array2(FutharkArray):
    """A handle of type [][]f32."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.float32]: ...
    def get(self) -> NDArray[np.float32]: ...
    def at(self, *indices: int) -> float: ...

F32Array2Arg: TypeAlias = F32Array2 | NDArray[np.float32] | Sequence[Sequence[float]]

class F64Array2(FutharkArray):
    """A handle of type [][]f64."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.float64]: ...
    def get(self) -> NDArray[np.float64]: ...
    def at(self, *indices: int) -> float: ...

F64Array2Arg: TypeAlias = F64Array2 | NDArray[np.float64] | Sequence[Sequence[float]]

class PointArray2(FutharkOpaqueArray):
    """A handle of type [][]point."""
    def at(self, *indices: int) -> Point: ...
    def set(self, element: PointArg, *indices: int) -> None: ...
    @overload  # type: ignore[override]
    def project(self, name: Literal["x"]) -> F32Array2: ...
    @overload
    def project(self, name: Literal["y"]) -> F32Array2: ...
    def to_objects(self) -> list[list[PointDict]]: ...

PointArray2Columns = TypedDict("PointArray2Columns", {
    "x": F32Array2Arg,
    "y": F32Array2Arg,
})
PointArray2Arg: TypeAlias = PointArray2 | Sequence[Sequence[PointArg]] | PointArray2Columns

class BoolArray(FutharkArray):
    """A handle of type []bool."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.bool_]: ...
    def get(self) -> NDArray[np.bool_]: ...
    def at(self, *indices: int) -> bool: ...

BoolArrayArg: TypeAlias = BoolArray | NDArray[np.bool_] | Sequence[bool]

class F32Array(FutharkArray):
    """A handle of type []f32."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.float32]: ...
    def get(self) -> NDArray[np.float32]: ...
    def at(self, *indices: int) -> float: ...

F32ArrayArg: TypeAlias = F32Array | NDArray[np.float32] | Sequence[float]

class F64Array(FutharkArray):
    """A handle of type []f64."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.float64]: ...
    def get(self) -> NDArray[np.float64]: ...
    def at(self, *indices: int) -> float: ...

F64ArrayArg: TypeAlias = F64Array | NDArray[np.float64] | Sequence[float]

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

class PointArray(FutharkOpaqueArray):
    """A handle of type []point."""
    def at(self, *indices: int) -> Point: ...
    def set(self, element: PointArg, *indices: int) -> None: ...
    @overload  # type: ignore[override]
    def project(self, name: Literal["x"]) -> F32Array: ...
    @overload
    def project(self, name: Literal["y"]) -> F32Array: ...
    def to_objects(self) -> list[PointDict]: ...

PointArrayColumns = TypedDict("PointArrayColumns", {
    "x": F32ArrayArg,
    "y": F32ArrayArg,
})
PointArrayArg: TypeAlias = PointArray | Sequence[PointArg] | PointArrayColumns

class ShapeArray(FutharkOpaqueArray):
    """A handle of type []shape."""
    def at(self, *indices: int) -> Shape: ...
    def set(self, element: ShapeArg, *indices: int) -> None: ...
    def to_objects(self) -> list[ShapeDict]: ...

ShapeArrayArg: TypeAlias = ShapeArray | Sequence[ShapeArg]

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

class Shape(FutharkSum):
    """A handle of type shape."""
    def variant(self) -> Literal["circle", "empty", "rect"]: ...
    def destruct(self, name: Literal["circle", "empty", "rect"] | None = None) -> list[Any]: ...  # type: ignore[override]
    def to_object(self) -> ShapeDict: ...  # type: ignore[override]

ShapeDict = TypedDict("ShapeDict", {
    "variant": Literal["circle", "empty", "rect"],
    "payload": list[Any],
})
ShapeArg: TypeAlias = Shape | VariantValue | ShapeDict

class State(FutharkRecord):
    """A handle of type state."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["grid"]) -> F64Array2: ...
    @overload
    def project(self, name: Literal["seen"]) -> TupleI64BoolArray: ...
    @overload
    def project(self, name: Literal["step"]) -> int: ...
    def to_object(self) -> StateDict: ...  # type: ignore[override]

StateDict = TypedDict("StateDict", {
    "grid": NDArray[np.float64],
    "seen": list[TupleI64BoolDict],
    "step": int,
})
StateInput = TypedDict("StateInput", {
    "grid": F64Array2Arg,
    "seen": TupleI64BoolArrayArg,
    "step": int,
})
StateArg: TypeAlias = State | StateInput

class RecordHF32WF32(FutharkRecord):
    """A handle of type {h: f32, w: f32}."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["h"]) -> float: ...
    @overload
    def project(self, name: Literal["w"]) -> float: ...
    def to_object(self) -> RecordHF32WF32Dict: ...  # type: ignore[override]

RecordHF32WF32Dict = TypedDict("RecordHF32WF32Dict", {
    "h": float,
    "w": float,
})
RecordHF32WF32Input = TypedDict("RecordHF32WF32Input", {
    "h": float,
    "w": float,
})
RecordHF32WF32Arg: TypeAlias = RecordHF32WF32 | RecordHF32WF32Input

class Entries:
    """The entry points of the program."""
    def add_one(self, x: int) -> int:
        """One more than x.

        ``add_one (x: i32): i32``
        """
    def advance(self, s: StateArg) -> State:
        """``advance (s: state): state``"""
    def area(self, s: ShapeArg) -> float:
        """``area (s: shape): f32``"""
    def at(self, xs: I64ArrayArg, i: int) -> int:
        """``at (xs: []i64) (i: i64): i64``"""
    def cube(self, a: U8Array3Arg) -> U8Array3:
        """``cube (a: [][][]u8): [][][]u8``"""
    def dot(self, xs: F32ArrayArg, ys: F32ArrayArg) -> float:
        """``dot (xs: []f32) (ys: []f32): f32``"""
    def flip(self, bs: BoolArrayArg) -> BoolArray:
        """``flip (bs: []bool): []bool``"""
    def grid_of_points(self, n: int, m: int) -> PointArray2:
        """``grid_of_points (n: i64) (m: i64): [][]point``"""
    def half_sum(self, x: float, y: float) -> float:
        """``half_sum (x: f16) (y: f16): f16``"""
    def make_point(self, x: float, y: float) -> Point:
        """``make_point (x: f32) (y: f32): point``"""
    def min_max(self, xs: I64ArrayArg) -> tuple[int, int]:
        """``min_max (xs: []i64): (i64, i64)``"""
    def norm(self, p: PointArg) -> float:
        """``norm (p: point): f32``"""
    def points(self, n: int) -> PointArray:
        """``points (n: i64): []point``"""
    def put(self, xs: I32ArrayArg, i: int, v: int) -> I32Array:
        """``put (xs: *[]i32) (i: i64) (v: i32): *[]i32``"""
    def shapes(self, n: int) -> ShapeArray:
        """``shapes (n: i64): []shape``"""
    def start(self, n: int) -> State:
        """``start (n: i64): state``"""
    def swap(self, x: int, b: bool) -> tuple[bool, int]:
        """``swap (x: i32) (b: bool): (bool, i32)``"""
    def tuple_in(self, p: TupleI32F64ArrayArg) -> float:
        """``tuple_in (p: (i32, []f64)): f64``"""

class Module(FutharkModule):
    """The opened program."""
    entry: Entries  # type: ignore[assignment]
