"""Layouts of stored values, derived from type descriptions, to validate stored bytes.

C checks only the headers of stored bytes: not that the columns of an array of records
have equal lengths, that a sum's tag denotes a variant, or that a bool is 0 or 1. An
invalid value would fail later and elsewhere, so all of this is checked here.

A stored value is a sequence of *parts*, each a scalar or an array of scalars. A record
consists of the parts of its fields. An array has the parts of one element, with the
array's dimensions prepended to each. A sum is its tag, then *slots* that its variants
share: a scalar in a payload takes a free slot of its kind from an earlier variant, or
else adds one; an array always adds one. Kinds ignore signedness. Slots that a variant
does not use are uninitialized, so there a bool may be any byte.

A *mask* has a byte, 0 or 1, per element of the enclosing arrays: whether the element is
of the current variant. None means all elements.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

from futhark_bridge.elemtypes import ELEMTYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from futhark_bridge.bindings.program_info import TypeInfo

Mask = bytes | None
Kind = tuple[str, int]
_UNIT = "unit"
_ABOVE_ONE = bytes([0, 0] + [1] * 254)
_ONLY_BOOLS = bytes([0, 1] + [0] * 254)


class Misfit(Exception):  # noqa: N818 - never reaches the caller
    """The parts are not a value of the type; the message says why."""


@dataclass(slots=True)
class Part:
    """One part of a stored value; ``data`` is a view that `finish` writes to."""

    elemtype: str
    shape: tuple[int, ...]
    data: memoryview
    used: list[Mask] = field(default_factory=list)

    def finish(self) -> None:
        """Check the bytes of bools where they are used; normalize the others."""
        data = bytes(self.data)
        above = data.translate(_ABOVE_ONE)
        if 1 in above:
            for mask in self.used:
                if _both(above, _widen(mask, len(data))):
                    raise Misfit("a bool that is neither 0 nor 1")
            self.data[:] = data.translate(_ONLY_BOOLS)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar, or the unit value, which is stored as a bool."""

    elemtype: str

    def kinds(self) -> Iterator[Kind]:
        """List the stored arrays: elemtype and rank of each."""
        yield self.elemtype, 0

    def check(self, parts: Sequence[Part], _: int, mask: Mask) -> None:
        """Reject parts that are not those of a value of the type."""
        if self.elemtype == "bool":
            parts[0].used.append(mask)


@dataclass(frozen=True, slots=True)
class Array:
    """An array of any element type."""

    rank: int
    element: Layout

    def kinds(self) -> Iterator[Kind]:
        """List the stored arrays: elemtype and rank of each."""
        return ((name, rank + self.rank) for name, rank in self.element.kinds())

    def check(self, parts: Sequence[Part], outer: int, mask: Mask) -> None:
        """Reject parts that are not those of a value of the type."""
        inner = outer + self.rank
        shapes = {part.shape[outer:inner] for part in parts}
        if len(shapes) > 1:
            raise Misfit("fields with arrays of different sizes")
        self.element.check(parts, inner, _widen(mask, prod(parts[0].shape[:inner])))


@dataclass(frozen=True, slots=True)
class Record:
    """A record or a tuple."""

    fields: tuple[Layout, ...]

    def kinds(self) -> Iterator[Kind]:
        """List the stored arrays: elemtype and rank of each."""
        for each in self.fields:
            yield from each.kinds()

    def check(self, parts: Sequence[Part], outer: int, mask: Mask) -> None:
        """Reject parts that are not those of a value of the type."""
        at = 0
        for each in self.fields:
            end = at + len(list(each.kinds()))
            each.check(parts[at:end], outer, mask)
            at = end


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum: the kinds of its slots, and each variant's payload and slots."""

    slots: tuple[Kind, ...]
    variants: tuple[tuple[Record, tuple[int, ...]], ...]

    def kinds(self) -> Iterator[Kind]:
        """List the stored arrays: elemtype and rank of each."""
        yield "i8", 0
        yield from self.slots

    def check(self, parts: Sequence[Part], outer: int, mask: Mask) -> None:
        """Reject parts that are not those of a value of the type."""
        tags = bytes(parts[0].data)
        count = len(self.variants)
        if _both(tags.translate(bytes(count) + b"\1" * (256 - count)), mask):
            raise Misfit(f"a tag that is none of its {count} variants")
        for tag, (payload, slots) in enumerate(self.variants):
            table = bytearray(256)
            table[tag] = 1
            chosen = tags.translate(table)
            if mask is not None:
                chosen = _and(chosen, mask)
            if 1 in chosen:
                payload.check([parts[1 + slot] for slot in slots], outer, chosen)


Layout = Scalar | Array | Record | Sum


def layout_of(name: str, types: Mapping[str, TypeInfo]) -> Layout | None:
    """Return the layout of a type, or None if a part is not described."""
    if name in ELEMTYPES:
        return Scalar(name)
    info = types.get(name)
    if info is None or info.kind == "opaque":
        return None
    if info.kind in ("array", "record_array", "opaque_array"):
        element = layout_of(info.elemtype, types)
        return element and Array(info.rank, element)
    if info.kind == "sum":
        payloads = [_record(v.payload, types) for v in info.variants]
        return _sum([p for p in payloads if p]) if all(payloads) else None
    if not info.fields:
        return Scalar(_UNIT)
    return _record([f.type for f in info.fields], types)


def _record(names: Sequence[str], types: Mapping[str, TypeInfo]) -> Record | None:
    fields = [layout_of(name, types) for name in names]
    known = tuple(each for each in fields if each is not None)
    return Record(known) if len(known) == len(fields) else None


def _sum(payloads: Sequence[Record]) -> Sum:
    kinds: list[Kind] = []
    variants = []
    for payload in payloads:
        free = [k for k, (_, rank) in enumerate(kinds) if rank == 0]
        slots = []
        for name, rank in payload.kinds():
            kind = (_signed(name), rank)
            slot = next((k for k in free if kinds[k] == kind), len(kinds))
            if slot == len(kinds) or rank:
                slot = len(kinds)
                kinds.append(kind)
            else:
                free.remove(slot)
            slots.append(slot)
        variants.append((payload, tuple(slots)))
    return Sum(tuple(kinds), tuple(variants))


def fits(layout: Layout, parts: Sequence[Part]) -> bool:
    """Return whether number and kinds of the parts are those of the type."""
    wanted = [("bool" if n == _UNIT else n, rank) for n, rank in layout.kinds()]
    return wanted == [(part.elemtype, len(part.shape)) for part in parts]


def check(layout: Layout, parts: Sequence[Part]) -> None:
    """Check the contents of parts that fit; normalize unused bools.

    Raises
    ------
    Misfit
        If they are not a value of the type.
    """
    layout.check(parts, 0, None)
    for part in parts:
        if part.elemtype == "bool":
            part.finish()


def _signed(name: str) -> str:
    return "i" + name[1:] if name.startswith("u") and name != _UNIT else name


def _widen(mask: Mask, count: int) -> Mask:
    """Repeat each byte of a mask, for ``count`` bytes in total."""
    if not mask or len(mask) == count:
        return mask
    times = count // len(mask)
    return mask.replace(b"\0", bytes(times)).replace(b"\1", b"\1" * times)


def _and(one: bytes, other: bytes) -> bytes:
    both = int.from_bytes(one, "little") & int.from_bytes(other, "little")
    return both.to_bytes(len(one), "little")


def _both(marks: bytes, mask: Mask) -> bool:
    """Return whether a mark is set where the mask is."""
    return 1 in (marks if mask is None else _and(marks, mask))
