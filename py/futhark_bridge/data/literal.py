"""Parses values as text: Futhark's literals, as in its data files, and JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from futhark_bridge.elemtypes import ELEMTYPES
from futhark_bridge.errors import ArgumentError

Literal = Any
"""A number (as text), bool, None, `Quoted`, an empty ndarray, list or dict.

A number stays text, so that no digits are lost before its type is known.
"""

_MAX_DEPTH = 256
_MAX_RANK = 64  # numpy's
# Possessive quantifiers: nothing is matched twice, however long the text.
_SPACE = re.compile(r"\s*+(?:--[^\n]*+\s*+)*+")
_TOKEN = re.compile(
    r"""(?P<number>[+-]?(?:0[xX][\da-fA-F][\da-fA-F_]*+|0[bB][01][01_]*+
        |\d[\d_]*+(?:\.\d[\d_]*+)?(?:[eE][+-]?\d++)?)
        (?:[iu](?:8|16|32|64)|f(?:16|32|64))?(?![\w.])
        |[+-]?(?:f(?:16|32|64)\.(?:nan|inf)|NaN|Infinity)(?![\w.]))
    |(?P<word>true|false|null)(?!\w)
    |(?P<string>"(?:[^"\\]|\\.)*+")
    |empty\(\s*(?P<shape>[][\d]++)(?P<elemtype>[a-z]\w*)\s*\)
    |(?P<mark>[][{},:])""",
    re.VERBOSE | re.ASCII,
)
_ROW = re.compile(r"[\w\s.+,-]*+\]", re.ASCII)
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quoted string: in Futhark an array of u8."""

    text: str


def parse_literals(text: str, where: str) -> list[Literal]:
    """Parse all values in a text; arrays and objects nest at most 256 deep.

    Raises
    ------
    ArgumentError
        If there is a syntax error; the message has its line and column.
    """
    parser = _Parser(text, where)
    values = []
    while not parser.at_end():
        values.append(parser.value())
    return values


class _Parser:
    def __init__(self, text: str, where: str) -> None:
        self.text = text
        self.where = where
        self.at = 0
        self.depth = 0

    def at_end(self) -> bool:
        self._skip_space()
        return self.at == len(self.text)

    def value(self) -> Literal:
        self._skip_space()
        found = _TOKEN.match(self.text, self.at)
        if found is None or found[0] in "]},:":
            self._wrong("a value")
        kind, start, self.at = found.lastgroup, self.at, found.end()
        if kind == "number":
            return found[0]
        if kind == "word":
            return _WORDS[found[0]]
        if kind == "string":
            return Quoted(self._string(found[0], start))
        if kind == "elemtype":
            return self._empty(found, start)
        if found[0] == "[":
            row = self._row()
            return self._items("]", self.value) if row is None else row
        fields = self._items("}", self._field)
        made = dict(fields)
        if len(made) < len(fields):
            self.at = start
            self._wrong("fields of different names")
        return made

    def _row(self) -> list[Literal] | None:
        """Parse an array of plain numbers in one step; return None for other text."""
        found = _ROW.match(self.text, self.at)
        if found is None or "--" in found[0]:
            return None
        items = [item.strip() for item in found[0][:-1].split(",")]
        if not items[-1]:
            items.pop()
        if not all(item[:1] in "+-0123456789" and item[:1] for item in items):
            return None
        self.at = found.end()
        return items

    def _items(self, end: str, item: Any) -> list[Any]:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self._wrong(f"at most {_MAX_DEPTH} levels")
        items: list[Any] = []
        while not self._mark(end):
            items.append(item())
            if self._mark(end):
                break
            if not self._mark(","):
                self._wrong(f", or {end}")
        self.depth -= 1
        return items

    def _field(self) -> tuple[str, Literal]:
        self._skip_space()
        found = _TOKEN.match(self.text, self.at)
        if found is None or found.lastgroup != "string":
            self._wrong("a string")
        start, self.at = self.at, found.end()
        name = self._string(found[0], start)
        if not self._mark(":"):
            self._wrong(":")
        return name, self.value()

    def _string(self, quoted: str, start: int) -> str:
        try:
            text: str = json.loads(quoted)
            text.encode()  # rejects lone surrogates
        except ValueError:
            self.at = start
            self._wrong("a string")
        return text

    def _empty(self, found: re.Match[str], start: int) -> Any:
        elem = ELEMTYPES.get(found["elemtype"])
        sizes = re.fullmatch(r"(?:\[\d{1,18}\])++", found["shape"])
        shape = [int(size) for size in re.findall(r"\d+", found["shape"])]
        if elem is None or not sizes or 0 not in shape or len(shape) > _MAX_RANK:
            self.at = start
            self._wrong("an empty array, such as empty([0]i32)")
        try:
            return np.zeros(shape, elem.dtype)
        except ValueError:
            self.at = start
            self._wrong("an empty array of a possible size")

    def _skip_space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _mark(self, mark: str) -> bool:
        self._skip_space()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += 1
        return True

    def _wrong(self, expected: str) -> NoReturn:
        line = self.text.count("\n", 0, self.at) + 1
        column = self.at - self.text.rfind("\n", 0, self.at)
        rest = self.text[self.at : self.at + 24].partition("\n")[0]
        got = repr(rest) if self.at < len(self.text) else "the end"
        raise ArgumentError(
            f"{self.where}: expected {expected} at line {line}, column {column}, "
            f"got {got}"
        )
