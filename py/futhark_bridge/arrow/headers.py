"""Templates of the flatbuffers in an array's Arrow messages.

The tables are laid out front to back in a fixed order, so that equal arrays have equal
headers. The text of the shape comes last in the schema: every other offset depends on
the elemtype and the form only, so a template can be filled in place.

Tables and slots: https://github.com/apache/arrow/blob/main/format/Schema.fbs and
https://github.com/apache/arrow/blob/main/format/Message.fbs
"""

from dataclasses import dataclass
from functools import cache
from struct import calcsize, pack, pack_into

from futhark_bridge.elemtypes import ELEMTYPES

_Slot = tuple[str, int] | None

_V5 = 4
_REF: _Slot = ("I", 0)
_HEADER_SCHEMA, _HEADER_RECORD_BATCH = 1, 3
_TYPE_INT, _TYPE_FLOAT, _TYPE_FIXED_SIZE_LIST = 2, 3, 16


@dataclass(frozen=True, slots=True)
class Template:
    """Both flatbuffers of a message; offsets count from the start of each.

    ``schema`` ends with the length (u32) of the text that follows it: ``before``, the
    dimensions, ``after``, a zero byte. ``rows`` are the offsets in ``batch`` of the
    number of elements, ``size`` that of the body's size without padding, ``body`` that
    of its size with padding. ``list_size`` is 0 in the flat form.
    """

    elemtype: str
    schema: bytes
    list_size: int
    before: bytes
    after: bytes
    batch: bytes
    rows: tuple[int, ...]
    size: int
    body: int

    @property
    def prefix(self) -> bytes:
        """The constant bytes at the start of the schema."""
        return self.schema[: self.list_size or len(self.schema) - 4]


@cache
def template(elemtype: str, flat: bool) -> Template:
    """Return the template of an elemtype, as a tensor of one row or ``flat``."""
    schema = _Flat()
    list_size = _schema(schema, elemtype, flat)
    batch = _Flat()
    body, rows, size = _record_batch(batch, flat)
    return Template(
        elemtype=elemtype,
        schema=bytes(schema.data),
        list_size=list_size,
        before=b"[" if flat else b'{"shape":[',
        after=b"]" if flat else b"]}",
        batch=bytes(batch.data),
        rows=rows,
        size=size,
        body=body,
    )


class _Flat:
    """A flatbuffer that is written front to back.

    Except from a table to its vtable, references in the format point forward: a target
    is written after its reference, and the distance is then stored at ``ref``.
    """

    def __init__(self) -> None:
        self.data = bytearray(4)

    def table(self, ref: int, *slots: _Slot) -> list[int]:
        """Append a table; return the offset of each slot (0 when absent)."""
        vtable = self._align(4)
        self.data += bytes(4 + 2 * len(slots))
        table = self._align(4)
        self._link(ref, table)
        self.data += pack("<i", table - vtable)
        positions = []
        for i, slot in enumerate(slots):
            if slot is None:
                positions.append(0)
                continue
            code, value = slot
            position = self._align(calcsize(code))
            self.data += pack("<" + code, value)
            pack_into("<H", self.data, vtable + 4 + 2 * i, position - table)
            positions.append(position)
        sizes = (4 + 2 * len(slots), len(self.data) - table)
        pack_into("<HH", self.data, vtable, *sizes)
        return positions

    def refs(self, ref: int, count: int) -> list[int]:
        """Append a vector of references; return the offset of each."""
        self._link(ref, self._align(4))
        self.data += pack("<I", count)
        first = len(self.data)
        self.data += bytes(4 * count)
        return [first + 4 * i for i in range(count)]

    def pairs(self, ref: int, count: int) -> int:
        """Append a vector of pairs of i64, all zero; return the first one's offset."""
        while len(self.data) % 8 != 4:
            self.data.append(0)
        self._link(ref, len(self.data))
        self.data += pack("<I", count)
        first = len(self.data)
        self.data += bytes(16 * count)
        return first

    def string(self, ref: int, text: bytes) -> None:
        """Append a string."""
        self.text(ref, len(text))
        self.data += text + b"\0"

    def text(self, ref: int, length: int = 0) -> None:
        """Append the length of a string; the caller appends its bytes."""
        self._link(ref, self._align(4))
        self.data += pack("<I", length)

    def key_values(self, ref: int, *pairs: tuple[bytes, bytes | None]) -> None:
        """Append metadata; only the last value may be None, to be appended later."""
        for at, (key, value) in zip(self.refs(ref, len(pairs)), pairs, strict=True):
            key_at, value_at = self.table(at, _REF, _REF)
            self.string(key_at, key)
            if value is None:
                self.text(value_at)
            else:
                self.string(value_at, value)

    def _link(self, ref: int, position: int) -> None:
        pack_into("<I", self.data, ref, position - ref)

    def _align(self, size: int) -> int:
        self.data += bytes(-len(self.data) % size)
        return len(self.data)


