"""Private folders for sockets, in folders that other users can write."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import futhark_bridge
from futhark_bridge.connection.socket_folder import FOLDER_PREFIX, SocketFolder

# The number of "nobody".
OTHER = 65534


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder that folders for sockets are made in, open to all."""
    assert tmp_path.exists()  # pytest's own folder is not within it
    # The path of a socket is short.
    with tempfile.TemporaryDirectory(prefix="fb-", dir="/tmp") as made:
        Path(made).chmod(0o1777)
        monkeypatch.setenv("XDG_RUNTIME_DIR", "")
        monkeypatch.setattr("tempfile.tempdir", made)
        yield Path(made)


def run(code: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run Python code with ``place`` as its temporary folder."""
    package = str(Path(futhark_bridge.__file__).parents[1])
    env = {"TMPDIR": str(place), "PYTHONPATH": package}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=env, cwd=place, stdout=subprocess.PIPE, text=True, check=False
    )


def test_a_folder_is_private_and_removed_with_its_content(place: Path) -> None:
    folder = SocketFolder()
    assert folder.path.parent == place
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    (folder.path / "socket").touch()
    folder.remove()
    folder.remove()
    assert list(place.iterdir()) == []


KILLED = """
import os, signal
from futhark_bridge.connection.socket_folder import SocketFolder
folder = SocketFolder()
(folder.path / "socket").touch()
print(folder.path, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_folder_of_a_killed_process_is_removed_by_the_next(place: Path) -> None:
    killed = run(KILLED, place)
    assert killed.returncode == -signal.SIGKILL
    assert list(place.iterdir()) == [Path(killed.stdout.strip())]
    folder = SocketFolder()
    assert list(place.iterdir()) == [folder.path]
    folder.remove()


def test_a_folder_in_use_stays_with_any_process_number(place: Path) -> None:
    folder = SocketFolder()
    # In other containers it may be anybody's, or nobody's.
    (folder.path / "pid").write_text("999999999")
    code = (
        "from futhark_bridge.connection.socket_folder import SocketFolder as F\n"
        "F().remove()"
    )
    assert run(code, place).returncode == 0
    assert folder.path.exists()
    folder.remove()


@pytest.mark.usefixtures("place")
def test_a_fork_that_lives_on_does_not_keep_a_folder_in_use() -> None:
    folder = SocketFolder()
    to_child, end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(end)
        folder.forget()
        os.read(to_child, 1)
        os._exit(0)
    os.close(to_child)
    os.close(folder._fd)  # noqa: SLF001 - as in a process that exits
    folder._fd = -1  # noqa: SLF001
    # The child closes it eventually.
    while folder.path.exists():
        SocketFolder().remove()
    os.close(end)
    os.waitpid(child, 0)


HOSTILE = f"""
import os
def make(name):
    os.mkdir("{FOLDER_PREFIX}" + name)
    return "{FOLDER_PREFIX}" + name
os.mkfifo(make("fifo") + "/pid", 0o666)
os.symlink("/dev/zero", make("zero") + "/pid")
os.mkfifo("{FOLDER_PREFIX}itself", 0o666)
os.symlink("VICTIM", "{FOLDER_PREFIX}link")
for name in os.listdir("."):
    if not os.path.islink(name) and os.stat(name).st_uid == os.getuid():
        os.chmod(name, 0o777)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_files_of_another_user_are_neither_read_nor_removed(
    place: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o700)
    (victim / "file").touch()
    become = f"import os; os.setgroups([]); os.setgid({OTHER}); os.setuid({OTHER})"
    hostile = HOSTILE.replace("VICTIM", str(victim))
    assert run(become + hostile, place).returncode == 0
    before = set(place.iterdir())
    folder = SocketFolder()
    folder.remove()
    assert set(place.iterdir()) == before
    assert (victim / "file").exists()


def test_fifos_of_our_own_user_do_no_harm(place: Path) -> None:
    odd = place / f"{FOLDER_PREFIX}fifo"
    odd.mkdir(mode=0o700)
    os.mkfifo(odd / "pid")
    folder = SocketFolder()
    assert list(place.iterdir()) == [folder.path]
    folder.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_runtime_folder_of_another_user_is_not_used(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "r"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    own = SocketFolder()
    own.remove()
    os.chown(runtime, OTHER, OTHER)
    other = SocketFolder()
    other.remove()
    assert other.path.parent == place


def test_a_folder_whose_path_is_too_long_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 80)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    monkeypatch.setattr("tempfile.tempdir", str(long))
    folder = SocketFolder()
    assert folder.path.parent == Path("/tmp")
    folder.remove()
