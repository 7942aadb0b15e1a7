"""Tracks which values may alias, that is, use the same memory.

An *atom* stands for a fresh allocation. A value holds the atoms of all memory that it
may use; two values may alias only if they hold a common atom. A fresh value (one
made from data, a copy, or a result marked unique) holds none until another value is
derived from it: then it gets an atom of its own. A result that is not marked unique
holds the atoms of all arguments that the call did not consume; a result of an entry
point also holds the program's permanent atom, because it may be a constant of the
program. Consuming a value overwrites its memory, so the value is copied first if
another value holds one of its atoms.

A value whose parts may alias each other overlaps itself. It must not be
overwritten either, even if no other value uses it: the compiler assumes that the parts
of a consumed argument are disjoint. So such a value also holds the permanent atom.

If it is unknown which arguments a call overwrites, the call gets copies of all values
that are still reachable: see `UNSEEN`.

Unions stay short: an atom that only one value holds is not passed on to values derived
from it if another atom of that value is, which suffices to link them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Atom:
    """A unit of memory; ``live`` counts the values that hold it."""

    __slots__ = ("live",)

    def __init__(self, live: int) -> None:
        self.live = live


Atoms = tuple[Atom, ...]
# A count that no number of releases brings down to 1: always aliased.
PERMANENT = 1 << 60
# Held by a value made for one call, without a handle; elsewhere it counts as aliased.
UNSEEN: Atoms = (Atom(PERMANENT),)


class Holder(Protocol):
    """Anything that holds atoms: a value."""

    atoms: Atoms


def derive(values: Iterable[Holder], extra: Atoms, holders: int) -> Atoms:
    """Return the atoms of ``holders`` results that may alias the values."""
    result = list(extra)
    for value in values:
        atoms = value.atoms
        if not atoms:
            value.atoms = atoms = (Atom(1),)
        tied = False
        for atom in atoms:
            if atom.live > 1 or atom in result:
                tied = True
                if atom not in result:
                    result.append(atom)
        if not tied:
            result.append(atoms[0])
    for atom in result:
        atom.live += holders
    return extra if len(result) == len(extra) else tuple(result)


def compose(values: Sequence[Holder], permanent: Atoms, holders: int) -> Atoms:
    """Return the atoms of ``holders`` results that have the values as parts."""
    seen: set[Atom] = set()
    overlaps = len({id(value) for value in values}) < len(values)
    for value in values:
        overlaps = overlaps or not seen.isdisjoint(value.atoms)
        seen.update(value.atoms)
    return derive(values, permanent if overlaps else (), holders)


def aliased(value: Holder) -> bool:
    """Return whether another value, or another part of this one, may alias it."""
    return any(atom.live > 1 for atom in value.atoms)
