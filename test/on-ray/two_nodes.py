"""A cluster of two nodes on this machine, which obeys orders on stdin.

Prints one line of JSON: its address. Then, for each line it reads: ``kill-actor``,
``kill-node``, ``add-node``, ``freeze-node``; prints what it has done.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_raylet_start_wait_time_s", "45")

from ray.cluster_utils import Cluster  # type: ignore[import-not-found,unused-ignore]

STARTS = 3


def descendants(pid: int) -> list[int]:
    """Return the processes below one, from /proc."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue
        parent = int(text.rpartition(")")[2].split()[1])
        parents.setdefault(parent, []).append(int(path.parent.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def is_actor(pid: int) -> bool:
    try:
        return b"Bootstrap" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def raylet_of(node: object) -> int:
    [info] = node.all_processes["raylet"]  # type: ignore[attr-defined]
    pid: int = info.process.pid
    return pid


def end(pids: list[int]) -> None:
    for pid in reversed(pids):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def patiently(start: Callable[[], Any]) -> Any:
    """Start again: Ray's processes give each other 15 s, too few on a busy machine."""
    for _ in range(STARTS - 1):
        try:
            return start()
        except Exception as error:  # noqa: BLE001 - Ray's own
            sys.stderr.write(f"{error}\n")
    return start()


def tidy(folder: Path, address: str) -> None:
    """Remove what Ray leaves beside the session, unless another cluster has it."""
    latest, current = folder / "session_latest", folder / "ray_current_cluster"
    if not latest.exists():
        latest.unlink(missing_ok=True)
    if current.exists() and current.read_text() == address:
        current.unlink()
    with suppress(OSError):  # other sessions are there
        folder.rmdir()


def main() -> None:
    # Only the answers go to stdout.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    cluster = patiently(
        lambda: Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 0, "node_ip_address": "127.0.0.2"},
        )
    )
    last = 2
    nodes = []

    def add() -> None:
        def another() -> object:
            nonlocal last
            last += 1
            return cluster.add_node(num_cpus=1, node_ip_address=f"127.0.0.{last}")

        nodes.append(patiently(another))

    started: set[int] = set()

    def note() -> None:
        started.update(descendants(os.getpid()))
        started.discard(os.getpid())

    add()
    add()
    answers.write(json.dumps({"address": cluster.address}) + "\n")
    try:
        for line in sys.stdin:
            note()
            order = line.strip()
            if order == "kill-actor":
                [actor] = [p for p in descendants(raylet_of(nodes[0])) if is_actor(p)]
                os.kill(actor, signal.SIGKILL)
            elif order == "kill-node":
                end(descendants(raylet_of(nodes.pop(0))))
            elif order == "add-node":
                add()
            elif order == "freeze-node":
                for pid in descendants(raylet_of(nodes[0])):
                    os.kill(pid, signal.SIGSTOP)
            answers.write(json.dumps({"done": order}) + "\n")
    finally:
        note()
        # A frozen node would not answer.
        session = cluster.head_node.get_session_dir_path()
        end(sorted(started))
        shutil.rmtree(session, ignore_errors=True)
        tidy(Path(session).parent, cluster.address)
        os._exit(0)  # nothing is left that Ray could end in an orderly way


main()
