"""Who may share memory with whom.

Theory. An *atom* stands for memory that was fresh once. A value holds the atoms of all
memory that it may use; two values may share memory only if they hold a common atom.
A fresh value (made from data, copied, a result marked unique) holds nothing until
somebody derives from it: then it gets an atom of its own. A result that is not marked
unique holds the atoms of all arguments that the call did not consume; a result of an
entry point also holds the program's permanent atom, because it may be one of the
program's own constants. Consuming a value overwrites its memory, so it must be copied
first if any of its atoms is held by anyone else.

A value made of parts that may share with one another overlaps itself. A call must not
overwrite it either, even when nobody else uses it: the compiler takes the parts of a
consumed argument to be apart. So such a value holds the permanent atom as well.

Where nothing tells which arguments a call overwrites, it gets copies of all that anyone
can still reach: see `UNSEEN`.

Unions stay short: an atom held by one value alone need not pass on to what derives from
it, as long as another atom of that value does, which still ties the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Atom:
    """A unit of sharing; ``live`` counts the values that hold it."""

    __slots__ = ("live",)

    def __init__(self, live: int) -> None:
        self.live = live


Atoms = tuple[Atom, ...]
# So many holders that it always counts as shared.
PERMANENT = 1 << 60
# What a value holds that was made for one call and that no handle stands for. If it got
# anywhere else it would count as shared.
UNSEEN: Atoms = (Atom(PERMANENT),)


class Holder(Protocol):
    """Anything that holds atoms: a value."""

    atoms: Atoms


def derive(values: Iterable[Holder], extra: Atoms, holders: int) -> Atoms:
    """Return the atoms of so many results that may share with these values."""
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
    """Return the atoms of so many results that are made of these values as parts."""
    seen: set[Atom] = set()
    overlaps = len({id(value) for value in values}) < len(values)
    for value in values:
        overlaps = overlaps or not seen.isdisjoint(value.atoms)
        seen.update(value.atoms)
    return derive(values, permanent if overlaps else (), holders)


def shared(value: Holder) -> bool:
    """Tell whether this value's memory may be used twice: elsewhere, or within it."""
    return any(atom.live > 1 for atom in value.atoms)
