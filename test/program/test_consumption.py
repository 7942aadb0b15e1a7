"""Who may use a value after a call consumed it, and what every other handle shows."""

from __future__ import annotations

import gc
import random
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from futhark_bridge import FutharkArray, FutharkModule, Value, ValueStateError
from futhark_bridge.program.options import Options
from futhark_bridge.program.program import Program
from futhark_bridge.setup.locate import locate
from futhark_bridge.values.classes import CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator


class Copies:
    """Counts the copies that a program makes before it consumes."""

    def __init__(self, module: FutharkModule) -> None:
        self.count = 0
        self.inner = module.program.copy_pointer

    def __call__(self, *args: Any) -> Any:
        self.count += 1
        return self.inner(*args)


@pytest.fixture
def copies(types: FutharkModule) -> Iterator[Copies]:
    counter = Copies(types)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(types.program, "copy_pointer", counter)
        yield counter


def live(module: FutharkModule) -> int:
    return len(module.program.context.live)


def test_a_consumed_array_says_who_consumed_it(
    types: FutharkModule, copies: Copies
) -> None:
    xs = types.to_futhark("[]i32", [1, 2, 3])
    out = types.entry.overwrite(xs, 9)
    assert out.to_list() == [9, 2, 3]
    assert (xs.state, out.state, copies.count) == ("consumed", "live", 0)
    for use in (xs.to_numpy, lambda: types.entry.alias(xs), lambda: xs.at(0)):
        with pytest.raises(ValueStateError, match="consumed by overwrite") as caught:
            use()
        assert (caught.value.code, caught.value.by) == ("consumed", "overwrite")
    xs.free()
    assert xs.state == "consumed"


def test_an_entry_may_have_the_name_of_a_state(programs: Any) -> None:
    path = programs("types")
    located = locate(str(path), None, "c")
    assert located.manifest is not None
    entries = located.manifest["entry_points"]
    named = {**entries, "freed": entries["overwrite"]}
    manifest = {**located.manifest, "entry_points": named}
    program = Program(replace(located, manifest=manifest), Options(), CLASSES)
    with FutharkModule(program) as own:
        xs = own.to_futhark("[]i32", [1])
        own.entry.freed(xs, 9)
        assert xs.state == "consumed"
        with pytest.raises(ValueStateError, match="consumed by freed"):
            xs.to_numpy()


def test_a_freed_value_says_so(types: FutharkModule) -> None:
    values: list[Any] = [
        types.entry.fresh(1),
        types.entry.mark(1),
        types.entry.figures(1),
        types.entry.counter_start(1),
        types.entry.same_figure({"variant": "nothing", "payload": []}),
    ]
    for value in values:
        with value:
            pass
        value.free()
        assert value.state == "freed"
    for use in (
        values[0].to_numpy,
        values[1].to_object,
        values[1].store,
        lambda: values[1].project(0),
        lambda: values[2].at(0),
        values[2].to_objects,
        lambda: types.entry.counter_next(values[3]),
        values[4].variant,
    ):
        with pytest.raises(ValueStateError, match="was freed") as caught:
            use()
        assert caught.value.code == "freed"
    assert live(types) == 0


def test_a_fresh_array_is_consumed_without_a_copy(
    types: FutharkModule, copies: Copies
) -> None:
    out = types.entry.fresh(3)
    for value in range(5):
        out = types.entry.overwrite(out, value)
    assert (out.to_list(), copies.count) == ([4, 1, 2], 0)


def test_a_result_that_aliases_its_argument_keeps_its_value(
    types: FutharkModule, copies: Copies
) -> None:
    xs = types.to_futhark("[]i32", [1, 2, 3])
    alias = types.entry.alias(xs)
    assert types.entry.overwrite(xs, 9).to_list() == [9, 2, 3]
    assert (alias.to_list(), copies.count) == ([1, 2, 3], 1)


def test_nothing_is_copied_after_the_others_were_freed(
    types: FutharkModule, copies: Copies
) -> None:
    xs = types.to_futhark("[]i32", [1, 2, 3])
    alias = types.entry.alias(xs)
    alias.free()
    types.entry.overwrite(xs, 9)
    assert copies.count == 0
    ys = types.to_futhark("[]i32", [1, 2, 3])
    alias = types.entry.alias(ys)
    del alias
    gc.collect()
    types.entry.overwrite(ys, 9)
    assert copies.count == 0


def test_two_results_of_one_call_may_alias(types: FutharkModule) -> None:
    one, two = types.entry.twin([1, 2])
    assert types.entry.overwrite(one, 9).to_list() == [9, 2]
    assert two.to_list() == [1, 2]


