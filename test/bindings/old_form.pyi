# Written by `futhark-bridge types --python`, for a program compiled by Futhark 0.25.32: do not edit.
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
    FutharkOpaqueArray,
    FutharkRecord,
    FutharkSum,
    VariantValue,
)

class Unit(FutharkRecord):
    """A handle of type ()."""
    def to_object(self) -> UnitDict: ...

UnitDict: TypeAlias = tuple[()]
UnitInput: TypeAlias = tuple[()]
UnitArg: TypeAlias = Unit | UnitInput

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

class TupleI32Bool(FutharkRecord):
    """A handle of type (i32, bool)."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> int: ...
    @overload
    def project(self, name: Literal["1", 1]) -> bool: ...
    def to_object(self) -> TupleI32BoolDict: ...

TupleI32BoolDict: TypeAlias = tuple[int, bool]
TupleI32BoolInput: TypeAlias = tuple[int, bool]
TupleI32BoolArg: TypeAlias = TupleI32Bool | TupleI32BoolInput

class TupleI32BoolArray(FutharkOpaqueArray):
    """A handle of type [](i32, bool)."""
    def at(self, *indices: int) -> TupleI32Bool: ...
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> I32Array: ...
    @overload
    def project(self, name: Literal["1", 1]) -> BoolArray: ...
    def to_objects(self) -> list[TupleI32BoolDict]: ...

TupleI32BoolArrayColumns = TypedDict("TupleI32BoolArrayColumns", {
    "0": I32ArrayArg,
    "1": BoolArrayArg,
})
TupleI32BoolArrayArg: TypeAlias = TupleI32BoolArray | Sequence[TupleI32BoolArg] | TupleI32BoolArrayColumns

class F64Array2(FutharkArray):
    """A handle of type [][]f64."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.float64]: ...
    def get(self) -> NDArray[np.float64]: ...
    def at(self, *indices: int) -> float: ...

F64Array2Arg: TypeAlias = F64Array2 | NDArray[np.float64] | Sequence[Sequence[float]]

class PlaceArray2(FutharkOpaqueArray):
    """A handle of type [][]place."""
    def at(self, *indices: int) -> Place: ...
    @overload  # type: ignore[override]
    def project(self, name: Literal["lat"]) -> F64Array2: ...
    @overload
    def project(self, name: Literal["lon"]) -> F64Array2: ...
    def to_objects(self) -> list[list[PlaceDict]]: ...

PlaceArray2Columns = TypedDict("PlaceArray2Columns", {
    "lat": F64Array2Arg,
    "lon": F64Array2Arg,
})
PlaceArray2Arg: TypeAlias = PlaceArray2 | Sequence[Sequence[PlaceArg]] | PlaceArray2Columns

class BoolArray(FutharkArray):
    """A handle of type []bool."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.bool_]: ...
    def get(self) -> NDArray[np.bool_]: ...
    def at(self, *indices: int) -> bool: ...

BoolArrayArg: TypeAlias = BoolArray | NDArray[np.bool_] | Sequence[bool]

class F16Array(FutharkArray):
    """A handle of type []f16."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.float16]: ...
    def get(self) -> NDArray[np.float16]: ...
    def at(self, *indices: int) -> float: ...

F16ArrayArg: TypeAlias = F16Array | NDArray[np.float16] | Sequence[float]

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

class FigureArray(FutharkOpaqueArray):
    """A handle of type []figure."""
    def at(self, *indices: int) -> Figure: ...
    def to_objects(self) -> list[FigureDict]: ...

FigureArrayArg: TypeAlias = FigureArray

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

class MarkArray(FutharkOpaqueArray):
    """A handle of type []mark."""
    def at(self, *indices: int) -> Mark: ...
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> I32Array: ...
    @overload
    def project(self, name: Literal["1", 1]) -> BoolArray: ...
    def to_objects(self) -> list[MarkDict]: ...

