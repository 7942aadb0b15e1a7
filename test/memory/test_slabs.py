"""The client's memory in the worker: what cannot be mapped now may be later."""

from __future__ import annotations

import fcntl
import mmap  # noqa: F401 - loaded where descriptors are left
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sealed_memory import sealed_memory

from futhark_bridge.errors import OutOfMemoryError, ProtocolError
from futhark_bridge.memory.slabs import Slabs

SIZE = 1 << 20


@contextmanager
def no_more_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def slab() -> Iterator[int]:
    fd = sealed_memory(SIZE)
    os.pwrite(fd, b"here", 64)
    yield fd
    os.close(fd)


@pytest.mark.parametrize("seals", [None, 0, fcntl.F_SEAL_GROW])
def test_memory_that_the_client_may_shrink_is_refused(
    tmp_path: Path, seals: int | None
) -> None:
    if seals is None:
        fd = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
        os.ftruncate(fd, SIZE)
    else:
        fd = os.memfd_create("test", os.MFD_ALLOW_SEALING)
        os.ftruncate(fd, SIZE)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    slabs = Slabs()
    with pytest.raises(ProtocolError, match="slab 1 cannot be mapped"):
        slabs.add(1, SIZE, f"/proc/self/fd/{fd}")
    # Were it mapped, a read after this would end the process.
    os.ftruncate(fd, 0)
    with pytest.raises(ProtocolError, match="slab 1 cannot be mapped"):
        slabs.view(1, 0, SIZE)
    os.close(fd)


def test_a_slab_that_could_not_be_mapped_is_mapped_when_it_is_used(slab: int) -> None:
    slabs = Slabs()
    with no_more_descriptors():
        slabs.add(1, SIZE, f"/proc/self/fd/{slab}")
        with pytest.raises(OutOfMemoryError, match="slab 1 cannot be mapped"):
            slabs.view(1, 64, 4)
    assert bytes(slabs.view(1, 64, 4)) == b"here"


def test_a_missing_slab_says_why_each_time() -> None:
    slabs = Slabs()
    with pytest.raises(ProtocolError, match="No such file"):
        slabs.add(1, SIZE, "/proc/self/fd/999999")
    for _ in range(2):
        with pytest.raises(ProtocolError, match="No such file"):
            slabs.view(1, 0, 4)
    with pytest.raises(ProtocolError, match="there is no slab 2"):
        slabs.view(2, 0, 4)


def test_a_part_that_is_not_in_the_slab_is_refused(slab: int) -> None:
    slabs = Slabs()
    slabs.add(7, SIZE, f"/proc/self/fd/{slab}")
    for offset, size in [(-1, 1), (0, -1), (SIZE, 1), (2**62, 2**62)]:
        with pytest.raises(ProtocolError, match=f"slab 7 of {SIZE} bytes"):
            slabs.view(7, offset, size)
