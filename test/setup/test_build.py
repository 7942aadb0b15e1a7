"""Building: what is compiled, what is cached, and what an interrupted build leaves."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from futhark_bridge import BuildError, load
from futhark_bridge.setup.build import build
from futhark_bridge.setup.compiler import find_compiler
from futhark_bridge.setup.guard import is_complete
from futhark_bridge.setup.sources import read_sources
from futhark_bridge.setup.work_folder import work_folder

ROOT = Path(__file__).parents[2]

TINY = "entry f (x: i32) : i32 = x + 1\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide each test with its own cache, and quick builds."""
    compiler = find_compiler()
    monkeypatch.setenv("FUTHARK", str(compiler))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CFLAGS", "-O1")
    return tmp_path / "cache" / "futhark-bridge" / "modules"


def program(folder: Path, text: str = TINY, name: str = "tiny.fut") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def wrapper(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a script in the compiler's place; ``$REAL`` is the compiler."""
    path = folder / "wrapped-futhark"
    path.write_text(
        f'#!/bin/sh\nREAL={find_compiler()}\n[ "$1" = --version ] && exec $REAL "$@"\n'
        + script
    )
    path.chmod(0o700)
    monkeypatch.setenv("FUTHARK", str(path))


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def call(source: Path) -> int:
    with load(source, backend="c") as module:
        return int(module.entry.f(1))


# A process that hangs, and its child, both of which ignore SIGTERM.
HANGS = """\
trap '' TERM INT HUP
sleep 600 &
echo $$ $! > $PIDS.new
mv $PIDS.new $PIDS
wait
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_builder_that_is_ended_leaves_no_compiler_and_no_folder(
    how: signal.Signals, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = program(tmp_path)
    pids = tmp_path / "pids"
    monkeypatch.setenv("PIDS", str(pids))
    wrapper(tmp_path, monkeypatch, HANGS)
    code = (
        "import sys; sys.path.insert(0, 'py'); from pathlib import Path\n"
        "from futhark_bridge.setup.build import build; build(Path(sys.argv[1]), 'c')"
    )
    builder = subprocess.Popen(
        [sys.executable, "-c", code, str(source)], stderr=subprocess.DEVNULL
    )
    until(pids.exists)
    builder.send_signal(how)
    assert builder.wait() != 0
    running = [int(word) for word in pids.read_text().split()]
    until(lambda: not any(map(is_running, running)) and not list(cache.iterdir()))


def test_a_guard_that_is_killed_is_a_build_error_and_its_folder_is_removed(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The guard leads the session that the compiler is in.
    wrapper(tmp_path, monkeypatch, "kill -9 $(ps -o sid= -p $$)\nexit 1\n")
    with pytest.raises(BuildError, match=r"tiny\.fut was interrupted: .*SIGKILL"):
        build(program(tmp_path), "c")
    assert list(cache.iterdir()) == []


def test_a_compiler_that_is_killed_is_a_build_error(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper(tmp_path, monkeypatch, "kill -9 $$\n")
    with pytest.raises(BuildError, match="futhark was ended by SIGKILL"):
        build(program(tmp_path), "c")
    assert list(cache.iterdir()) == []


def test_folders_of_killed_builds_are_removed_but_not_those_in_use(
    tmp_path: Path, cache: Path
) -> None:
    left = cache / "build-left"
    (left / "source").mkdir(parents=True)
    with work_folder(cache) as (work, _):
        build(program(tmp_path), "c")
        assert not left.exists()
        assert work.exists()
    assert len(list(cache.iterdir())) == 1


def test_a_source_saved_during_a_build_is_not_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = program(tmp_path, 'import "part"\nentry f (x: i32) : i32 = x + part\n')
    part = program(tmp_path, "def part : i32 = 1\n", "part.fut")
    later = program(tmp_path, "def part : i32 = 100\n", "later.fut")
    with monkeypatch.context() as during:
        wrapper(tmp_path, during, f'cp {later} {part}\nexec $REAL "$@"\n')
        built = build(source, "c")
    with load(built) as module:
        assert module.entry.f(1) == 2
    assert call(source) == 101
    part.write_text("def part : i32 = 1\n")
    assert build(source, "c") == built
    assert call(source) == 2


def test_an_absolute_import_that_changes_meanwhile_is_refused(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = program(tmp_path, "def part : i32 = 1\n", "far/part.fut")
    source = program(
        tmp_path,
        f'import "{part.with_suffix("")}"\nentry f (x: i32) : i32 = x + part\n',
    )
    assert call(source) == 2
    with monkeypatch.context() as during:
        wrapper(
            tmp_path,
            during,
            f'$REAL "$@"; echo "def part : i32 = 5" > {part}\n',
        )
        part.write_text("def part : i32 = 3\n")
        with pytest.raises(BuildError, match=r"part\.fut was changed while"):
            build(source, "c")
    assert call(source) == 6
    assert len(list(cache.iterdir())) == 2


def test_imports_are_found_as_the_compiler_finds_them(tmp_path: Path) -> None:
    files = {
        "main.fut": 'open import "lib/github.com/a/b/x"\nmodule m = import "../up/y"\n'
        'import -- "no"\n  "plain"\nimport "after"\n'
        'local import"tight" -- import "\nimport "last"\n'
        'import "link"\nimport "größe"\n'
        "entry f (x: i32) : i32 = a + b + m.c + d + e + g + h + i + x\n",
        "lib/github.com/a/b/x.fut": 'import "../../../../plain"\ndef a : i32 = 1\n',
        "plain.fut": "def b : i32 = 1\n",
        "../up/y.fut": "def c : i32 = 1\n",
        "after.fut": "def d : i32 = 1\n",
        "tight.fut": "def e : i32 = 1\n",
        "last.fut": "def g : i32 = 1\n",
        # Beside the link, not beside its target.
        "../up/linked.fut": 'import "beside"\ndef h : i32 = beside\n',
        "beside.fut": "def beside : i32 = 1\n",
        "größe.fut": "def i : i32 = 1\n",
    }
    folder = tmp_path / "program"
    for name, text in files.items():
        program(folder, text, name)
    (folder / "link.fut").symlink_to("../up/linked.fut")
    found = set(read_sources(folder / "main.fut").files)
    assert found == (set(files) | {"link.fut"}) - {"../up/linked.fut"}
    assert call(folder / "main.fut") == 9
    text = 'entry f (x: i32) : i32 = 0\ndef s = "--" import "plain"\n'
    assert set(read_sources(program(folder, text, "b.fut")).files) == {
        "b.fut",
        "plain.fut",
    }


def test_the_compiler_s_messages_name_the_user_s_files(tmp_path: Path) -> None:
    folder = tmp_path / "my programs"
    source = program(folder, 'import "../lib/part"\nentry f (x: i32) = x + part\n')
    part = program(tmp_path, "def part : i32 = true\n", "lib/part.fut")
    with pytest.raises(BuildError) as caught:
        build(source, "c")
    assert f"Error at {part}:1:" in caught.value.message
    part.write_text('import "none"\n')
    with pytest.raises(BuildError) as caught:
        build(source, "c")
    assert f'Could not read file "{tmp_path}/lib/none.fut"' in caught.value.message
    part.write_text("def part : bool = true\n")
    with pytest.raises(BuildError) as caught:
        build(source, "c")
    assert f"Error at {source}:2:" in caught.value.message
    assert "build-" not in caught.value.message


@pytest.mark.parametrize(
    "name", ["größe.fut", "日本.fut", "-x.fut", "3d.fut", "a b.fut"]
)
def test_any_name_of_a_file_can_be_built_and_loaded(name: str, tmp_path: Path) -> None:
    assert call(program(tmp_path, name=name)) == 2


def test_names_beyond_ascii_stay_different(tmp_path: Path) -> None:
    for name in ("größe", "grüße"):
        build(program(tmp_path, name=f"{name}.fut"), "c", tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.so"))) == 2


def damage(how: str, path: Path) -> None:
    if how == "gone":
        path.unlink()
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "short":
        path.write_bytes(path.read_bytes()[:-1])
    elif how == "other":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    else:
        path.unlink()
        path.mkdir()


def test_a_damaged_entry_of_the_cache_is_built_again(
    tmp_path: Path, cache: Path
) -> None:
    source = program(tmp_path)
    entry = build(source, "c").parent
    names = sorted(path.name for path in entry.iterdir())
    for how in ("gone", "empty", "short", "other", "folder"):
        for name in names:
            shutil.copytree(entry, tmp_path / "copy")
            assert is_complete(tmp_path / "copy")
            damage(how, tmp_path / "copy" / name)
            assert not is_complete(tmp_path / "copy"), (how, name)
            shutil.rmtree(tmp_path / "copy")
    damage("other", entry / names[0])
    assert call(source) == 2
    assert sorted(path.name for path in entry.iterdir()) == names
    shutil.rmtree(entry)
    entry.mkdir()
    assert call(source) == 2
    assert list(cache.iterdir()) == [entry]


def test_a_new_cache_is_for_its_owner_alone(cache: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        module = build(program(tmp_path), "c")
    finally:
        os.umask(before)
    assert module.parent.parent == cache
    for folder in (cache, cache.parent, cache.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert load(module).entry.f(1) == 2


def test_files_that_look_like_abandoned_folders_are_ignored(
    cache: Path, tmp_path: Path
) -> None:
    cache.mkdir(parents=True)
    os.mkfifo(cache / "build-fifo")
    kept = tmp_path / "kept"
    kept.mkdir()
    (cache / "build-link").symlink_to(kept)
    assert load(build(program(tmp_path), "c")).entry.f(1) == 2
    assert kept.is_dir()


def test_a_cache_that_cannot_be_written_is_a_build_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = program(tmp_path)
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", Path("/proc")):
        monkeypatch.setenv("XDG_CACHE_HOME", str(place))
        with pytest.raises(BuildError, match=rf"{place}.*set XDG_CACHE_HOME"):
            build(source, "c")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "")
    with pytest.raises(BuildError, match=r"no home folder; .* XDG_CACHE_HOME"):
        build(source, "c")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(BuildError, match=rf"put the module into {tmp_path}/file"):
        build(source, "c", tmp_path / "file")


def test_builders_that_replace_a_damaged_entry_at_once_agree(
    tmp_path: Path, cache: Path
) -> None:
    source = program(tmp_path)
    built = build(source, "c")
    (built.parent / "tiny.json").write_bytes(b"{}")
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(call(source))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert results == [2, 2]
    assert list(cache.iterdir()) == [built.parent]


def test_files_in_the_current_folder_do_not_affect_a_build(tmp_path: Path) -> None:
    source = program(tmp_path)
    for name in (
        "cffi",
        "futhark_ffi",
        "json",
        "setuptools",
        "futhark_bridge",
        "hashlib",
    ):
        program(tmp_path, "raise SystemExit('taken')\n", f"{name}.py")
    script = (
        f"import sys; sys.path.append({str(Path('py').absolute())!r})\n"
        "import futhark_bridge; m = futhark_bridge.load('tiny.fut', backend='c')\n"
        "print(m.entry.f(1))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        cwd=source.parent,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_a_python_without_futhark_ffi_is_a_build_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    program = tmp_path / "f.fut"
    program.write_text("entry f (x: i32) = x")
    with pytest.raises(BuildError, match="needs the package futhark-ffi") as caught:
        build(program, "c")
    # The very version that this package is tested with.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [wanted] = [d for d in project["dependencies"] if d.startswith("futhark-ffi")]
    assert caught.value.message.endswith(f"pip install {wanted}")