def test_a_constant_of_the_program_cannot_be_overwritten(types: FutharkModule) -> None:
    for _ in range(2):
        table = types.entry.constant_table()
        assert types.entry.overwrite(table, 9).to_list() == [9, 1, 2, 3]
    assert types.entry.constant_table().to_list() == [0, 1, 2, 3]
    types.entry.overwrite(types.entry.choose(False, [7]), 9)
    assert types.entry.constant_table().to_list() == [0, 1, 2, 3]
    through = types.entry.alias(types.entry.constant_table())
    types.entry.overwrite(through, 9)
    assert types.entry.constant_table().to_list() == [0, 1, 2, 3]


def test_the_same_value_can_be_consumed_and_read_in_one_call(
    types: FutharkModule,
) -> None:
    xs = types.to_futhark("[]i32", [1, 2, 3])
    assert types.entry.add_into(xs, xs).to_list() == [4, 4, 4]
    assert xs.state == "consumed"


def test_records_alias_their_parts(types: FutharkModule) -> None:
    xs = types.to_futhark("[]i32", [1, 2, 3])
    holder = types.types.holder.new(xs=xs, tag=0)
    changed = types.entry.hold_overwrite(holder)
    assert changed.to_object()["xs"].tolist() == [-1, 2, 3]
    assert (xs.to_list(), holder.state) == ([1, 2, 3], "consumed")
    part = changed.project("xs")
    types.entry.overwrite(part, 7)
    assert changed.project("xs").to_list() == [-1, 2, 3]


def test_values_derived_from_a_record_alias_all_its_parts(
    types: FutharkModule,
) -> None:
    xs, ys = (types.to_futhark("[]i32", [1, 2]) for _ in range(2))
    two = types.types.two.new(xs=xs, ys=ys)
    same = types.entry.same_two(two)
    two.free()
    for part in (xs, ys):
        types.entry.overwrite(part, 9)
    assert {k: v.tolist() for k, v in same.to_object().items()} == {
        "xs": [1, 2],
        "ys": [1, 2],
    }


def test_a_record_made_in_place_does_not_reach_its_parts(types: FutharkModule) -> None:
    xs = types.to_futhark("[]i32", [1, 2, 3])
    record = types.types["{tag:i32, xs:[]i32}"].new(xs=xs, tag=8)
    assert types.entry.hold_in_place(record).to_list() == [8, 2, 3]
    assert xs.to_list() == [1, 2, 3]


def test_columns_and_elements_alias_their_array(types: FutharkModule) -> None:
    column = types.to_futhark("[]i32", [1, 2])
    flags = types.to_futhark("[]bool", [True, False])
    marks = types.types["[](i32, bool)"].zip(column, flags)
    again = marks.project(0)
    types.entry.overwrite(column, 9)
    assert marks.to_objects() == [(1, True), (2, False)]
    types.entry.overwrite(again, 9)
    assert marks.to_objects() == [(1, True), (2, False)]


def test_a_call_that_fails_also_consumes(errors: FutharkModule) -> None:
    xs = errors.to_futhark("[]i32", [1, 2])
    keeper = errors.entry.same(xs)
    with pytest.raises(Exception, match="out of bounds"):
        errors.entry.put(xs, 5, 0)
    assert (xs.state, keeper.to_list()) == ("consumed", [1, 2])
    del keeper
    assert live(errors) == 0


def test_a_call_that_is_refused_consumes_nothing(types: FutharkModule) -> None:
    xs = types.to_futhark("[]i32", [1, 2])
    with pytest.raises(Exception, match="expected i32"):
        types.entry.overwrite(xs, "x")
    freed = types.to_futhark("[]i32", [1, 2])
    freed.free()
    with pytest.raises(ValueStateError, match=r"argument 2 \(ys\)"):
        types.entry.add_into(xs, freed)
    assert xs.to_list() == [1, 2]


def test_closing_ends_all_values(types: FutharkModule) -> None:
    xs = types.entry.fresh(3)
    types.close()
    types.close()
    for use in (xs.to_numpy, lambda: types.entry.types(1), types.sync, types.report):
        with pytest.raises(ValueStateError, match="the module is closed"):
            use()
    xs.free()
    assert live(types) == 0


def test_a_value_dropped_during_a_call_is_freed_by_the_next(
    errors: FutharkModule,
) -> None:
    values = [errors.to_futhark("[]i32", [1])]
    context = errors.program.context
    held, freed = threading.Event(), threading.Event()

    def hold() -> None:
        with errors.program.lock:  # as a long call does
            held.set()
            freed.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    values.clear()  # must not wait for the lock
    assert (len(context.pending), live(errors)) == (1, 1)
    freed.set()
    thread.join(10)
    errors.entry.positive(1)
    assert (len(context.pending), live(errors)) == (0, 0)


