"""Runs recorded programs of calls in process, for soak.test.ts to compare with.

Every argument is copied first, so that no two values alias: what a
program shows here owes nothing to handles, numbers, frames or who consumes what.
"""

from __future__ import annotations

import json
import struct
import sys
from typing import Any

import numpy as np

from futhark_bridge import FutharkArray, FutharkError, FutharkModule, Value, load


class Failed:
    """Stands for the missing result of a failed call."""

    def __init__(self, code: str) -> None:
        self.code = code

    def said(self) -> str:
        refused = self.code in ("bad-argument", "program-error")
        return "error refused" if refused else f"error {self.code}"


class Run:
    """The values of one program, by number."""

    def __init__(self, module: FutharkModule) -> None:
        self.module = module
        self.values: dict[int, Any] = {}

    def step(self, step: dict[str, Any]) -> Any:
        do = step["do"]
        if do == "read":
            value = self.values[step["of"]]
            return value.said() if isinstance(value, Failed) else plain(value)
        try:
            results = getattr(self, do)(step)
        except FutharkError as error:
            results = [Failed(error.code)] * len(step["out"])
        except Cause as cause:
            results = [cause.failed] * len(step["out"])
        self.values.update(zip(step["out"], results, strict=True))
        return None

    def call(self, step: dict[str, Any]) -> list[Any]:
        entry = self.module.entry[step["entry"]]
        results = entry(*[self.argument(given) for given in step["args"]])
        return [results] if len(step["out"]) == 1 else list(results)

    def new(self, step: dict[str, Any]) -> list[Any]:
        data = self.argument(step["data"])
        return [self.module.to_futhark(step["type"], data)]

    def project(self, step: dict[str, Any]) -> list[Any]:
        return [self.given(step["of"]).project(step["name"])]

    def at(self, step: dict[str, Any]) -> list[Any]:
        return [self.given(step["of"]).at(*step["indices"])]

    def store(self, step: dict[str, Any]) -> list[Any]:
        value = self.given(step["of"])
        return [self.module.restore(value.type, value.store())]

    def given(self, number: int) -> Any:
        value = self.values[number]
        if isinstance(value, Failed):
            raise Cause(value)
        return value

    def argument(self, given: Any) -> Any:
        """Make an argument from its record; values are copied."""
        if isinstance(given, list):
            return [self.argument(part) for part in given]
        if not isinstance(given, dict):
            return given
        if "$range" in given:
            start, count = given["$range"]
            return np.arange(start, start + count, dtype="int32")
        if "$value" not in given:
            return {name: self.argument(part) for name, part in given.items()}
        value = self.given(given["$value"])
        if isinstance(value, FutharkArray):
            return self.module.to_futhark(value.type, value.to_numpy())
        if isinstance(value, Value):
            return self.module.restore(value.type, value.store())
        return value


class Cause(Exception):  # noqa: N818 - it carries another error
    """An argument could not be made: the call fails as that did."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed


def plain(value: Any) -> Any:
    """Return a value in a form that is the same for both languages."""
    if isinstance(value, FutharkArray):
        return plain(value.to_numpy())
    for method in ("to_object", "to_objects"):
        if hasattr(value, method):
            return plain(getattr(value, method)())
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, str):  # a variant's name
        return value
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, float):
        if not np.isfinite(number):
            return str(number)
        if number != int(number):
            return struct.pack(">d", number).hex()
    return str(int(number))


def main() -> None:
    work = json.load(sys.stdin)
    with load(work["program"], backend="c") as module:
        shown = []
        for program in work["runs"]:
            run = Run(module)
            results = [run.step(step) for step in program]
            shown.append([r for r in results if r is not None])
    json.dump(shown, sys.stdout)


main()
