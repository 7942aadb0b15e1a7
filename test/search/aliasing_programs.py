"""Writes random programs whose results alias in every way that compiles.

Every value is a fixed number of i32, whatever its type: each type has an entry point
that makes one of its numbers and one that shows them, so that whoever runs the program
needs to know nothing of its types, and can do so without a manifest.

``python test/search/aliasing_programs.py SEED [ELEMENTS] > FILE`` writes one. Its first
line describes its types and calls, as JSON.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

# More of them would take the compilers too long.
MOST_TYPES = 6
VECTOR, MATRIX, SCALAR = "vector", "matrix", "scalar"


@dataclass(frozen=True)
class Type:
    """A type by its parts; ``shape`` is vector, matrix, scalar, record, sum or rows."""

    name: str
    shape: str
    parts: tuple[tuple[str, Type], ...] = ()
    elements: int = 0

    @cached_property
    def count(self) -> int:
        """How many numbers a value is."""
        counts = [part.count for _, part in self.parts]
        if self.shape == "sum":
            return 1 + max(counts)
        if self.shape == "rows":
            return 2 * counts[0]
        sizes = {VECTOR: self.elements, MATRIX: 2 * self.elements, SCALAR: 1}
        return sizes.get(self.shape) or sum(counts)

    def make(self, xs: str, at: int = 0) -> str:
        """Return the expression of a fresh value of the numbers from a place on."""
        n = self.elements
        if self.shape == VECTOR:
            return f"copy ({xs}[{at}:{at + n}] :> [{n}]i32)"
        if self.shape == MATRIX:
            return f"copy (unflatten ({xs}[{at}:{at + 2 * n}] :> [2 * {n}]i32))"
        if self.shape == SCALAR:
            return f"{xs}[{at}]"
        if self.shape == "sum":
            cases = [
                f"case {k if k + 1 < len(self.parts) else '_'} -> "
                f"#{name} ({part.make(xs, at + 1)})"
                for k, (name, part) in enumerate(self.parts)
            ]
            return f"(match {xs}[{at}] {' '.join(cases)})"
        if self.shape == "rows":
            row = self.parts[0][1]
            return f"[{row.make(xs, at)}, {row.make(xs, at + row.count)}]"
        starts = accumulate((part.count for _, part in self.parts), initial=at)
        made = (
            f"{name} = {part.make(xs, start)}"
            for (name, part), start in zip(self.parts, starts, strict=False)
        )
        return f"{{{', '.join(made)}}}"

    def show(self, x: str) -> str:
        """Return the expression of a value's numbers."""
        if self.shape == VECTOR:
            return x
        if self.shape == MATRIX:
            return f"flatten {x}"
        if self.shape == SCALAR:
            return f"[{x}]"
        if self.shape == "sum":
            cases = [
                f"case #{name} p -> [{k}] ++ {part.show('p')}"
                f" ++ replicate {self.count - 1 - part.count} 0"
                for k, (name, part) in enumerate(self.parts)
            ]
            return f"(match {x} {' '.join(cases)})"
        if self.shape == "rows":
            row = self.parts[0][1]
            return f"({row.show(f'{x}[0]')} ++ {row.show(f'{x}[1]')})"
        return f"({' ++ '.join(p.show(f'{x}.{name}') for name, p in self.parts)})"

    def paths(self, x: str) -> list[tuple[str, Type]]:
        """List what the names of fields reach from a value, itself first."""
        found = [(x, self)]
        if self.shape == "record":
            for name, part in self.parts:
                found += part.paths(f"{x}.{name}")
        return found


@dataclass(frozen=True)
class Entry:
    """An entry point by the types of its parameters and results."""

    name: str
    inputs: tuple[Type, ...]
    outputs: tuple[Type, ...]