def test_threads_may_share_a_module(errors: FutharkModule) -> None:
    failures: list[object] = []

    def work(seed: int) -> None:
        expected = np.arange(seed, seed + 100, dtype="int32")
        for _ in range(50):
            xs = errors.to_futhark("[]i32", expected)
            alias = errors.entry.same(xs)
            out = errors.entry.put(xs, 0, -seed).to_numpy()
            if out[0] != -seed or not (alias.to_numpy() == expected).all():
                failures.append((seed, out))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert live(errors) == 0


class Walk:
    """Handles, each with its expected value: a model of values without aliasing."""

    def __init__(self, module: FutharkModule, seed: int) -> None:
        self.module = module
        self.random = random.Random(seed)
        self.handles: list[tuple[Value, Any]] = []

    def pick(self, type_name: str) -> tuple[Value, Any]:
        fits = [h for h in self.handles if h[0].type == type_name]
        if not fits:
            data = [self.random.randrange(100) for _ in range(3)]
            if type_name == "holder":
                self.add(
                    self.module.types.holder.new(xs=data, tag=1), {"xs": data, "tag": 1}
                )
            else:
                self.add(self.module.to_futhark("[]i32", data), data)
            return self.handles[-1]
        return self.random.choice(fits)

    def add(self, value: Value, model: Any) -> None:
        self.handles.append((value, model))

    def forget(self, value: Value) -> None:
        self.handles = [h for h in self.handles if h[0] is not value]

    def step(self) -> None:
        moves = (
            *(self.alias, self.twin, self.overwrite, self.add_into, self.hold),
            *(self.project, self.hold_overwrite, self.free, self.store, self.constant),
            *(self.pair, self.part),
        )
        self.random.choice(moves)()
        while len(self.handles) > 12:
            self.free()

    def alias(self) -> None:
        xs, model = self.pick("[]i32")
        self.add(self.module.entry.alias(xs), model)

    def twin(self) -> None:
        xs, model = self.pick("[]i32")
        for one in self.module.entry.twin(xs):
            self.add(one, model)

    def overwrite(self) -> None:
        xs, model = self.pick("[]i32")
        value = self.random.randrange(100)
        self.add(self.module.entry.overwrite(xs, value), [value, *model[1:]])
        self.forget(xs)

    def add_into(self) -> None:
        (xs, a), (ys, b) = self.pick("[]i32"), self.pick("[]i32")
        if len(a) == len(b):
            # Wraps as i32 does.
            total = (np.array(a, "i4") + np.array(b, "i4")[::-1]).tolist()
            self.add(self.module.entry.add_into(xs, ys), total)
            self.forget(xs)

    def hold(self) -> None:
        xs, model = self.pick("[]i32")
        holder = self.module.types.holder.new({"xs": xs, "tag": 5})
        self.add(holder, {"xs": model, "tag": 5})

    def project(self) -> None:
        holder, model = self.pick("holder")
        self.add(holder.project("xs"), model["xs"])  # type: ignore[attr-defined]

    def hold_overwrite(self) -> None:
        holder, model = self.pick("holder")
        out = self.module.entry.hold_overwrite(holder)
        self.add(out, {"xs": [-1, *model["xs"][1:]], "tag": model["tag"] + 1})
        self.forget(holder)

    def store(self) -> None:
        holder, model = self.pick("holder")
        self.add(self.module.types.holder.restore(holder.store()), model)

    def pair(self) -> None:
        (xs, a), (ys, b) = self.pick("[]i32"), self.pick("[]i32")
        two = self.module.types.two.new({"xs": xs, "ys": ys})
        if self.random.random() < 0.5:
            two = self.module.entry.same_two(two)
        self.add(two, {"xs": a, "ys": b})

    def part(self) -> None:
        pairs = [h for h in self.handles if h[0].type == "two"]
        if pairs:
            two, model = self.random.choice(pairs)
            name = self.random.choice(["xs", "ys"])
            self.add(two.project(name), model[name])  # type: ignore[attr-defined]

    def constant(self) -> None:
        self.add(self.module.entry.constant_table(), [0, 1, 2, 3])

    def free(self) -> None:
        if self.handles:
            value, _ = self.random.choice(self.handles)
            self.forget(value)
            if self.random.random() < 0.5:
                value.free()

    def check(self) -> None:
        for value, model in self.handles:
            if isinstance(value, FutharkArray):
                assert value.to_list() == model
            else:
                found = value.to_object()  # type: ignore[attr-defined]
                arrays = {k: v.tolist() for k, v in found.items() if k != "tag"}
                assert {**found, **arrays} == model


@pytest.mark.parametrize("seed", range(4))
def test_a_random_walk_over_handles_shows_no_aliasing(
    types: FutharkModule, seed: int
) -> None:
    walk = Walk(types, seed)
    for _ in range(1000):
        walk.step()
        walk.check()
    walk.handles.clear()
    gc.collect()
    assert live(types) == 0
