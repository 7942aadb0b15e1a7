"""What to say of a name that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_LENGTH = 100


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message: the known name that is spelt nearly so, if any."""
    from difflib import get_close_matches  # noqa: PLC0415 - for errors only

    if len(name) > _MAX_LENGTH:
        return ""
    spelt = {each.lower(): each for each in known if len(each) <= _MAX_LENGTH}
    found = get_close_matches(name.lower(), spelt, 1, 0.6)
    return f" (did you mean {spelt[found[0]]}?)" if found else ""
