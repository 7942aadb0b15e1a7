import itertools
import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from futhark_bridge.arrow.codec import (
    MAX_COUNT,
    MAX_RANK,
    decode,
    encode_footer,
    encode_header,
    message_bytes,
)
from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError, ProtocolError

ARROW = Path(__file__).resolve().parents[2] / "arrow"


def encode(elemtype: str, shape: tuple[int, ...], body: bytes) -> bytes:
    return encode_header(elemtype, shape) + body + encode_footer(len(body))


def body_of(elemtype: str, shape: tuple[int, ...]) -> bytes:
    size = math.prod(shape) * ELEMTYPES[elemtype].bytes
    return bytes(i % 2 if elemtype == "bool" else i % 251 for i in range(size))


shapes = st.lists(st.integers(0, 5), max_size=5).map(tuple)


@given(st.sampled_from(list(ELEMTYPES)), shapes)
def test_arrays_come_back_and_pyarrow_reads_them(
    elemtype: str, shape: tuple[int, ...]
) -> None:
    body = body_of(elemtype, shape)
    message = encode(elemtype, shape, body)
    assert len(message) == message_bytes(elemtype, shape)
    assert len(encode_header(elemtype, shape)) % 64 == 0
    decoded = decode(message)
    assert (decoded.elemtype, decoded.shape) == (elemtype, shape)
    assert decoded.body == body

    table = pa.ipc.open_stream(message).read_all()
    table.validate(full=True)
    column = table.column("data")
    assert isinstance(column.type, pa.FixedShapeTensorType)
    assert tuple(column.type.shape) == shape
    is_bool = elemtype == "bool"
    value_type = pa.bool8() if is_bool else ELEMTYPES[elemtype].dtype
    if value_type in {"float16", "float32", "float64"}:
        value_type = {2: pa.float16(), 4: pa.float32(), 8: pa.float64()}[
            ELEMTYPES[elemtype].bytes
        ]
    assert column.type.value_type == value_type
    if not is_bool:  # pyarrow takes no bool8 for a tensor
        array = column.chunk(0).to_numpy_ndarray()[0]
        assert array.tobytes() == body


def test_the_body_is_a_view_at_a_multiple_of_64() -> None:
    message = bytearray(encode("f64", (3,), bytes(24)))
    decoded = decode(message)
    message[message_bytes("f64", (3,)) - 8 - 64] = 7
    assert decoded.body[0] == 7
    assert decoded.body.nbytes == 24


def test_a_read_only_view_of_part_of_a_buffer_decodes() -> None:
    message = encode("i32", (2, 2), b"0123456789abcdef")
    part = memoryview(b"xxx" + message + b"yy").toreadonly()[3:-2]
    assert decode(part).body.tobytes() == b"0123456789abcdef"


@pytest.mark.parametrize("size", range(130))
def test_footers_fill_up_to_64_and_end_the_stream(size: int) -> None:
    footer = encode_footer(size)
    assert (size + len(footer)) % 64 == 8
    assert len(footer) < 72
    assert footer == bytes(len(footer) - 8) + b"\xff\xff\xff\xff\0\0\0\0"


