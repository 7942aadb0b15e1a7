"""Where the worker's time goes: ``profile_worker.py MODULE`` prints us per step.

The steps are timed one by one, so their sum is less than what a call takes that comes
from another processor: what it touches is then not in this one's caches.
"""

from __future__ import annotations

import struct
import sys
from timeit import repeat
from typing import TYPE_CHECKING, Any

from futhark_bridge.program.options import Options
from futhark_bridge.program.program import Program
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import HEADER, FrameReader
from futhark_bridge.worker.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 128
LARGE = 10**7


def show(name: str, run: Callable[[], object], count: int, per: int = 1) -> None:
    """Print the least time of some rounds."""
    us = min(repeat(run, number=count, repeat=7)) / count / per * 1e6
    print(f"  {name:<44}{us:12.2f} us")


def main(path: str) -> None:
    """Take a pipelined call, and an entry on 40 MB, apart."""
    program = Program.open(path, Options())
    session, context = Session(program), program.context
    operations = {o.label: i for i, o in enumerate(program.operations)}
    bound = program.type("[]f32")
    small = bound.make(bytes(64), (16,))
    session.values[1] = small
    body = struct.pack("<III", operations["step"], 2, 1)
    frames = (HEADER.pack(len(body), 7, messages.CALL) + body) * CALLS
    reader = FrameReader(1 << 20)

    def cut() -> None:
        reader.target()[: len(frames)] = frames
        for _ in reader.filled(len(frames)):
            pass

    lib, ctx = context.lib, context.ptr
    out: Any = context.ffi.new("struct futhark_f32_1d **")

    def in_c() -> None:
        lib.futhark_entry_step(ctx, out, small.ptr)
        lib.futhark_free_f32_1d(ctx, out[0])

    invoke = program.operations[operations["step"]].compiled()
    view = memoryview(body)
    print("a pipelined call on 16 elements, each step with those above it:")
    show("the entry point and free, in C", in_c, 20_000)
    show("checks, lock, handle with its shape", lambda: invoke(small), 20_000)
    show("words in and out", lambda: session.handle(7, messages.CALL, view), 20_000)
    show("(cutting a frame, by itself)", cut, 300, CALLS)

    elements = bytearray(4 * LARGE)
    array = bound.make(elements, (LARGE,))

    def scale() -> None:
        lib.futhark_entry_scale(ctx, out, 2.0, array.ptr)
        lib.futhark_free_f32_1d(ctx, out[0])

    print("40 MB:")
    show("the entry point and free, in C", scale, 3)
    show(
        "futhark_new, which arrays in shared memory avoid",
        lambda: bound.make(elements, (LARGE,)),
        3,
    )
    show("futhark_values", lambda: program.values_into(array, elements), 3)


if __name__ == "__main__":
    main(sys.argv[1])
