"""Access of pythonia's proxies to modules, iterators, attributes and items."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from typing import Any


def load(name: str) -> Any:
    """Import a module by name, or a file by its path."""
    if not (name.endswith(".py") or "/" in name):
        return importlib.import_module(name)
    stem = name.rpartition("/")[2].removesuffix(".py")
    spec = importlib.util.spec_from_file_location(stem, name)
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Iterate:
    """An iterator for pythonia, whose ``Next()`` returns a marker at the end."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = iter(items)

    def Next(self) -> Any:  # noqa: N802 - pythonia's name
        """Return the next item, or the end marker."""
        return next(self._items, "$$STOPITER")


def step(value: Any, key: str | int, calling: bool) -> Any:
    """Return ``value.key``, or ``value[key]`` if there is no such attribute.

    Items of a dict take precedence over its attributes, except for calls.
    """
    if isinstance(key, int):
        return value[key]
    key = key.removeprefix("~~")  # pythonia's escape for its own names
    if not calling and isinstance(value, dict) and key in value:
        return value[key]
    try:
        return getattr(value, key)
    except AttributeError:
        try:
            return value[key]
        except (TypeError, LookupError, ValueError):
            pass
        raise
