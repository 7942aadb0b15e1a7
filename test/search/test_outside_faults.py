"""External faults while a program is built: each is reported or repaired.

Each fault ends in the right program or in a BuildError; nothing is left in the cache
or the temporary folder; and the next build, without the fault, is right.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scale import SLOW, seed, steps

from futhark_bridge.setup.compiler import find_compiler

SEED = seed()
long = pytest.mark.skipif(not SLOW, reason="a long search: npm run test:slow")
BUILD = """
import os, resource, sys
from pathlib import Path
sys.path.insert(0, 'py')
from futhark_bridge import BuildError, load
limit, soft = sys.argv[3:] if len(sys.argv) > 3 else (None, 0)
try:
    if limit:
        kind = getattr(resource, limit)
        resource.setrlimit(kind, (int(soft), int(soft)))
    with load(Path(sys.argv[1]), backend='c') as module:
        print(module.entry.f(int(sys.argv[2])))
except BuildError as error:
    print('BuildError', error)
"""


class Place:
    """A program, a cache and a temporary folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temp = folder / "temp"
        self.source = folder / "tiny.fut"
        self.modules = folder / "cache" / "futhark-bridge" / "modules"
        self.temp.mkdir()
        self.save(1)
        self.env = {
            **os.environ,
            "FUTHARK": str(find_compiler()),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "TMPDIR": str(self.temp),
            "CFLAGS": "-O1",
        }

    def save(self, step: int) -> None:
        self.source.write_text(f"entry f (x: i32) : i32 = x + {step}\n")

    def start(self, *limit: str, **env: str | None) -> subprocess.Popen[str]:
        changed = {**self.env, **env}
        return subprocess.Popen(
            [sys.executable, "-c", BUILD, str(self.source), "1", *limit],
            env={name: value for name, value in changed.items() if value is not None},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def result(self, *limit: str, **env: str | None) -> str:
        return self.start(*limit, **env).communicate()[0].strip()

    def check(self, *, entries: int | None = None) -> None:
        """Check that a correct program is left afterwards, and nothing else."""
        assert self.result() == "2"
        left = [path.name for path in self.modules.iterdir()]
        assert not [name for name in left if name.startswith("build-")]
        assert entries is None or len(left) == entries
        assert list(self.temp.iterdir()) == []


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def script(place: Place, text: str) -> str:
    """Put a script in the place of a tool; return the folder for PATH."""
    folder = place.folder / "bin"
    folder.mkdir(exist_ok=True)
    for name in ("cc", "gcc", "x86_64-linux-gnu-gcc", "clang"):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o700)
    return str(folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a file system of a given size; not where that needs rights we lack."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    done = []

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(mounted)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("mounting a small disk needs root")
        done.append(mounted)
        return mounted

    yield mount
    for folder in done:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@long
@pytest.mark.parametrize("size", ["8k", "100k", "300k"])
def test_a_full_disk(
    size: str, place: Place, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk(f"size={size}")
    outcome = place.result(XDG_CACHE_HOME=str(disk))
    assert outcome.startswith("BuildError")
    assert list(disk.glob("**/build-*")) == []
    place.check(entries=1)


@long
@pytest.mark.parametrize("options", ["ro", "size=8k", "size=100k"])
def test_a_temporary_folder_without_room(
    options: str, place: Place, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk(options)
    told = place.result(TMPDIR=str(disk))
    assert told.startswith(("BuildError", "2")), told
    assert list(disk.iterdir()) == []
    place.check(entries=1)


def test_a_disk_that_cannot_be_written(
    place: Place, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk("ro")
    outcome = place.result(XDG_CACHE_HOME=str(disk))
    assert outcome.startswith("BuildError")
    assert str(disk) in outcome
    assert "XDG_CACHE_HOME" in outcome
    place.check(entries=1)
    # Programs already built can be used from such a disk.
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    shutil.copytree(place.folder / "cache", disk, dirs_exist_ok=True)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert place.result(XDG_CACHE_HOME=str(disk), FUTHARK=place.env["FUTHARK"]) == "2"


@long
@pytest.mark.parametrize(
    ("limit", "soft"), [("RLIMIT_FSIZE", 4096), ("RLIMIT_FSIZE", 10**5)]
)
def test_files_that_may_not_grow(limit: str, soft: int, place: Place) -> None:
    assert place.result(limit, str(soft)).startswith("BuildError")
    place.check(entries=1)


@long
@pytest.mark.parametrize("soft", [8, 12, 16, 20])
def test_few_descriptors(soft: int, place: Place) -> None:
    assert place.result("RLIMIT_NOFILE", str(soft)).startswith(("BuildError", "2"))
    place.check(entries=1)


@long
@pytest.mark.parametrize("text", ["exit 1", "kill -9 $$", "exit 0", "echo half > $0.o"])
def test_a_c_compiler_that_fails(text: str, place: Place) -> None:
    folder = script(place, text)
    outcome = place.result(
        PATH=f"{folder}:{place.env.get('PATH', '')}", CC=f"{folder}/cc"
    )
    assert outcome.startswith("BuildError")
    place.check(entries=1)


@long
def test_no_c_compiler(place: Place) -> None:
    outcome = place.result(PATH=str(place.temp), CC=None)
    assert outcome.startswith("BuildError")
    place.check(entries=1)


@long
@pytest.mark.parametrize(
    "name",
    ["with space", "größe 日本", "quo'te\"", "a" * 200 + "/" + "b" * 200, "-dash"],
)
def test_a_cache_of_any_name(name: str, place: Place) -> None:
    assert place.result(XDG_CACHE_HOME=str(place.folder / name)) == "2"


def test_no_home(place: Place) -> None:
    outcome = place.result(HOME="", XDG_CACHE_HOME="")
    assert outcome.startswith("BuildError")
    assert "XDG_CACHE_HOME" in outcome


@long
def test_a_changed_clock(place: Place) -> None:
    place.check(entries=1)
    (entry,) = place.modules.iterdir()
    for when in (0, 2**31, 2**33):
        for path in (*entry.iterdir(), place.source):
            os.utime(path, (when, when))
        place.check(entries=1)


def test_damage_to_the_cache(place: Place) -> None:
    print("seed", SEED)
    chance = random.Random(SEED)
    place.check(entries=1)
    (entry,) = place.modules.iterdir()
    for _ in range(steps(2, 60)):
        path = chance.choice(list(entry.iterdir()))
        content = bytearray(path.read_bytes())
        how = chance.randrange(4)
        if how == 0:
            path.unlink()
        elif how == 1:
            path.write_bytes(content[: chance.randrange(len(content))])
        elif how == 2:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            path.write_bytes(content)
        else:
            path.write_bytes(chance.randbytes(chance.randrange(100)))
        place.check(entries=1)


@long
def test_many_builders_at_once(place: Place) -> None:
    builders = [place.start() for _ in range(steps(2, 8))]
    assert [each.communicate()[0].strip() for each in builders] == ["2"] * len(builders)
    place.check(entries=1)


def test_saves_and_kills_while_it_builds(place: Place) -> None:
    print("seed", SEED)
    chance = random.Random(SEED)
    for _ in range(steps(2, 60)):
        place.save(1)
        builder = place.start()
        try:
            builder.communicate(timeout=chance.random() * 3)
        except subprocess.TimeoutExpired:
            place.save(100)
            if chance.random() < 0.5:
                builder.kill()
        place.save(1)
        outcome = builder.communicate()[0].strip()
        assert outcome in ("2", "101", "") or outcome.startswith("BuildError"), outcome
    place.check()