MarkArrayColumns = TypedDict("MarkArrayColumns", {
    "0": I32ArrayArg,
    "1": BoolArrayArg,
})
MarkArrayArg: TypeAlias = MarkArray | Sequence[MarkArg] | MarkArrayColumns

class PlaceArray(FutharkOpaqueArray):
    """A handle of type []place."""
    def at(self, *indices: int) -> Place: ...
    @overload  # type: ignore[override]
    def project(self, name: Literal["lat"]) -> F64Array: ...
    @overload
    def project(self, name: Literal["lon"]) -> F64Array: ...
    def to_objects(self) -> list[PlaceDict]: ...

PlaceArrayColumns = TypedDict("PlaceArrayColumns", {
    "lat": F64ArrayArg,
    "lon": F64ArrayArg,
})
PlaceArrayArg: TypeAlias = PlaceArray | Sequence[PlaceArg] | PlaceArrayColumns

class U8Array(FutharkArray):
    """A handle of type []u8."""
    def to_numpy(self, out: NDArray[Any] | None = None) -> NDArray[np.uint8]: ...
    def get(self) -> NDArray[np.uint8]: ...
    def at(self, *indices: int) -> int: ...

U8ArrayArg: TypeAlias = U8Array | NDArray[np.uint8] | Sequence[int]

class Counter(FutharkRecord):
    """A handle of type counter."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["count"]) -> int: ...
    @overload
    def project(self, name: Literal["seen"]) -> I64Array: ...
    def to_object(self) -> CounterDict: ...  # type: ignore[override]

CounterDict = TypedDict("CounterDict", {
    "count": int,
    "seen": NDArray[np.int64],
})
CounterInput = TypedDict("CounterInput", {
    "count": int,
    "seen": I64ArrayArg,
})
CounterArg: TypeAlias = Counter | CounterInput

class Figure(FutharkSum):
    """A handle of type figure."""
    def variant(self) -> Literal["box", "disc", "nothing", "path"]: ...
    def destruct(self, name: Literal["box", "disc", "nothing", "path"] | None = None) -> list[Any]: ...  # type: ignore[override]
    def to_object(self) -> FigureDict: ...  # type: ignore[override]

FigureDict = TypedDict("FigureDict", {
    "variant": Literal["box", "disc", "nothing", "path"],
    "payload": list[Any],
})
FigureArg: TypeAlias = Figure | VariantValue | FigureDict

class HalfPair(FutharkRecord):
    """A handle of type half_pair."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["a"]) -> float: ...
    @overload
    def project(self, name: Literal["b"]) -> F16Array: ...
    def to_object(self) -> HalfPairDict: ...  # type: ignore[override]

HalfPairDict = TypedDict("HalfPairDict", {
    "a": float,
    "b": NDArray[np.float16],
})
HalfPairInput = TypedDict("HalfPairInput", {
    "a": float,
    "b": F16ArrayArg,
})
HalfPairArg: TypeAlias = HalfPair | HalfPairInput

class Holder(FutharkRecord):
    """A handle of type holder."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["tag"]) -> int: ...
    @overload
    def project(self, name: Literal["xs"]) -> I32Array: ...
    def to_object(self) -> HolderDict: ...  # type: ignore[override]

HolderDict = TypedDict("HolderDict", {
    "tag": int,
    "xs": NDArray[np.int32],
})
HolderInput = TypedDict("HolderInput", {
    "tag": int,
    "xs": I32ArrayArg,
})
HolderArg: TypeAlias = Holder | HolderInput

class Mark(FutharkRecord):
    """A handle of type mark."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["0", 0]) -> int: ...
    @overload
    def project(self, name: Literal["1", 1]) -> bool: ...
    def to_object(self) -> MarkDict: ...

MarkDict: TypeAlias = tuple[int, bool]
MarkInput: TypeAlias = tuple[int, bool]
MarkArg: TypeAlias = Mark | MarkInput

