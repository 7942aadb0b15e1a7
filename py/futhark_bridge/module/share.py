"""Shares an open program and its values with Node."""

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
    """Share an open program and its values with Node, without copies.

    Calls from both sides run one at a time; Python code that does not call the program
    never waits. A value that either side consumes is consumed for both.

    Parameters
    ----------
    module : FutharkModule
        Must stay open; closing it closes it for the clients too.
    file : path, optional
        Path of the connection file; by default in a private folder.
    **values
        Handles of the module, borrowed; in Node they are ``fut.shared.name``.

    Returns
    -------
    Share
        Pass its ``path`` to ``attach`` in Node. It stays open until it is closed or the
        process exits, even if no reference to it is kept.

    Raises
    ------
    ArgumentError
        If a value is not a handle.
    ValueStateError
        If the module is closed, or a handle is freed, consumed or of another module.

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
                "module.to_futhark(type, data) creates one"
            )
        module.program.check_usable(value, f"share {name}")
    from .shared_program import Share  # noqa: PLC0415 - sockets and threads, rarely used

    return Share(
        module.program, None if file is None else Path(file).absolute(), values
    )


def serve(
    module: FutharkModule | str | os.PathLike[str],
    file: str | os.PathLike[str],
    /,
    **values: Value,
) -> None:
    """Share a program as `share` does, and block until Ctrl-C, for use in a script.

    Parameters
    ----------
    module : FutharkModule, str or path
        An open module, or an argument for `load`; then it is closed on return.
    file : path
        Path of the connection file, which is written once clients can connect.
    **values
        Handles of the module, as for `share`.
    """
    own = None if isinstance(module, FutharkModule) else load(module)
    shared = share(own or module, file, **values)  # type: ignore[arg-type]  # one of the two
    try:
        with shared, suppress(KeyboardInterrupt):
            shared.wait()
    finally:
        if own is not None:
            own.close()
