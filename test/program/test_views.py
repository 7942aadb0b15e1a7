"""Read-only views of arrays in Futhark's memory, and DLPack."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backends import BACKENDS, options
from unmarked import copy_unmarked

import futhark_bridge
from futhark_bridge import ArgumentError, FutharkModule, ValueStateError
from futhark_bridge.notebook.cells import load_cell
from futhark_bridge.program import context as contexts

PROGRAM = """
entry add [n] (xs: *[n]i32) (x: i32) : *[n]i32 = map (+ x) xs
entry put [n] (xs: *[n]i32) (i: i64) (x: i32) : *[n]i32 = xs with [i] = x
entry same [n] (xs: [n]i32) : [n]i32 = xs
entry numbers (n: i64) : *[n]i32 = map i32.i64 (iota n)
entry table (n: i64) : *[n][3]f64 = tabulate_2d n 3 (\\i j -> f64.i64 (i * 3 + j))
entry turned [n][m] (xs: [n][m]f64) : [m][n]f64 = transpose xs
entry halves [n] (xs: [n]f16) : *[n]f16 = map (* 2) xs
entry flags (n: i64) : *[n]bool = map (\\i -> i % 2 == 0) (iota n)
"""
N = 100_000
CPU = ("c", "multicore")


def opened(backend: str) -> FutharkModule:
    return load_cell(PROGRAM, backend=backend, **options(backend))


@pytest.fixture(params=CPU)
def fut(request: pytest.FixtureRequest) -> Iterator[FutharkModule]:
    with opened(request.param) as module:
        yield module


def test_a_view_shows_the_elements_without_a_copy(fut: FutharkModule) -> None:
    array = fut.entry.numbers(N)
    view = array.view()
    assert (view.dtype, view.shape) == (np.int32, (N,))
    assert np.array_equal(view, np.arange(N))
    assert np.shares_memory(view, array.view())
    assert np.shares_memory(view, np.asarray(array, copy=False))
    assert not np.shares_memory(view, array.to_numpy())


def test_every_layout_and_elemtype_is_that_of_to_numpy(fut: FutharkModule) -> None:
    table = fut.entry.table(5)
    made = [table, fut.entry.turned(table), fut.entry.flags(7), fut.entry.table(0)]
    made += [fut.entry.halves(np.array([0.5, 1, -2], np.float16))]
    for array in made:
        view, copy = array.view(), array.to_numpy()
        assert (view.dtype, view.shape) == (copy.dtype, copy.shape)
        assert np.array_equal(view, copy)
        assert not view.flags.writeable


def test_a_view_is_never_written(fut: FutharkModule) -> None:
    view = fut.entry.numbers(N).view()
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        view.flags.writeable = True
    assert memoryview(view).readonly


def test_a_consumed_array_leaves_its_views_as_they_were(fut: FutharkModule) -> None:
    array = fut.entry.numbers(N)
    view, alias = array.view(), fut.entry.same(array)
    other = alias.view()
    changed = fut.entry.put(array, 0, 99)
    assert array.state == "consumed"
    with pytest.raises(ValueStateError, match="consumed"):
        array.view()
    again = fut.entry.add(alias, 1)
    for each in (view, other):
        assert np.array_equal(each, np.arange(N))
    assert (changed.at(0), again.at(0), again.at(N - 1)) == (99, 1, N)


def test_without_views_nothing_is_copied_again(fut: FutharkModule) -> None:
    array = fut.entry.numbers(N)
    address = array.view().ctypes.data
    gc.collect()
    changed = fut.entry.put(array, 0, 99)
    assert changed.view().ctypes.data == address


def test_views_survive_the_handle_and_the_module() -> None:
    for backend in CPU:
        module = opened(backend)
        array = module.entry.numbers(N)
        first, second = array.view(), array.view()
        array.free()
        assert array.state == "freed"
        more = [module.entry.numbers(N) for _ in range(3)]
        assert np.array_equal(first, np.arange(N))
        kept = module.entry.add(module.entry.numbers(N), 5).view()
        context = weakref.ref(more[0].bound.context)
        more[0].view()
        module.close()
        module.close()
        assert {each.state for each in more} == {"freed"}
        with pytest.raises(ValueStateError, match="closed"):
            module.entry.numbers(1)
        del module, array, more
        gc.collect()
        assert context() is not None
        assert np.array_equal(first, np.arange(N))
        del first
        assert np.array_equal(second, np.arange(N))
        assert kept[-1] == N + 4
        del second, kept
        gc.collect()
        assert context() is None


def test_the_last_view_frees_the_context(monkeypatch: pytest.MonkeyPatch) -> None:
    freed = []
    free = contexts.Context.free

    def note(context: contexts.Context) -> None:
        freed.append(context)
        free(context)

    monkeypatch.setattr(contexts.Context, "free", note)
    module = opened("c")
    views = [module.entry.numbers(N).view() for _ in range(3)]
    context: Any = module.entry.numbers(1).bound.context
    module.close()
    del views[1]
    assert freed == []
    views.clear()
    assert freed == [context]
    assert not context.live


def test_views_are_made_while_calls_consume(fut: FutharkModule) -> None:
    array = fut.entry.numbers(N)
    wrong: list[object] = []

    def look() -> None:
        for _ in range(200):
            view = array.view()
            if view[0] != 0 or view[-1] != N - 1:
                wrong.append(view)

    def call() -> None:
        for k in range(200):
            changed = fut.entry.put(fut.entry.same(array), 0, k + 1)
            if changed.at(0) != k + 1:
                wrong.append(k)

    run_all([look, look, call])
    assert wrong == []


@pytest.mark.parametrize("backend", CPU)
def test_views_end_on_threads_while_the_module_is_closed(backend: str) -> None:
    module = opened(backend)
    context: Any = module.entry.numbers(1).bound.context
    parts = [[module.entry.numbers(N).view() for _ in range(10)] for _ in range(4)]
    start = threading.Barrier(5)

    def drop(part: list[Any]) -> None:
        start.wait()
        while part:
            del part[-1]

    def close() -> None:
        start.wait()
        module.close()

    run_all([close, *(partial(drop, part) for part in parts)])
    assert not context.live
    assert context.freed


def run_all(tasks: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("backend", CPU)
def test_a_forked_process_reads_the_views_of_its_parent(backend: str) -> None:
    with opened(backend) as module:
        array = module.entry.numbers(N)
        view = array.view()
        child = os.fork()
        if child == 0:
            right = bool(np.array_equal(view, np.arange(N)))
            del view, array
            gc.collect()
            os._exit(0 if right else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert np.array_equal(view, np.arange(N))


def test_dlpack_gives_the_same_memory(fut: FutharkModule) -> None:
    array = fut.entry.table(4)
    taken = np.from_dlpack(array)
    assert array.__dlpack_device__() == (1, 0)
    assert np.shares_memory(taken, array.view())
    assert not taken.flags.writeable
    array.free()
    fut.close()
    assert np.array_equal(taken, np.arange(12.0).reshape(4, 3))


def test_no_copy_of_another_type_is_possible(fut: FutharkModule) -> None:
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(fut.entry.numbers(3), dtype=np.int64, copy=False)


def test_a_module_without_a_manifest_has_views(tmp_path: Path) -> None:
    program = tmp_path / "plain.fut"
    program.write_text(PROGRAM)
    folder = tmp_path / "bare"
    folder.mkdir()
    built = copy_unmarked(futhark_bridge.build(program, "c"), folder)
    with futhark_bridge.load(built) as module:
        assert np.array_equal(module.entry.numbers(4).view(), np.arange(4))


@pytest.mark.parametrize("backend", [b for b in BACKENDS if b.values[0] == "opencl"])
def test_a_device_has_no_views(backend: str) -> None:
    with opened(backend) as module:
        array = module.entry.numbers(3)
        with pytest.raises(ArgumentError, match=r"on a device: copy it by to_numpy"):
            array.view()
        with pytest.raises(BufferError, match="on a device"):
            np.from_dlpack(array)
