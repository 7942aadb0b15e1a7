"""A shared program, as an object to be closed."""

from __future__ import annotations

import atexit
import os
import secrets
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from futhark_bridge.connection.connection_file import (
    Connection,
    remove_connection,
    write_connection,
)
from futhark_bridge.connection.socket_folder import SocketFolder
from futhark_bridge.program.handle import Value
from futhark_bridge.program.program import Program
from futhark_bridge.wire import messages
from futhark_bridge.worker.socket_server import SocketServer

if TYPE_CHECKING:
    from collections.abc import Callable


class Share:
    """A program that clients can attach to, until it is closed or the process ends.

    Closing it, or leaving its ``with`` block, disconnects the clients and frees the
    values that they created; the program and the shared values stay usable.

    Attributes
    ----------
    path : Path
        The connection file, for ``attach`` in Node. It contains a secret: anyone who
        can read it can call the program. Its mode is 600.
    """

    def __init__(
        self, program: Program, path: Path | None, values: dict[str, Value]
    ) -> None:
        self._name = program.path.name
        self._names = tuple(values)
        self._pid = os.getpid()
        self._folder = SocketFolder()
        self.path = path or self._folder.path / "connection.json"
        self._secret = secrets.token_hex(32)
        try:
            socket_path = self._folder.socket
            self._server = SocketServer(socket_path, self._secret, program, values)
            connection = Connection(
                protocol=messages.PROTOCOL_VERSION,
                socket=socket_path,
                secret=self._secret,
                pid=self._pid,
                program=self._name,
                shared=list(values),
            )
            write_connection(self.path, connection)
        except BaseException:
            self.close()
            raise
        self._closed = False
        atexit.register(self._at_exit)
        os.register_at_fork(after_in_child=_forgetter(self))

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._closed

    def wait(self) -> None:
        """Block until it is closed."""
        self._server.wait()

    def close(self) -> None:
        """Disconnect all clients and remove the connection file; idempotent.

        Calls that are running complete in the background.
        """
        self._closed = True
        # A forked child must not remove the files of its parent.
        if os.getpid() != self._pid:
            return
        atexit.unregister(self._at_exit)
        if (server := getattr(self, "_server", None)) is not None:
            server.close()
        try:
            remove_connection(self.path, self._secret)
        finally:
            self._folder.remove()

    def _at_exit(self) -> None:
        self.close()
        # Python must not exit while a thread is in a C call of the program.
        self._server.join()

    def __fspath__(self) -> str:
        """Return the path of the connection file, for `open` and `subprocess`."""
        return str(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._closed:
            return f"<Share of {self._name}, closed>"
        names = ", ".join(self._names)
        shared = f" with {names}" if names else ""
        return f'<Share of {self._name}{shared}; in Node: await attach("{self.path}")>'


def _forgetter(shared: Share) -> Callable[[], None]:
    """Return a fork handler; it stays registered, so it holds a weak reference."""
    reference = weakref.ref(shared)

    def forget() -> None:
        found: Any = reference()
        if found is not None and not found.closed:
            found._server.forget()  # noqa: SLF001 - parts of the Share
            found._folder.forget()  # noqa: SLF001

    return forget
