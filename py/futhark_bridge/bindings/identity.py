"""Digests that identify the program and type of a stored value.

A stored value can be read only by a program from the same source and compiler, with any
back end. So a program is identified by its compiler version and its entry points, and a
type by the program and the type's full structure.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .program_info import TypeInfo


def program_identity(version: str | None, entry_points: Iterable[str]) -> str:
    """Return the identity of a program, 64 hex digits."""
    return _sha256([version, sorted(entry_points)]).hexdigest()


def type_digest(program: str, name: str, types: Mapping[str, TypeInfo]) -> bytes:
    """Return the digest of a type within a program, 32 bytes."""
    return _sha256([program, _structure(name, types)]).digest()


def _structure(name: str, types: Mapping[str, TypeInfo]) -> object:
    info = types.get(name)
    if info is None:
        return name
    return [
        name,
        info.kind,
        info.rank,
        _structure(info.elemtype, types),
        [[f.name, _structure(f.type, types)] for f in info.fields],
        [[v.name, [_structure(p, types) for p in v.payload]] for v in info.variants],
    ]


def _sha256(data: object) -> hashlib._Hash:
    return hashlib.sha256(json.dumps(data, separators=(",", ":")).encode())
