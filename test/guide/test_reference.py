"""What the Python package offers says what it is, for the reference."""

from __future__ import annotations

import inspect

import futhark_bridge


def test_every_public_name_has_a_docstring() -> None:
    public = {name: getattr(futhark_bridge, name) for name in futhark_bridge.__all__}
    silent = [name for name, value in public.items() if not inspect.getdoc(value)]
    for name, value in public.items():
        if inspect.isclass(value) and not issubclass(value, Exception):
            members = [m for m in vars(value) if not m.startswith("_")]
            silent += [
                f"{name}.{m}"
                for m in members
                if callable(getattr(value, m)) and not inspect.getdoc(getattr(value, m))
            ]
    assert silent == []
