"""Random calls on a random program, each beside the same call on values of its own.

Whatever a call is given, a second instance of the program is given the same numbers,
made afresh: no two values alias there. So the first differs as soon as
a call overwrites what another handle shows.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from aliasing_programs import MATRIX, SCALAR, VECTOR, Entry, Type

from futhark_bridge import FutharkError, FutharkModule, Value, ValueStateError

if TYPE_CHECKING:
    from collections.abc import Callable

Numbers = tuple[int, ...]


class AliasingWalk:
    """Takes random steps on a module; the seed decides all of them.

    ``fresh`` is the same program, opened with its manifest; it decides what is right.
    """

    def __init__(
        self,
        module: FutharkModule,
        fresh: FutharkModule,
        program: tuple[str, list[Type], list[Entry]],
        seed: int,
    ) -> None:
        _, self.types, entries = program
        self.module, self.fresh = module, fresh
        # A form of the manifest may leave some out.
        self.entries = [e for e in entries if e.name in module.entry]
        self.random = random.Random(seed)
        self.handles: list[tuple[Value, Type, Numbers]] = []
        self.done: Counter[str] = Counter()
        self.known = module.compiler_version is not None

    def steps(self, count: int) -> None:
        own: list[Callable[[], None]] = [self.free, self.drop, self.store]
        if self.known:
            own += [*[self.take_apart] * 3, self.assemble]
        writes = [e for e in self.entries if e.name.startswith("write_")]
        for _ in range(count):
            draw = self.random.random()
            if draw < 0.7:
                self.call(self.random.choice(writes if draw < 0.2 else self.entries))
            else:
                self.random.choice(own)()
            while len(self.handles) > 12:
                self.free()

    def made(self, module: FutharkModule, t: Type, numbers: Numbers) -> Any:
        if t.shape == SCALAR:
            return numbers[0]
        return module.entry[f"make_{self.types.index(t)}"](np.array(numbers, "i4"))

    def shown(self, module: FutharkModule, t: Type, value: Any) -> Numbers:
        result = module.entry[f"show_{self.types.index(t)}"](value)
        return tuple(result.to_list())

    def add(self, t: Type, value: Any, numbers: Numbers) -> None:
        assert self.shown(self.module, t, value) == numbers
        self.handles.append((value, t, numbers))

    def numbers(self, t: Type) -> Numbers:
        drawn = tuple(self.random.randrange(10) for _ in range(t.count))
        # What a sum is of is part of its numbers, so they are read back.
        if t.shape == SCALAR:
            return drawn
        return self.shown(self.fresh, t, self.made(self.fresh, t, drawn))

    def pick(self, t: Type) -> tuple[Any, Numbers]:
        """Choose a handle, or data where these may be an argument."""
        fits = [(v, n) for v, u, n in self.handles if u == t]
        if fits and self.random.random() < 0.8:
            return self.random.choice(fits)
        numbers = self.numbers(t)
        if t.shape == SCALAR:
            return numbers[0], numbers
        if t.shape in (VECTOR, MATRIX) and self.random.random() < 0.5:
            shape = (t.elements,) if t.shape == VECTOR else (2, t.elements)
            return np.array(numbers, "i4").reshape(shape), numbers
        value = self.made(self.module, t, numbers)
        self.add(t, value, numbers)
        return value, numbers

    def check(self) -> None:
        for value, t, numbers in self.handles:
            assert self.shown(self.module, t, value) == numbers, (value, t.name)

    # Steps

    def call(self, entry: Entry) -> None:
        self.done[entry.name] += 1
        chosen = [self.pick(t) for t in entry.inputs]
        copies = [
            self.made(self.fresh, t, numbers)
            for t, (_, numbers) in zip(entry.inputs, chosen, strict=True)
        ]
        point = self.fresh.entry[entry.name]
        given = [value for value, _ in chosen]
        expected: Any = None
        try:
            expected = point(*copies)
        except FutharkError as error:
            with pytest.raises(type(error)):
                self.module.entry[entry.name](*given)
        else:
            results = self.module.entry[entry.name](*given)
            if len(entry.outputs) == 1:
                expected, results = (expected,), (results,)
            for t, right, result in zip(entry.outputs, expected, results, strict=True):
                self.add(t, result, self.shown(self.fresh, t, right))
        consumed = [
            value
            for parameter, value in zip(point.inputs, given, strict=True)
            if self.known and parameter.unique and isinstance(value, Value)
        ]
        self.handles = [
            h for h in self.handles if not any(h[0] is value for value in consumed)
        ]
        if consumed:
            with pytest.raises(ValueStateError, match=f"consumed by {entry.name}$"):
                self.module.entry[entry.name](*given)
        if any(parameter.unique for parameter in point.inputs):
            self.check()

    def some(self, *shapes: str) -> tuple[Any, Type, Numbers] | None:
        fits = [h for h in self.handles if h[1].shape in shapes]
        return self.random.choice(fits) if fits else None

    def take_apart(self) -> None:
        """Take a part out of a value, which may then be freed."""
        chosen = self.some("record", "sum", "rows")
        if chosen is None:
            return
        self.part(*chosen)
        if self.random.random() < 0.5:
            chosen[0].free()
            self.handles = [h for h in self.handles if h[0] is not chosen[0]]

    def part(self, value: Any, t: Type, numbers: Numbers) -> None:
        self.done[t.shape] += 1
        if t.shape == "sum":
            name, part = t.parts[numbers[0]]
            assert value.variant() == name
            (payload,) = value.destruct()
            if part.shape != SCALAR:
                self.add(part, payload, numbers[1 : 1 + part.count])
            return
        if t.shape == "rows":
            row, i = t.parts[0][1], self.random.randrange(2)
            self.add(row, value.at(i), numbers[i * row.count : (i + 1) * row.count])
            return
        k = self.random.randrange(len(t.parts))
        at = sum(before.count for _, before in t.parts[:k])
        name, part = t.parts[k]
        if part.shape != SCALAR:
            self.add(part, value.project(name), numbers[at : at + part.count])

    def assemble(self) -> None:
        """Make a record of existing values."""
        chosen = self.some("record")
        if chosen is None:
            return
        like, t, _ = chosen
        parts = {name: self.pick(part) for name, part in t.parts}
        made = self.module.types[like.type].new({n: v for n, (v, _) in parts.items()})
        self.add(t, made, tuple(x for _, numbers in parts.values() for x in numbers))

    def store(self) -> None:
        chosen = self.some("record", "sum", "rows")
        if chosen is not None:
            value, t, numbers = chosen
            self.add(t, self.module.restore(value.type, value.store()), numbers)

    def free(self) -> None:
        if self.handles:
            k = self.random.randrange(len(self.handles))
            self.handles.pop(k)[0].free()

    def drop(self) -> None:
        """Leave a value to the garbage collector."""
        if self.handles:
            del self.handles[self.random.randrange(len(self.handles))]
