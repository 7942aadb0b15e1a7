"""Lends an open program, and values of it, to Node."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from futhark_bridge.arguments.place import describe
from futhark_bridge.errors import ArgumentError, ValueStateError
from futhark_bridge.program.handle import Value

from .module import FutharkModule, load

if TYPE_CHECKING:
    import os

    from .shared_program import Share


def share(
    module: FutharkModule,
    file: str | os.PathLike[str] | None = None,
    /,
    **values: Value,
) -> Share:
    """Lend an open program to Node: the same program, the same values, no copies.

    Calls of both sides run one at a time; only cells that call the program wait for one
    another. A value that Node consumes is consumed here too, and the other way round.

    Parameters
    ----------
    module : FutharkModule
        Stays open: closing it takes it away from the clients too.
    file : path, optional
        Where to put the connection file; else in a private folder, which goes with it.
    **values
        Handles of the module, which Node sees by these names as ``fut.shared.name``.

    Returns
    -------
    Share
        Its ``path`` is what ``attach`` in Node takes. It lives, with or without a
        variable that holds it, until it is closed or the process ends.

    Raises
    ------
    ArgumentError, ValueStateError
        If a value is no handle, or cannot be used, or is of another module.

    Examples
    --------
    >>> shared = futhark_bridge.share(module, x=x)  # doctest: +SKIP
    >>> shared.path  # doctest: +SKIP
    PosixPath('/run/user/1000/futhark-bridge-share-2nq7/connection.json')
    """
    if not isinstance(module, FutharkModule):
        raise ArgumentError(f"share: expected an open module, got {describe(module)}")
    if module.program.closed:
        raise ValueStateError("freed", "share: the module is closed")
    for name, value in values.items():
        if not isinstance(value, Value):
            raise ArgumentError(
                f"share {name}: expected a handle, got {describe(value)}; "
                "module.to_futhark(type, data) makes one"
            )
        module.program.check_usable(value, f"share {name}")
    from .shared_program import Share  # noqa: PLC0415 - sockets and threads, seldom

    return Share(
        module.program, None if file is None else Path(file).absolute(), values
    )


def serve(
    module: FutharkModule | str | os.PathLike[str],
    file: str | os.PathLike[str],
    /,
    **values: Value,
) -> None:
    """Do as `share`, and wait until Ctrl-C: for a script that is nothing but a server.

    Parameters
    ----------
    module : FutharkModule, str or path
        An open module, or what `load` takes; such a one is closed in the end.
    file : path
        Where to put the connection file; it is there as soon as clients can come.
    """
    own = None if isinstance(module, FutharkModule) else load(module)
    shared = share(own or module, file, **values)  # type: ignore[arg-type]  # one of both
    try:
        with shared, suppress(KeyboardInterrupt):
            shared.wait()
    finally:
        if own is not None:
            own.close()