@pytest.mark.parametrize(
    ("elemtype", "shape", "message"),
    [
        ("i7", (1,), "expected an elemtype, got 'i7'"),
        ("i8", (-1,), r"expected dimensions from 0 to \d+, got \[-1\]"),
        ("i8", (MAX_COUNT + 1, 0), "expected dimensions from 0"),
        ("i8", (1.5,), "expected dimensions from 0"),
        ("i64", (2**51,), "expected 9007199254740991 bytes at most"),
        ("u8", (2**30, 2**30), "expected 9007199254740991 bytes at most"),
        ("u8", (1,) * (MAX_RANK + 1), "expected rank 64 at most, got 65"),
    ],
)
def test_values_that_a_message_cannot_hold_are_refused(
    elemtype: str, shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        encode_header(elemtype, shape)


def test_the_limits_themselves_are_allowed() -> None:
    for shape in [(1,) * MAX_RANK, (0, MAX_COUNT), (MAX_COUNT,) * 63 + (0,)]:
        encoded = encode("u8", shape, bytes(math.prod(shape)))
        assert decode(encoded).shape == shape


def test_more_than_2_31_elements_travel_as_a_flat_column(tmp_path: Path) -> None:
    shape = (2, 2**30)
    path = tmp_path / "big.arrows"
    size = message_bytes("i8", shape)
    with path.open("wb") as file:  # sparse: it takes no room
        file.write(encode_header("i8", shape))
        file.seek(size - 8)
        file.write(encode_footer(0))
    with pa.memory_map(str(path)) as mapped:
        table = pa.ipc.open_stream(mapped).read_all()
        table.validate()
        assert table.num_rows == 2**31
        assert table.schema.field("data").type == pa.int8()
        metadata = table.schema.field("data").metadata
        assert json.loads(metadata[b"shape"]) == list(shape)
        mapped.seek(0)
        decoded = decode(mapped.read_buffer())
        assert decoded.shape == shape
        assert decoded.body.nbytes == 2**31
        del decoded, table


MESSAGES = [
    encode(elemtype, shape, body_of(elemtype, shape))
    for elemtype in ELEMTYPES
    for shape in [(), (3,), (2, 0), (2, 3, 4)]
]


def is_canonical(message: bytes) -> bool:
    """Return whether encoding the decoded message yields the same bytes."""
    try:
        decoded = decode(message)
    except ProtocolError:
        return False
    assert message == encode(decoded.elemtype, decoded.shape, bytes(decoded.body))
    return True


def test_messages_cut_short_or_with_more_after_them_are_refused() -> None:
    for message in MESSAGES:
        assert is_canonical(message)
        for end in itertools.chain(range(0, len(message), 7), [len(message) - 1]):
            assert not is_canonical(message[:end])
        assert not is_canonical(message + b"\0")
        assert not is_canonical(message + message)


def test_every_changed_byte_outside_the_elements_is_noticed() -> None:
    for message in MESSAGES:
        decoded = decode(message)
        start = len(encode_header(decoded.elemtype, decoded.shape))
        elements = range(start, start + decoded.body.nbytes)
        for position in range(len(message)):
            changed = bytearray(message)
            changed[position] ^= 1 << (position % 8)
            if position in elements:
                assert is_canonical(bytes(changed))
            else:
                # One change can only make another array's message by its shape's text.
                try:
                    other = decode(changed)
                except ProtocolError:
                    continue
                assert changed == encode(other.elemtype, other.shape, bytes(other.body))


def test_random_changes_never_decode_to_what_was_not_encoded() -> None:
    random_ = random.Random(1)
    for _ in range(20_000):
        message = bytearray(random_.choice(MESSAGES))
        for _ in range(random_.choice([1, 2, 4, 16])):
            kind = random_.randrange(4)
            at = random_.randrange(max(1, len(message) - 4))
            if kind == 0:
                message[at : at + 4] = random_.randbytes(4)
            elif kind == 1:
                number = random_.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
                message[at : at + 4] = number.to_bytes(4, "little")
            elif kind == 2:
                del message[at : at + random_.randrange(9)]
            else:
                message[at:at] = random_.randbytes(random_.randrange(9))
        is_canonical(bytes(message))


def test_shapes_that_are_not_canonical_text_are_refused() -> None:
    message = encode("u8", (12, 0), b"")
    at = message.index(b"[12,0]")
    for text in [b"[012,", b"[1 2,", b"[+12,", b"[-12,", b"[1_2,", b'["12"', b"[1.2,"]:
        changed = bytearray(message)
        changed[at : at + len(text)] = text
        assert not is_canonical(bytes(changed))


def index(key: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((ARROW / "vectors.json").read_text())[
        key
    ]
    assert len(entries) >= 3 * len(ELEMTYPES)
    return entries


@pytest.mark.parametrize("vector", index("vectors"), ids=lambda v: str(v["file"]))
def test_golden_vectors_both_ways(vector: dict[str, Any]) -> None:
    elemtype, shape = str(vector["elemtype"]), tuple(vector["shape"])
    body = bytes.fromhex(str(vector["values"]))
    message = (ARROW / "vectors" / str(vector["file"])).read_bytes()
    assert encode(elemtype, shape, body) == message
    decoded = decode(message)
    assert (decoded.elemtype, decoded.shape) == (elemtype, shape)
    assert decoded.body == body

    table = pa.ipc.open_stream(message).read_all()
    table.validate(full=True)
    storage = table.column("data").chunk(0).storage
    dtype = np.dtype(ELEMTYPES[elemtype].dtype)
    expected = np.frombuffer(body, dtype).reshape(shape)
    read = np.frombuffer(storage.buffers()[-1] or b"", dtype, expected.size)
    assert read.tobytes() == expected.tobytes()
    assert table.column("data").type.shape == list(shape)


@pytest.mark.parametrize("vector", index("headers"))
def test_golden_headers_of_large_arrays(vector: dict[str, Any]) -> None:
    elemtype, shape = str(vector["elemtype"]), tuple(vector["shape"])
    header = bytes.fromhex(str(vector["header"]))
    assert encode_header(elemtype, shape) == header
    schema = pa.ipc.open_stream(header + encode_footer(0)).schema
    if math.prod(shape) > 2**31 - 1:
        metadata = schema.field("data").metadata
        assert json.loads(metadata[b"shape"]) == list(shape)
    else:
        assert schema.field("data").type.shape == list(shape)


def test_every_kind_of_vector_exists() -> None:
    vectors = index("vectors")
    assert {v["elemtype"] for v in vectors} == set(ELEMTYPES)
    assert {len(v["shape"]) for v in vectors} == {0, 1, 2, 3, 4}


def table_rows(first: str) -> list[list[str]]:
    """Return the rows of the README whose first cell is ``first``."""
    lines = (ARROW / "README.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] == first]


@pytest.mark.parametrize(("form", "shape"), [("tensor", (2, 3)), ("flat", (3, 2**30))])
@pytest.mark.parametrize("elemtype", ELEMTYPES)
def test_the_offsets_in_the_readme(
    elemtype: str, form: str, shape: tuple[int, ...]
) -> None:
    schemas, batches = table_rows(form)[:-1], table_rows(form)[-1]
    kind = ELEMTYPES[elemtype].kind
    name = {"bool": "bool", "float": "floats"}.get(kind, "integers")
    (row,) = [row for row in schemas if row[1] == name]
    header = encode_header(elemtype, shape)
    count = math.prod(shape)
    nbytes = count * ELEMTYPES[elemtype].bytes

    text = json.dumps(list(shape), separators=(",", ":"))
    if form == "tensor":
        text = f'{{"shape":{text}}}'
        assert header[8 + int(row[2]) :][:4] == count.to_bytes(4, "little")
    assert header[8 + int(row[3]) :][:4] == len(text).to_bytes(4, "little")
    assert header[8 + int(row[4]) :].startswith(text.encode() + b"\0")

    batch = header[16 + int.from_bytes(header[4:8], "little") :]
    body, counts, size = batches[1], batches[2].split(" and "), batches[3]
    assert batch[int(body) :][:8] == (nbytes + -nbytes % 64).to_bytes(8, "little")
    assert batch[int(size) :][:8] == nbytes.to_bytes(8, "little")
    for position in counts:
        assert batch[int(position) :][:8] == count.to_bytes(8, "little")
    assert not any(batch[int(batches[4]) :])
