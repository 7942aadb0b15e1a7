"""The sitecustomize.py of the nodes: notes each task's start and each copy in a file.

A line is ``task``, or ``copy FROM TO BYTES`` with the kinds of memory: ``slab`` of the
client, object ``store``, other ``memory``, ``-`` for Futhark's and for inside Ray.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_LOG = os.environ.get("TEST_TASK_LOG", "")
# What the mappings of plasma and of slabs are called.
_KINDS = {"plasma": "store", "memfd:futhark": "slab"}


def _note(event: str, args: tuple[Any, ...]) -> None:
    if event == "futhark_bridge.task":
        _write("task")
    elif event == "futhark_bridge.copy":
        import numpy as np  # noqa: PLC0415 - most processes do not need it

        arrays = [None if each is None else np.asarray(each) for each in args]
        size = max(0 if array is None else array.nbytes for array in arrays)
        _write(" ".join(["copy", *map(_kind, arrays), str(size)]))


def _kind(array: Any) -> str:
    if array is None:
        return "-"
    address = array.__array_interface__["data"][0]
    with Path("/proc/self/maps").open() as maps:
        for line in maps:
            span, _, rest = line.partition(" ")
            start, end = (int(part, 16) for part in span.split("-"))
            if start <= address < end:
                names = [kind for name, kind in _KINDS.items() if name in rest]
                return names[0] if names else "memory"
    return "memory"


def _write(text: str) -> None:
    fd = os.open(_LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, f"{text}\n".encode())
    os.close(fd)


if _LOG:
    sys.addaudithook(_note)