class NestLeaf(FutharkRecord):
    """A handle of type nest.leaf."""
    def project(self, name: Literal["v"]) -> int: ...  # type: ignore[override]
    def to_object(self) -> NestLeafDict: ...  # type: ignore[override]

NestLeafDict = TypedDict("NestLeafDict", {
    "v": int,
})
NestLeafInput = TypedDict("NestLeafInput", {
    "v": int,
})
NestLeafArg: TypeAlias = NestLeaf | NestLeafInput

class Place(FutharkRecord):
    """A handle of type place."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["lat"]) -> float: ...
    @overload
    def project(self, name: Literal["lon"]) -> float: ...
    def to_object(self) -> PlaceDict: ...  # type: ignore[override]

PlaceDict = TypedDict("PlaceDict", {
    "lat": float,
    "lon": float,
})
PlaceInput = TypedDict("PlaceInput", {
    "lat": float,
    "lon": float,
})
PlaceArg: TypeAlias = Place | PlaceInput

class Signal(FutharkSum):
    """A handle of type signal."""
    def variant(self) -> Literal["note", "silence", "wave"]: ...
    def destruct(self, name: Literal["note", "silence", "wave"] | None = None) -> list[Any]: ...  # type: ignore[override]
    def to_object(self) -> SignalDict: ...  # type: ignore[override]

SignalDict = TypedDict("SignalDict", {
    "variant": Literal["note", "silence", "wave"],
    "payload": list[Any],
})
SignalArg: TypeAlias = Signal | VariantValue | SignalDict

class Trip(FutharkRecord):
    """A handle of type trip."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["best"]) -> Figure: ...
    @overload
    def project(self, name: Literal["home"]) -> Place: ...
    @overload
    def project(self, name: Literal["name"]) -> U8Array: ...
    @overload
    def project(self, name: Literal["stops"]) -> PlaceArray: ...
    def to_object(self) -> TripDict: ...  # type: ignore[override]

TripDict = TypedDict("TripDict", {
    "best": FigureDict,
    "home": PlaceDict,
    "name": NDArray[np.uint8],
    "stops": list[PlaceDict],
})
TripInput = TypedDict("TripInput", {
    "best": FigureArg,
    "home": PlaceArg,
    "name": U8ArrayArg,
    "stops": PlaceArrayArg,
})
TripArg: TypeAlias = Trip | TripInput

class Walk(FutharkRecord):
    """A handle of type walk."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["at"]) -> int: ...
    @overload
    def project(self, name: Literal["steps"]) -> I32Array: ...
    def to_object(self) -> WalkDict: ...  # type: ignore[override]

WalkDict = TypedDict("WalkDict", {
    "at": int,
    "steps": NDArray[np.int32],
})
WalkInput = TypedDict("WalkInput", {
    "at": int,
    "steps": I32ArrayArg,
})
WalkArg: TypeAlias = Walk | WalkInput

class RecordCountI32PartsRecordHighF32LowF32(FutharkRecord):
    """A handle of type {count:i32, parts:{high:f32, low:f32}}."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["count"]) -> int: ...
    @overload
    def project(self, name: Literal["parts"]) -> RecordHighF32LowF32: ...
    def to_object(self) -> RecordCountI32PartsRecordHighF32LowF32Dict: ...  # type: ignore[override]

RecordCountI32PartsRecordHighF32LowF32Dict = TypedDict("RecordCountI32PartsRecordHighF32LowF32Dict", {
    "count": int,
    "parts": RecordHighF32LowF32Dict,
})
RecordCountI32PartsRecordHighF32LowF32Input = TypedDict("RecordCountI32PartsRecordHighF32LowF32Input", {
    "count": int,
    "parts": RecordHighF32LowF32Arg,
})
RecordCountI32PartsRecordHighF32LowF32Arg: TypeAlias = RecordCountI32PartsRecordHighF32LowF32 | RecordCountI32PartsRecordHighF32LowF32Input

class RecordHF32WF32(FutharkRecord):
    """A handle of type {h:f32, w:f32}."""
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