@dataclass
class Source:
    """A program while it is written."""

    rng: random.Random
    elements: int
    types: list[Type] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        n = self.elements
        self.vector = Type(f"[{n}]i32", VECTOR, (), n)
        self.matrix = Type(f"[2][{n}]i32", MATRIX, (), n)
        self.scalar = Type("i32", SCALAR)
        self.types += [self.vector, self.matrix]

    def entry(
        self, name: str, takes: str, inputs: list[Type], gives: str, *outputs: Type
    ) -> None:
        self.lines.append(f"entry {name} {takes} : {gives}")
        self.entries.append(Entry(name, tuple(inputs), outputs))

    # Types

    def declare(self, k: int) -> None:
        """Declare a record, a sum of records and arrays, or an array of records."""
        rng, name = self.rng, f"t{k}"
        leaves = [self.vector, self.vector, self.matrix, self.scalar]
        records = [t for t in self.types if t.shape == "record"]
        shape = rng.choice(["record", "record", "record", "sum", "rows"])
        if shape == "rows" and records:
            row = rng.choice(records)
            if all(t.shape not in ("sum", "rows") for _, t in row.paths("x")):
                self.types.append(Type(f"[2]{row.name}", "rows", (("", row),)))
                return
        shape = "sum" if shape == "sum" else "record"
        inner = [t for t in self.types if t.shape in ("record", "sum", "rows")]
        if shape == "sum":
            inner = [t for t in inner if t.shape == "record"]
        parts = []
        for i in range(rng.randrange(2, 4)):
            part = rng.choice(inner if inner and rng.random() < 0.3 else leaves)
            parts.append((f"{'c' if shape == 'sum' else 'f'}{i}", part))
        if all(part.shape == SCALAR for _, part in parts):
            parts[0] = (parts[0][0], self.vector)
        described = (
            " | ".join(f"#{n} ({p.name})" for n, p in parts)
            if shape == "sum"
            else f"{{{', '.join(f'{n}: {p.name}' for n, p in parts)}}}"
        )
        self.lines.append(f"type {name} = {described}")
        self.types.append(Type(name, shape, tuple(parts)))

    # Entry points

    def basics(self, k: int, t: Type) -> None:
        """Write what every type has: made, shown, given back, copied, constant."""
        n, name = t.count, t.name
        numbers = f"(xs: [{n}]i32)"
        self.lines += [
            f"entry make_{k} {numbers} : *{name} = {t.make('xs')}",
            f"entry show_{k} (x: {name}) : *[]i32 = copy ({t.show('x')})",
            f"def numbers_{k} : [{n}]i32 = map i32.i64 (iota {n})",
            f"def held_{k} : {name} = {t.make(f'numbers_{k}')}",
            f"def give_{k} = always held_{k}",
        ]
        self.entry(f"same_{k}", f"(x: {name})", [t], f"{name} = x", t)
        self.entry(f"copy_{k}", f"(x: {name})", [t], f"*{name} = copy x", t)
        self.entry(f"constant_{k}", "", [], f"{name} = held_{k}", t)
        pick = f"{name} = if i % 2 == 0 then x else give_{k} (i > 0)"
        self.entry(f"pick_{k}", f"(x: {name}) (i: i32)", [t, self.scalar], pick, t)
        arrays = [(p, part) for p, part in t.paths("x")[1:] if part.shape != SCALAR]
        for j, (path, part) in enumerate(self.rng.sample(arrays, min(2, len(arrays)))):
            result = f"{part.name} = {path}"
            self.entry(f"part_{k}_{j}", f"(x: {name})", [t], result, part)
        if t.shape == MATRIX:
            row = f"{self.vector.name} = x[1]"
            self.entry(f"row_{k}", f"(x: {name})", [t], row, self.vector)
        if t.shape == "rows":
            row_type = t.parts[0][1]
            row = f"{row_type.name} = x[1]"
            self.entry(f"row_{k}", f"(x: {name})", [t], row, row_type)
            put = f"*{name} = x with [0] = copy y"
            takes = f"(x: *{name}) (y: {row_type.name})"
            self.entry(f"put_{k}", takes, [t, row_type], put, t)

    def written(self, path: str, t: Type) -> str:
        """Return the expression of an array that is overwritten; it may fail."""
        place = "[i32.max 0 v % 5 |> i64.i32]" if self.rng.random() < 0.1 else "[0]"
        if t.shape == MATRIX:
            return f"{path} with [1] = replicate {self.elements} v"
        return f"{path} with {place} = v"

    def mixed(self, k: int) -> None:
        """Write an entry that overwrites, passes on, copies and returns constants."""
        rng = self.rng
        x = rng.choice([t for t in self.types if t.shape not in ("sum", "rows")])
        y, z = rng.choice(self.types), rng.choice(self.types)
        leaves = [(p, t) for p, t in x.paths("x") if t.shape in (VECTOR, MATRIX)]
        path, leaf = rng.choice(leaves)
        fields: list[tuple[str, Type, bool]] = []
        if rng.random() < 0.8:
            fields.append((self.written(path, leaf), leaf, rng.random() < 0.8))
        copied = []
        for j, (other, t) in enumerate(leaves):
            if other != path and rng.random() < 0.5:
                copied.append(f"let l{j} = copy {other}")
                fields.append((f"l{j}", t, rng.random() < 0.5))
        for name, t in (("y", y), ("z", z)):
            within = [(p, part) for p, part in t.paths(name) if part.shape != SCALAR]
            for p, part in rng.sample(within, min(len(within), rng.randrange(3))):
                fields.append((p, part, False))
        if rng.random() < 0.4:
            i = rng.randrange(len(self.types))
            constant = f"give_{i} (v > 3)"
            fields.append((constant, self.types[i], False))
        if not fields:
            fields.append(("y", y, False))
        rng.shuffle(fields)
        del fields[4:]
        takes = f"(x: *{x.name}) (y: {y.name}) (z: {z.name}) (v: i32)"
        inputs = [x, y, z, self.scalar]
        before = " ".join(copied) + (" in " if copied else "")
        described = [f"{'*' * unique}{t.name}" for _, t, unique in fields]
        values = [value for value, _, _ in fields]
        full = len(self.types) >= MOST_TYPES
        if len(fields) > 1 and (full or rng.random() < 0.4):
            result = f"({', '.join(described)}) = {before}({', '.join(values)})"
            self.entry(f"mixed_{k}", takes, inputs, result, *(t for _, t, _ in fields))
        elif len(fields) == 1:
            result = f"{described[0]} = {before}{values[0]}"
            self.entry(f"mixed_{k}", takes, inputs, result, fields[0][1])
        else:
            parts = tuple((f"f{i}", t) for i, (_, t, _) in enumerate(fields))
            plain = f"{{{', '.join(f'{n}: {t.name}' for n, t in parts)}}}"
            made = Type(plain, "record", parts)
            marked = ", ".join(f"f{i}: {t}" for i, t in enumerate(described))
            given = ", ".join(f"f{i} = {value}" for i, value in enumerate(values))
            result = f"{{{marked}}} = {before}{{{given}}}"
            if made not in self.types:
                self.types.append(made)
                self.basics(len(self.types) - 1, made)
            self.entry(f"mixed_{k}", takes, inputs, result, made)

    def overwrite(self, k: int, t: Type) -> None:
        """Write an entry that overwrites one array in a value and returns it."""
        leaves = [(p, u) for p, u in t.paths("x") if u.shape in (VECTOR, MATRIX)]
        if t.shape != "record" and t.shape not in (VECTOR, MATRIX):
            return
        if any(u.shape in ("sum", "rows") for _, u in t.paths("x")) or not leaves:
            return
        path, leaf = self.rng.choice(leaves)
        copies, names = [], {path: f"({self.written(path, leaf)})"}
        for j, (other, u) in enumerate(t.paths("x")):
            if other != path and u.shape != "record":
                copies.append(f"let l{j} = copy {other}")
                names[other] = f"l{j}"

        def built(at: str, u: Type) -> str:
            if u.shape != "record":
                return names[at]
            parts = (f"{n} = {built(f'{at}.{n}', p)}" for n, p in u.parts)
            return f"{{{', '.join(parts)}}}"

        before = " ".join(copies) + (" in " if copies else "")
        takes = f"(x: *{t.name}) (v: i32)"
        result = f"*{t.name} = {before}{built('x', t)}"
        self.entry(f"write_{k}", takes, [t, self.scalar], result, t)


