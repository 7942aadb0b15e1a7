"""Entry points or types of a program, by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic, TypeVar

from futhark_bridge.errors import ArgumentError
from futhark_bridge.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class Names(Generic[T]):
    """Entry points or types of a program, as attributes or by ``[...]``.

    There are no other public attributes, which could hide a name.
    """

    def __init__(self, what: str, names: list[str], make: Callable[[str], T]) -> None:
        self._what = what
        self._names = dict.fromkeys(names)
        self._make = make
        self._made: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        made = self._made.get(name)
        if made is None:
            if name not in self._names:
                # Spaces in the name of an anonymous type do not matter.
                for known in self._names:
                    if _unspaced(known) == _unspaced(name):
                        return self[known]
                raise ArgumentError(self._unknown(name))
            made = self._made[name] = self._make(name)
        return made

    def __getattr__(self, name: str) -> T:
        if name == "_names":  # of a copy, where Python looks for special methods
            raise AttributeError(name)
        if name not in self._names:
            raise AttributeError(self._unknown(name))
        found = self[name]
        if not name.startswith("_"):
            # Python finds it here the next time, without a call of this method.
            self.__dict__[name] = found
        return found

    def _unknown(self, name: str) -> str:
        hint = did_you_mean(name, self._names)
        return f"no {self._what} {name}; there are {', '.join(self._names)}{hint}"

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __dir__(self) -> list[str]:
        return list(self._names)

    def __repr__(self) -> str:
        return f"<{self._what}s {', '.join(self._names)}>"


def _unspaced(name: str) -> str:
    """Remove insignificant spaces: ``(i32, i32)`` becomes ``(i32,i32)``."""
    single = re.sub(r"\s+", " ", name)
    return re.sub(r" ?([^\w\s'.#]) ?", r"\1", single).strip()
