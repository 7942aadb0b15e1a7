"""A random walk over handles, each with its expected value.

The model has no aliasing: its values are plain and never change. So whenever a
call overwrites memory that another handle still uses, that handle shows a wrong value.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from futhark_bridge import (
    ArgumentError,
    FutharkArray,
    FutharkModule,
    FutharkSum,
    ProgramError,
    Value,
    ValueStateError,
)

SMALL = "{left:[]i32, right:[]i32}"


class Fails(Exception):  # noqa: N818 - what a model function does where Futhark fails
    """The call fails, with this class of error."""


def put(xs: Any, v: int) -> Any:
    return (v, *xs[1:])


def put_or_fail(xs: Any, i: int, v: int) -> Any:
    if i >= len(xs):
        raise Fails(ProgramError)
    changed = [v, *xs[1:]]
    changed[i] = v
    return tuple(changed)


def put_row(xss: Any, xs: Any) -> Any:
    if len(xss[0]) != len(xs):
        raise Fails(ArgumentError)
    return (xs, *xss[1:])


def stack(xs: Any, ys: Any) -> Any:
    if len(xs) != len(ys):
        raise Fails(ArgumentError)
    return (xs, ys)


def put_small(p: Any, v: int) -> Any:
    if len(p["left"]) != 3 or len(p["right"]) != 3:
        raise Fails(ArgumentError)
    return {"left": put(p["left"], v), "right": put(p["right"], v + 1)}


def put_figure(f: Any, v: int) -> Any:
    name, *payload = f
    if name == "line":
        return ("line", put(payload[0], v))
    if name == "cross":
        return ("cross", payload[1], put(payload[0], v))
    return ("dot", v)


def put_spot(s: Any, v: int) -> Any:
    return ("at", put(s[1], v)) if s[0] == "at" else s


def put_beads(bs: Any, v: int) -> Any:
    return ({"hue": v, "marks": (v, v, v)}, *bs[1:])


TABLE = (0, 1, 2)
# The result of each entry point, in plain Python.
ENTRIES: dict[str, Callable[..., Any]] = {
    "same": lambda xs: xs,
    "twice": lambda xs: (xs, xs),
    "choose": lambda left, xs, ys: xs if left else ys,
    "put": put,
    "put_both": lambda xs, ys, v: (put(xs, v), put(ys, v + 1)),
    "put_beside": lambda xs, ys, v: (put(xs, v + ys[-1]), ys),
    "put_or_fail": put_or_fail,
    "fresh": lambda v: (v, v + 1, v + 2),
    "constant": lambda: TABLE,
    "constant_twice": lambda: (TABLE, TABLE),
    "row": lambda xss, i: xss[i],
    "flat": lambda xss: tuple(x for xs in xss for x in xs),
    "fold_up": lambda xs: tuple((x,) for x in xs),
    "turn": lambda xss: tuple(zip(*xss, strict=True)),
    "put_row": put_row,
    "stack": stack,
    "join": lambda xs, ys: {"left": xs, "right": ys},
    "split": lambda p: (p["left"], p["right"]),
    "same_pair": lambda p: p,
    "mirror": lambda p: {"left": p["right"], "right": p["left"]},
    "put_pair": lambda p, v: {**p, "left": put(p["left"], v)},
    "put_small": put_small,
    "constant_pair": lambda: {"left": TABLE, "right": TABLE},
    "same_figure": lambda f: f,
    "put_figure": put_figure,
    "constant_spot": lambda: ("at", TABLE),
    "put_spot": put_spot,
    "same_beads": lambda bs: bs,
    "put_beads": put_beads,
    "bead_marks": lambda bs: tuple(b["marks"] for b in bs),
    "constant_beads": lambda: tuple({"hue": i, "marks": (i, i, i)} for i in range(3)),
    "load": lambda xs: {"things": xs},
    "dent": lambda c, v: {"things": put(c["things"], v)},
    "unload": lambda c: c["things"],
}


def shown(value: Value) -> Any:
    """Read a value as the model has it."""
    return frozen(value.bound.program and read(value))


def read(value: Value) -> Any:
    if isinstance(value, FutharkArray):
        return value.to_numpy()
    for method in ("to_object", "to_objects"):
        if hasattr(value, method):
            return getattr(value, method)()
    raise AssertionError(value)


def frozen(data: Any) -> Any:
    if isinstance(data, np.ndarray):
        return frozen(data.tolist())
    if isinstance(data, list):
        return tuple(map(frozen, data))
    if isinstance(data, dict) and set(data) == {"variant", "payload"}:
        return (data["variant"], *map(frozen, data["payload"]))
    if isinstance(data, dict):
        return {name: frozen(part) for name, part in data.items()}
    return data


class Walk:
    """Takes random steps on a module of ``walk.fut``; the seed decides all of them."""

    def __init__(self, module: FutharkModule, seed: int, room: int = 14) -> None:
        self.module = module
        self.random = random.Random(seed)
        self.room = room
        self.handles: list[tuple[Any, Any]] = []
        self.ended: deque[tuple[Any, str]] = deque(maxlen=4)
        self.taken: dict[str, int] = {}
        own = (self.new_record, self.new_figure, self.zip, self.project, self.element)
        others = (self.destruct, self.free, self.drop, self.store, self.refused)
        calls = [self.caller(name) for name in ENTRIES]
        self.moves: list[Callable[[], None]] = [*calls, *own, *others, *others]
        if module.types["[]bead"].info.can_set:
            self.moves.append(self.replace)

    def steps(self, count: int) -> None:
        for _ in range(count):
            move = self.random.choice(self.moves)
            self.taken[move.__name__] = self.taken.get(move.__name__, 0) + 1
            move()
            while len(self.handles) > self.room:
                self.free()

    # Values

    def array(self, size: int) -> tuple[int, ...]:
        return tuple(self.random.randrange(1000) for _ in range(size))

    def data(self, type_name: str) -> tuple[Any, Any]:
        """Make a value of a type out of data: what to pass, and its model."""
        size, xs = self.random.randrange(1, 4), self.array(3)
        if type_name == "[]i32":
            return np.array(xs[:size], "int32"), xs[:size]
        if type_name == "[][]i32":
            rows = tuple(self.array(size) for _ in range(self.random.randrange(1, 4)))
            return [list(row) for row in rows], rows
        if type_name in ("pair", SMALL):
            made = {"left": xs, "right": self.array(size)}
            return {k: list(part) for k, part in made.items()}, made
        if type_name == "crate":
            return {"things": list(xs)}, {"things": xs}
        if type_name in ("figure", "spot"):
            name = "line" if type_name == "figure" else "at"
            return {"variant": name, "payload": [list(xs)]}, (name, xs)
        beads = [{"hue": 7, "marks": list(self.array(3))} for _ in range(size)]
        return beads, tuple(map(frozen, beads))

    def add(self, value: Any, model: Any) -> None:
        assert shown(value) == model
        self.handles.append((value, model))

    def pick(self, type_name: str) -> tuple[Any, Any]:
        fits = [h for h in self.handles if h[0].type == type_name]
        if fits and self.random.random() < 0.9:
            return self.random.choice(fits)
        data, model = self.data(type_name)
        self.add(self.module.to_futhark(type_name, data), model)
        return self.handles[-1]

    def forget(self, value: Any, why: str) -> None:
        self.handles = [h for h in self.handles if h[0] is not value]
        self.ended.append((value, why))

    def check(self) -> None:
        for value, model in self.handles:
            assert shown(value) == model, (value, shown(value), model)

    # Calls

    def caller(self, name: str) -> Callable[[], None]:
        def move() -> None:
            self.call(name)

        move.__name__ = name
        return move

    def call(self, name: str) -> None:
        entry, model = self.module.entry[name], ENTRIES[name]
        picked = [self.argument(name, p.type) for p in entry.inputs]
        models = [m for _, m in picked]
        if name == "row":
            models[1] = self.random.randrange(len(models[0]))
            picked[1] = (models[1], models[1])
        consumed = [
            value
            for p, (value, _) in zip(entry.inputs, picked, strict=True)
            if p.unique and isinstance(value, Value)
        ]
        values = [value for value, _ in picked]
        try:
            expected = model(*models)
        except Fails as failure:
            with pytest.raises(failure.args[0]):
                entry(*values)
        else:
            results = entry(*values)
            if len(entry.outputs) == 1:
                results, expected = (results,), (expected,)
            for result, one in zip(results, expected, strict=True):
                self.add(result, one)
        for value in consumed:
            self.forget(value, name)
        if consumed:
            self.check()

    def argument(self, entry: str, type_name: str) -> tuple[Any, Any]:
        if type_name == "bool":
            flag = self.random.random() < 0.5
            return flag, flag
        if type_name in ("i32", "i64"):
            number = self.random.randrange(4 if entry == "put_or_fail" else 1000)
            return number, number
        if self.random.random() < 0.1:
            return self.data(type_name)
        return self.pick(type_name)

    # Parts and wholes

    def new_record(self) -> None:
        (xs, left), (ys, right) = self.pick("[]i32"), self.pick("[]i32")
        name = self.random.choice(["pair", SMALL])
        record = self.module.types[name].new(left=xs, right=ys)
        self.add(record, {"left": left, "right": right})

    def new_figure(self) -> None:
        (xs, left), (ys, right) = self.pick("[]i32"), self.pick("[]i32")
        construct = self.module.types["figure"].construct
        if self.random.random() < 0.5:
            self.add(construct("line", xs), ("line", left))
        else:
            self.add(construct("cross", xs, ys), ("cross", left, right))

    def zip(self) -> None:
        marks, rows = self.pick("[][]i32")
        if len(rows[0]) != 3:
            return
        hues = self.array(len(rows))
        beads = self.module.types["[]bead"].zip(list(hues), marks)
        self.add(
            beads,
            tuple({"hue": h, "marks": m} for h, m in zip(hues, rows, strict=True)),
        )

    def project(self) -> None:
        name = self.random.choice(["pair", SMALL, "crate", "[]bead"])
        value, model = self.pick(name)
        field = self.random.choice(value.fields)
        column = name == "[]bead"
        part = tuple(m[field] for m in model) if column else model[field]
        self.add(value.project(field), part)

    def element(self) -> None:
        beads, model = self.pick("[]bead")
        i = self.random.randrange(len(model))
        self.add(beads.at(i), model[i])
        xs, numbers = self.pick("[]i32")
        i = self.random.randrange(len(numbers))
        assert xs.at(i) == numbers[i]

    def destruct(self) -> None:
        value, (name, *payload) = self.pick(self.random.choice(["figure", "spot"]))
        assert isinstance(value, FutharkSum)
        assert value.variant() == name
        for part, model in zip(value.destruct(name), payload, strict=True):
            if isinstance(part, Value):
                self.add(part, model)
            else:
                assert part == model

    def replace(self) -> None:
        beads, model = self.pick("[]bead")
        marks = self.array(3)
        i = self.random.randrange(len(model))
        beads.set({"hue": 5, "marks": list(marks)}, i)
        changed = (*model[:i], {"hue": 5, "marks": marks}, *model[i + 1 :])
        self.handles = [h for h in self.handles if h[0] is not beads]
        self.add(beads, changed)
        self.check()

    # Ends

    def free(self) -> None:
        if self.handles:
            value, _ = self.random.choice(self.handles)
            value.free()
            self.forget(value, "freed")

    def drop(self) -> None:
        """Leave a value to the garbage collector."""
        if self.handles:
            value, _ = self.random.choice(self.handles)
            self.handles = [h for h in self.handles if h[0] is not value]

    def store(self) -> None:
        name = self.random.choice(["pair", "figure", "spot", "crate", "[]bead"])
        value, model = self.pick(name)
        self.add(self.module.restore(name, value.store()), model)

    def refused(self) -> None:
        """Use a value that has ended: it says so, and who ended it."""
        for value, why in self.ended:
            said = "was freed" if why == "freed" else f"was consumed by {why}$"
            with pytest.raises(ValueStateError, match=said):
                read(value)