class RecordHighF32LowF32(FutharkRecord):
    """A handle of type {high:f32, low:f32}."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["high"]) -> float: ...
    @overload
    def project(self, name: Literal["low"]) -> float: ...
    def to_object(self) -> RecordHighF32LowF32Dict: ...  # type: ignore[override]

RecordHighF32LowF32Dict = TypedDict("RecordHighF32LowF32Dict", {
    "high": float,
    "low": float,
})
RecordHighF32LowF32Input = TypedDict("RecordHighF32LowF32Input", {
    "high": float,
    "low": float,
})
RecordHighF32LowF32Arg: TypeAlias = RecordHighF32LowF32 | RecordHighF32LowF32Input

class RecordNameU8ArrayPitchF32(FutharkRecord):
    """A handle of type {name:[]u8, pitch:f32}."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["name"]) -> U8Array: ...
    @overload
    def project(self, name: Literal["pitch"]) -> float: ...
    def to_object(self) -> RecordNameU8ArrayPitchF32Dict: ...  # type: ignore[override]

RecordNameU8ArrayPitchF32Dict = TypedDict("RecordNameU8ArrayPitchF32Dict", {
    "name": NDArray[np.uint8],
    "pitch": float,
})
RecordNameU8ArrayPitchF32Input = TypedDict("RecordNameU8ArrayPitchF32Input", {
    "name": U8ArrayArg,
    "pitch": float,
})
RecordNameU8ArrayPitchF32Arg: TypeAlias = RecordNameU8ArrayPitchF32 | RecordNameU8ArrayPitchF32Input

class RecordTagI32XsI32Array(FutharkRecord):
    """A handle of type {tag:i32, xs:[]i32}."""
    @overload  # type: ignore[override]
    def project(self, name: Literal["tag"]) -> int: ...
    @overload
    def project(self, name: Literal["xs"]) -> I32Array: ...
    def to_object(self) -> RecordTagI32XsI32ArrayDict: ...  # type: ignore[override]

RecordTagI32XsI32ArrayDict = TypedDict("RecordTagI32XsI32ArrayDict", {
    "tag": int,
    "xs": NDArray[np.int32],
})
RecordTagI32XsI32ArrayInput = TypedDict("RecordTagI32XsI32ArrayInput", {
    "tag": int,
    "xs": I32ArrayArg,
})
RecordTagI32XsI32ArrayArg: TypeAlias = RecordTagI32XsI32Array | RecordTagI32XsI32ArrayInput