def _schema(flat: _Flat, elemtype: str, flat_form: bool) -> int:
    """Write the schema's message; return the offset of the list's size."""
    #  Message: 0 version | 1 header type | 2 header | 3 bodyLength
    slots: list[_Slot] = [("h", _V5), ("B", _HEADER_SCHEMA), _REF]
    header = flat.table(0, *slots)[2]
    #  Schema: 0 endianness (little by default) | 1 fields
    fields = flat.table(header, None, _REF)[1]
    field = flat.refs(fields, 1)[0]
    if flat_form:
        metadata = _primitive(flat, field, b"data", elemtype, True)
        pairs = _bool8(elemtype)
        flat.key_values(metadata, *pairs, (b"shape", None))
        return 0
    #  Field: 0 name | 1 nullable | 2 type type | 3 type | 4 dictionary
    #       | 5 children | 6 metadata
    slots = [_REF, None, ("B", _TYPE_FIXED_SIZE_LIST), _REF, None, _REF, _REF]
    name, _, _, kind, _, children, metadata = flat.table(field, *slots)
    flat.string(name, b"data")
    child = flat.refs(children, 1)[0]
    if pairs := _bool8(elemtype):
        flat.key_values(_primitive(flat, child, b"item", elemtype, True), *pairs)
    else:
        _primitive(flat, child, b"item", elemtype, False)
    #  FixedSizeList: 0 listSize
    list_size = flat.table(kind, ("i", 0))[0]
    flat.key_values(
        metadata,
        (b"ARROW:extension:name", b"arrow.fixed_shape_tensor"),
        (b"ARROW:extension:metadata", None),
    )
    return list_size


def _bool8(elemtype: str) -> list[tuple[bytes, bytes | None]]:
    """Return the metadata of a bool field; empty for other elemtypes."""
    if elemtype != "bool":
        return []
    return [
        (b"ARROW:extension:name", b"arrow.bool8"),
        (b"ARROW:extension:metadata", b""),
    ]


def _primitive(
    flat: _Flat, field: int, name: bytes, elemtype: str, metadata: bool
) -> int:
    """Write a field of a primitive type; return the offset of its metadata."""
    row = ELEMTYPES[elemtype]
    is_float = row.kind == "float"
    type_type = _TYPE_FLOAT if is_float else _TYPE_INT
    slots = [_REF, None, ("B", type_type), _REF, None, _REF]
    positions = flat.table(field, *slots, *([_REF] if metadata else []))
    flat.string(positions[0], name)
    if is_float:
        #  FloatingPoint: 0 precision (half, single, double)
        flat.table(positions[3], ("h", {2: 0, 4: 1, 8: 2}[row.bytes]))
    else:
        #  Int: 0 bitWidth | 1 is signed
        signed = int(row.kind != "uint")
        flat.table(positions[3], ("i", 8 * row.bytes), ("B", signed))
    flat.refs(positions[5], 0)
    return positions[-1]


def _record_batch(flat: _Flat, flat_form: bool) -> tuple[int, tuple[int, ...], int]:
    """Write the record batch's message; return the offsets of body, rows and size."""
    slots = [("h", _V5), ("B", _HEADER_RECORD_BATCH), _REF, ("q", 0)]
    _, _, header, body = flat.table(0, *slots)
    #  RecordBatch: 0 length | 1 nodes | 2 buffers
    length, nodes, buffers = flat.table(header, ("q", int(not flat_form)), _REF, _REF)
    #  FieldNode: 0 length | 8 null count. Buffer: 0 offset | 8 length
    if flat_form:
        node = flat.pairs(nodes, 1)
        buffer = flat.pairs(buffers, 2)
        return body, (length, node), buffer + 16 + 8
    node = flat.pairs(nodes, 2)
    pack_into("<q", flat.data, node, 1)
    buffer = flat.pairs(buffers, 3)
    return body, (node + 16,), buffer + 32 + 8
