"""A small part of a value as text, read out of Futhark for showing it.

Of a large array only the elements that are shown are read, by Futhark's own index
function.
"""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, Any

from futhark_bridge.program.handle import Value
from futhark_bridge.values.array import FutharkArray
from futhark_bridge.values.opaque_array import FutharkOpaqueArray
from futhark_bridge.values.record import FutharkRecord
from futhark_bridge.values.sum import FutharkSum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# An array of so many elements is copied out as a whole.
_WHOLE = 10_000
# Elements at each end of a dimension, and rows of an array of records.
EDGE = 3
ROWS = 6
_DEPTH = 3


def preview_array(array: FutharkArray) -> NDArray[Any]:
    """Give the array as numpy would print it: of a large one only the edges are set."""
    import numpy as np  # noqa: PLC0415 - only for who wants it

    operation = array.program.operation("index", array.type)
    if array.size <= _WHOLE or operation is None:
        return array.to_numpy()
    # Memory that is never touched is never there: this is as large as what is shown.
    shown = np.zeros(array.shape, array.dtype)
    edge = _edge(array.rank)
    for indices in product(*(edges(size, edge) for size in array.shape)):
        shown[indices] = operation.invoke(array, *indices)[0]
    return shown


def array_text(array: FutharkArray) -> str:
    """Print an array as numpy does, the middle of a large one left out."""
    import numpy as np  # noqa: PLC0415 - only for who wants it

    return np.array2string(
        preview_array(array), threshold=1000, edgeitems=_edge(array.rank)
    )


def _edge(rank: int) -> int:
    return EDGE if rank <= 4 else 1


def edges(size: int, edge: int = EDGE) -> list[int]:
    """Give the indices at both ends of a dimension; all of a short one."""
    if size <= 2 * edge:
        return list(range(size))
    return [*range(edge), *range(size - edge, size)]


def number(x: object) -> str:
    """Print one element or scalar, briefly."""
    return f"{x:.6g}" if isinstance(x, float) else str(x).lower()


def brief(part: Any, depth: int = 0) -> str:
    """Give a value in one line, in Futhark's notation."""
    if not isinstance(part, Value):
        return number(part)
    if isinstance(part, FutharkArray):
        return _brief_array(part)
    if depth >= _DEPTH:
        return part.type
    if isinstance(part, FutharkRecord):
        fields = [(name, brief(x, depth + 1)) for name, x in parts(part)]
        if part.info.is_tuple:
            return f"({', '.join(text for _, text in fields)})"
        return f"{{{', '.join(f'{name} = {text}' for name, text in fields)}}}"
    if isinstance(part, FutharkSum):
        name = part.variant()
        payload = [brief(x, depth + 1) for x in part.destruct(name)]
        return " ".join([f"#{name}", *payload])
    if isinstance(part, FutharkOpaqueArray):
        return f"{''.join(f'[{n}]' for n in part.shape)}{part.elemtype}"
    return part.type


def parts(record: FutharkRecord) -> list[tuple[str, Any]]:
    """Give the fields of a record, with their names."""
    return [(name, record.project(name)) for name in record.fields]


def rows(array: FutharkOpaqueArray) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Give the first elements of an array of opaque values, with their indices."""
    operation = array.program.operation("index", array.type)
    if operation is None:  # modules of compilers before 0.25.19
        return
    for indices in islice(product(*map(range, array.shape)), ROWS):
        yield indices, operation.invoke(array, *indices)[0]


def _brief_array(array: FutharkArray) -> str:
    sizes = "".join(f"[{n}]" for n in array.shape)
    if array.rank != 1 or array.size > 2 * EDGE:
        return f"{sizes}{array.elemtype}"
    return f"[{', '.join(number(x) for x in preview_array(array).tolist())}]"