def description(types: list[Type], entries: list[Entry]) -> str:
    """Return what a walk has to know, as JSON; a type is its number, a scalar is -1."""
    scalar = -1

    def number(t: Type) -> int:
        return scalar if t.shape == SCALAR else types.index(t)

    def parts(t: Type) -> list[list[object]]:
        return [[name, number(part), part.count] for name, part in t.parts]

    described = [{"shape": t.shape, "count": t.count, "parts": parts(t)} for t in types]
    calls = [
        {
            "name": e.name,
            "inputs": [number(t) for t in e.inputs],
            "outputs": [number(t) for t in e.outputs],
        }
        for e in entries
    ]
    return json.dumps({"types": described, "entries": calls})


def write(seed: int, elements: int = 3) -> tuple[str, list[Type], list[Entry]]:
    """Write a program: its text, its types by number, its entry points."""
    source = Source(random.Random(seed), elements)
    source.lines += [
        f"-- Written by aliasing_programs.py {seed} {elements}.",
        "-- The compiler refuses a function that gives a constant, but lets this pass.",
        "def always 't (x: t) (_: bool) : t = x",
    ]
    for k in range(2):
        source.declare(k)
    for k, t in enumerate(tuple(source.types)):
        source.basics(k, t)
    for k in range(6):
        source.mixed(k)
    for k, t in enumerate(source.types):
        source.overwrite(k, t)
    described = f"-- {description(source.types, source.entries)}"
    text = "\n".join([described, *source.lines, ""])
    return text, source.types, source.entries


if __name__ == "__main__":
    sys.stdout.write(write(int(sys.argv[1]), *map(int, sys.argv[2:3]))[0])
