"""Writes programs with random types: ``random_types.py SEED > FILE``.

Types are called f (all arrays in them have the size 2, so that they can be elements of
arrays) or v (sizes are free). Each has an entry point that returns its argument, and
each f has those that build arrays of it from elements, which old compilers cannot do
from outside.
"""

from __future__ import annotations

import random
import sys

# Of arrays of records with unsigned arrays, Futhark 0.25.32 makes C that is wrong.
SIGNED = ["i8", "i16", "i32", "i64", "f16", "f32", "f64", "bool"]
PRIMITIVES = [*SIGNED, "u8", "u16", "u32", "u64"]


def program(seed: int, count: int = 6) -> str:
    rng = random.Random(seed)
    lines = [f"-- Random types, written by random_types.py {seed}.", ""]
    fixed: list[str] = []
    free: list[str] = []
    # Types with arrays of a size: a sum made of another variant has them with size 0,
    # which no entry point takes, so they are in no sum.
    sized: set[str] = set()
    for k in range(2 * count):
        known = fixed if k < count else free
        name = f"f{k}" if k < count else f"v{k - count}"
        is_sum = rng.random() < 0.5
        parts = [
            part(rng, fixed, free, sized, free_sizes=known is free, in_sum=is_sum)
            for _ in range(rng.randrange(1, 5))
        ]
        if any("[2]" in p or p.strip("[]") in sized for p in parts):
            sized.add(name)
        tilde = "" if known is fixed else "~"
        lines.append(f"type{tilde} {name} = {compound(rng, parts, is_sum=is_sum)}")
        known.append(name)
    lines.append("")
    for name in fixed:
        lines += [
            f"entry same_{name} (x: {name}) : {name} = x",
            f"entry same_{name}s [n] (xs: [n]{name}) : [n]{name} = xs",
            f"entry none_{name} : []{name} = []",
            f"entry one_{name} (x: {name}) : []{name} = [x]",
            f"entry join_{name} (xs: []{name}) (ys: []{name}) : []{name} = xs ++ ys",
        ]
    lines += [f"entry same_{name} (x: {name}) : {name} = x" for name in free]
    return "\n".join(lines) + "\n"


def part(
    rng: random.Random,
    fixed: list[str],
    free: list[str],
    sized: set[str],
    *,
    free_sizes: bool,
    in_sum: bool,
) -> str:
    """Choose the type of one part of a type."""
    usable = [name for name in fixed if not (in_sum and name in sized)]
    if free_sizes and rng.random() < 0.2:
        inner = [name for name in free if not (in_sum and name in sized)]
        if inner:
            return rng.choice(inner)
    compound_part = bool(usable) and rng.random() < 0.6
    inside = rng.choice(
        usable if compound_part else PRIMITIVES if free_sizes else SIGNED
    )
    if in_sum and not free_sizes:
        return inside
    size = "[]" if free_sizes else "[2]"
    ranks = (0, 0, 1) if compound_part else (0, 1, 2)
    return size * rng.choice(ranks) + inside


def compound(rng: random.Random, parts: list[str], *, is_sum: bool) -> str:
    if is_sum:
        variants = ["#none"]
        for i, p in enumerate(parts):
            variants.append(f"#c{i} ({p})" + rng.choice(["", "", f" ({p})"]))
        return " | ".join(variants)
    if len(parts) > 1 and rng.random() < 0.5:
        return "(" + ", ".join(parts) + ")"
    return "{" + ", ".join(f"p{i}: {p}" for i, p in enumerate(parts)) + "}"


if __name__ == "__main__":
    sys.stdout.write(program(int(sys.argv[1])))
