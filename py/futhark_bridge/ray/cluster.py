"""Starts a cluster on this machine, or joins one."""

from __future__ import annotations

import os
import re
import secrets
import sys
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from futhark_bridge.errors import ArgumentError, BuildError

from .leftovers import end_all, guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

# Ray replaces 127.0.0.1 by an address that other machines reach.
_LOOPBACK = "127.0.0.2"
# Names of sockets are limited to 107 bytes, of which Ray needs 60 below its folder.
_MAX_FOLDER = 40
_STARTS = 2
# It would take precedence over the file.
_OTHER_SETTING = "RAY_AUTH_TOKEN"


_HOW = (
    "arrays do not go through Ray's client; run 'ray start --address=HOST:PORT "
    "--num-cpus=0' on this machine to make it a node of the cluster"
)


def check_address(address: str) -> None:
    """Check the address of a cluster.

    Raises
    ------
    ArgumentError
        If it is none: Ray would start a cluster that has no token.
    """
    if not re.fullmatch(r"auto|(\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):[0-9]{1,5}", address):
        how = f": {_HOW}" if address.startswith("ray://") else ""
        raise ArgumentError(
            f"address: expected auto or HOST:PORT of the head, got {address!r}{how}"
        )


def import_ray() -> Any:
    """Return Ray's package.

    Raises
    ------
    BuildError
        If it is not installed.
    """
    try:
        import ray  # noqa: PLC0415 - only for who asks for it
    except ModuleNotFoundError as error:
        raise BuildError(
            "Ray is not installed: run 'npx futhark-bridge setup --ray', or "
            "'pip install futhark-bridge[ray]' in the Python that is used"
        ) from error
    return ray


def is_connected() -> bool:
    """Return whether this process uses a cluster already."""
    return "ray" in sys.modules and bool(sys.modules["ray"].is_initialized())


@contextmanager
def cluster(address: str | None, cpus: int, gpus: int = 0) -> Iterator[Any]:
    """Connect this process to a cluster; on leaving, end what was started for it.

    Parameters
    ----------
    address : str, optional
        ``auto`` or ``HOST:PORT``; None starts a cluster of this machine alone, which
        only processes with its token can use.
    cpus, gpus : int
        What a cluster of this machine offers.
    """
    if address is not None:
        ray = import_ray()
        _join(ray, address)
        try:
            yield ray
        finally:
            ray.shutdown()
        return
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "45")
    folder = Path(tempfile.mkdtemp(prefix="fb-ray-"))
    if len(str(folder)) > _MAX_FOLDER:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="fb-ray-", dir="/tmp"))
    with guarded(folder), _token(folder / "token"):
        ray = import_ray()
        try:
            _start(ray, folder, cpus, gpus)
            yield ray
        finally:
            ray.shutdown()


def _start(ray: Any, folder: Path, cpus: int, gpus: int) -> None:
    # Ray's processes give each other 15 s to start, which a busy machine may exceed.
    for attempt in range(_STARTS):
        try:
            ray.init(
                address="local",
                num_cpus=cpus,
                num_gpus=gpus,
                include_dashboard=False,
                log_to_driver=False,
                configure_logging=False,
                _node_ip_address=_LOOPBACK,
                _temp_dir=str(folder / str(attempt)),
            )
        except Exception as error:
            ray.shutdown()
            end_all(folder)
            if attempt + 1 < _STARTS:
                continue
            raise BuildError(
                "cannot start a Ray cluster on this machine, which may be too busy: "
                f"{_first_lines(error)}"
            ) from error
        return


@cache
def _secret() -> str:
    """Return the token of this process's clusters: Ray reads it only once."""
    return secrets.token_hex(32)


@contextmanager
def _token(path: Path) -> Iterator[None]:
    """Have Ray ask for a secret that only this user can read.

    Raises
    ------
    BuildError
        If Ray has been imported before: it has read its settings.
    """
    if "ray" in sys.modules and not _secret.cache_info().currsize:
        raise BuildError(
            "ray was imported before, so a cluster started now would have no token: "
            "call ray.init() first, to decide yourself, or import ray later"
        )
    path.touch(mode=0o600)
    path.write_text(_secret(), encoding="ascii")
    settings = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(path)}
    before = {name: os.environ.pop(name, None) for name in (*settings, _OTHER_SETTING)}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _join(ray: Any, address: str) -> None:
    named = os.environ.get("RAY_ADDRESS", "") if address == "auto" else ""
    if named.startswith("ray://"):
        raise ArgumentError(
            f"address: auto means RAY_ADDRESS, which is {named}: {_HOW}"
        )
    try:
        ray.init(address=address, log_to_driver=False, configure_logging=False)
    except Exception as error:
        raise BuildError(
            f"cannot join the Ray cluster at {address}: {_first_lines(error)}. This "
            "machine must be a node of it (ray start --address=HOST:PORT --num-cpus=0, "
            "or an address of 'auto' on the head), with the same versions of Ray "
            f"({ray.__version__}) and Python, and the token of the cluster, if it has "
            "one (RAY_AUTH_MODE=token and RAY_AUTH_TOKEN_PATH)"
        ) from error


def _first_lines(error: Exception) -> str:
    return "; ".join(str(error).strip().splitlines()[:4])


def room_for(ray: Any, cpus: float, gpus: float) -> float:
    """Return how many actors of this size the nodes of the cluster have room for."""
    if not cpus and not gpus:
        return float("inf")
    count = 0
    for node in ray.nodes():
        if not node["Alive"]:
            continue
        has = node["Resources"]
        by_cpus = has.get("CPU", 0) // cpus if cpus else float("inf")
        by_gpus = has.get("GPU", 0) // gpus if gpus else float("inf")
        count += int(min(by_cpus, by_gpus))
    return count
