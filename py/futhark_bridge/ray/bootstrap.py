"""What starts on a node that has nothing of this package: it brings the rest.

Ray sends this class as code, so this file imports only Python's own modules.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any


def folder_of(digest: str) -> Path:
    """Return the place of a bundle on this node.

    Raises
    ------
    OSError
        If the cache cannot be made, or another user can write there.
    """
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    above = Path(base) / "futhark-bridge" / "ray"
    above.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = above.stat()
    if found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise OSError(f"{above} can be written by others")
    return above / digest


def unpack(bundle: bytes, digest: str, folder: Path) -> None:
    """Unpack a bundle into its place.

    Raises
    ------
    ValueError
        If it is not what was sent.
    """
    if hashlib.sha256(bundle).hexdigest() != digest:
        raise ValueError(f"the program that came is not {digest}")
    work = tempfile.mkdtemp(prefix="work-", dir=folder.parent)
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            archive.extractall(work)
        # Another actor of the node may have been quicker.
        if not folder.is_dir():
            Path(work).rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


class Bootstrap:
    """An actor: unpacks the program and this package, and passes all calls on."""

    def __init__(self, bundle: list[Any], digest: str, given: bytes) -> None:
        folder = folder_of(digest)
        if not folder.is_dir():
            import ray  # noqa: PLC0415 - the actor runs in it

            unpack(ray.get(bundle[0]), digest, folder)
        # First, as the node may have another version.
        sys.path.insert(0, str(Path(folder, "py")))
        from futhark_bridge.ray.actor import Actor  # noqa: PLC0415 - it has just come

        self._actor = Actor(str(folder), *pickle.loads(given))  # noqa: S301 - from our driver

    def hello(self) -> Any:
        """Load the program; see `Actor.hello`."""
        return self._actor.hello()

    def run_frames(self, *args: Any) -> Any:
        """Run a task of a client of the driver."""
        return self._actor.run_frames(*args)

    def call(self, *args: Any) -> Any:
        """Run a task on Python data."""
        return self._actor.call(*args)

    def forget(self, *args: Any) -> Any:
        """Free shared inputs."""
        return self._actor.forget(*args)

    # Ray calls these while a task runs, on a thread of their own.

    def ping(self) -> None:
        """Answer."""

    def drop(self, *args: Any) -> Any:
        """Skip a task that nobody waits for."""
        return self._actor.drop(*args)

    # What `ray.method` would set, in a file that does not need Ray.
    ping.__ray_concurrency_group__ = "pings"  # type: ignore[attr-defined]
    drop.__ray_concurrency_group__ = "pings"  # type: ignore[attr-defined]