class Entries:
    """The entry points of the program."""
    def add_into(self, xs: I32ArrayArg, ys: I32ArrayArg) -> I32Array:
        """``add_into (xs: *[]i32) (ys: []i32): *[]i32``"""
    def alias(self, xs: I32ArrayArg) -> I32Array:
        """``alias (xs: []i32): []i32``"""
    def anonymous(self, x: int) -> RecordCountI32PartsRecordHighF32LowF32:
        """``anonymous (x: i32): {count:i32, parts:{high:f32, low:f32}}``"""
    def area(self, f: FigureArg) -> float:
        """``area (f: figure): f32``"""
    def close(self) -> int:
        """``close: i32``"""
    def constant_table(self) -> I32Array:
        """``constant_table: []i32``"""
    def constructor(self, x: int) -> int:
        """``constructor (x: i32): i32``"""
    def count_marks(self, ms: TupleI32BoolArrayArg) -> int:
        """``count_marks (ms: [](i32, bool)): i64``"""
    def counter_next(self, c: CounterArg) -> Counter:
        """``counter_next (c: counter): counter``"""
    def counter_start(self, x: int) -> Counter:
        """``counter_start (x: i64): counter``"""
    def counter_total(self, c: CounterArg) -> int:
        """``counter_total (c: counter): i64``"""
    def figures(self, n: int) -> FigureArray:
        """``figures (n: i64): []figure``"""
    def flip_grid(self, ps: PlaceArray2Arg) -> PlaceArray2:
        """``flip_grid (ps: [][]place): [][]place``"""
    def floats(self, a: float, b: float, c: float, d: bool) -> tuple[float, float, float, bool]:
        """``floats (a: f16) (b: f32) (c: f64) (d: bool): (f16, f32, f64, bool)``"""
    def free(self, x: int) -> int:
        """``free (x: i32): i32``"""
    def fresh(self, n: int) -> I32Array:
        """``fresh (n: i64): *[]i32``"""
    def from_unit(self, _: UnitArg) -> int:
        """``from_unit (_: ()): i32``"""
    def halves(self, p: HalfPairArg) -> HalfPair:
        """``halves (p: half_pair): half_pair``"""
    def hold_in_place(self, h: RecordTagI32XsI32ArrayArg) -> I32Array:
        """``hold_in_place (h: *{tag:i32, xs:[]i32}): *[]i32``"""
    def hold_overwrite(self, h: HolderArg) -> Holder:
        """``hold_overwrite (h: *holder): *holder``"""
    def leaf(self, v: int) -> NestLeaf:
        """``leaf (v: u8): nest.leaf``"""
    def loudness(self, s: SignalArg) -> float:
        """``loudness (s: signal): f32``"""
    def mark(self, x: int) -> Mark:
        """``mark (x: i32): mark``"""
    def marks(self, xs: I32ArrayArg) -> MarkArray:
        """``marks (xs: []i32): []mark``"""
    def middle(self, p: PlaceArg, q: PlaceArg) -> Place:
        """``middle (p: place) (q: place): place``"""
    def north(self, ps: PlaceArrayArg) -> float:
        """``north (ps: []place): f64``"""
    def overwrite(self, xs: I32ArrayArg, v: int) -> I32Array:
        """``overwrite (xs: *[]i32) (v: i32): *[]i32``"""
    def place_grid(self, n: int, m: int) -> PlaceArray2:
        """``place_grid (n: i64) (m: i64): [][]place``"""
    def places(self, n: int) -> PlaceArray:
        """``places (n: i64): []place``"""
    def same_figure(self, f: FigureArg) -> Figure:
        """``same_figure (f: figure): figure``"""
    def scalars(self, a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int) -> tuple[int, int, int, int, int, int, int, int]:
        """``scalars (a: i8) (b: i16) (c: i32) (d: i64) (e: u8) (f: u16) (g: u32) (h: u64): (i8, i16, i32, i64, u8, u16, u32, u64)``"""
    def swap(self, p: TupleI32F64ArrayArg) -> tuple[F64Array, int]:
        """``swap (p: (i32, []f64)): ([]f64, i32)``"""
    def to_unit(self, _x: int) -> tuple[()]:
        """``to_unit (_x: i32): ()``"""
    def total_area(self, fs: FigureArrayArg) -> float:
        """``total_area (fs: []figure): f32``"""
    def trip(self, n: int) -> Trip:
        """``trip (n: i64): trip``"""
    def trip_home(self, t: TripArg) -> float:
        """``trip_home (t: trip): f64``"""
    def twin(self, xs: I32ArrayArg) -> tuple[I32Array, I32Array]:
        """``twin (xs: []i32): ([]i32, []i32)``"""
    def types(self, x: int) -> int:
        """``types (x: i32): i32``"""
    def unmark(self, m: MarkArg) -> int:
        """``unmark (m: mark): i32``"""
    def walk_end(self, w: WalkArg) -> tuple[int, I32Array]:
        """``walk_end (w: walk): (i64, []i32)``"""
    def walk_start(self) -> Walk:
        """``walk_start: walk``"""
    def walk_step(self, w: WalkArg, d: int) -> Walk:
        """``walk_step (w: walk) (d: i32): walk``"""
    def __getitem__(self, name: Literal["prime'"]) -> Callable[[int], int]: ...

class Module(FutharkModule):
    """The opened program."""
    entry: Entries  # type: ignore[assignment]
