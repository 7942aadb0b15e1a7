"""Set-up in Python: Debian's packages, the compiler's wrapper, and the findings."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from futhark_bridge import BuildError
from futhark_bridge.setup import debian, doctor, fetch
from futhark_bridge.setup.debian import Machine, Mirror, apt_config, source_stanza
from futhark_bridge.setup.places import cache_folder

ARM = Machine("arm64", "aarch64-linux-gnu", "ld-linux-aarch64.so.1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test its own cache and PATH, without a compiler."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.delenv("FUTHARK", raising=False)
    return tmp_path


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_source_keeps_the_mirror_and_its_key() -> None:
    key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n AAAA"
    stanza = source_stanza(Mirror("http://mirror.test/debian", key), "testing", ARM)
    assert "URIs: http://mirror.test/debian\nSuites: testing\nComp" in stanza
    assert stanza.endswith(f"Signed-By: {key}\n")
    assert "Signed" not in source_stanza(Mirror("http://m", ""), "stable", ARM)


def test_the_mirror_is_the_first_of_debian_that_apt_lists(home: Path) -> None:
    records = (
        "@@http://m.test/ubuntu|jammy|main|$(SIGNED_BY)\n"
        "@@http://m.test/security|bookworm-security|main|$(SIGNED_BY)\n"
        "@@cdrom:[x]/|bookworm|main|$(SIGNED_BY)\n"
        "@@http://m.test/debian|bookworm|contrib|$(SIGNED_BY)\n"
        "@@http://m.test/debian|bookworm|main| key\n of | lines\n"
        "@@http://other.test/debian|sid|main|$(SIGNED_BY)"
    )
    program(home / "bin" / "apt-get", f"cat <<'END'\n{records}\nEND")
    found = debian.find_mirror()
    assert found == Mirror("http://m.test/debian", " key\n of | lines")
    program(home / "bin" / "apt-get", "true")
    assert debian.find_mirror() is None


@pytest.mark.skipif(shutil.which("apt-config") is None, reason="there is no apt here")
def test_apt_reads_its_folders_strict_checks_and_no_hooks(home: Path) -> None:
    (home / "machine.conf").write_text(
        'APT::Update::Post-Invoke { "touch /hook"; };\n'
        'Acquire::http::Proxy "http://proxy.test";\n'
        'Acquire::AllowInsecureRepositories "true";\nAPT::Architectures { "i386"; };\n'
    )
    (home / "apt.conf").write_text(apt_config(home, ARM))
    output = subprocess.run(
        ["apt-config", "dump", "--config-file", home / "apt.conf"],
        env={**os.environ, "APT_CONFIG": str(home / "machine.conf")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f'Dir::State::status "{home}/status";' in output
    assert 'Acquire::AllowInsecureRepositories "false";' in output
    assert 'Acquire::http::Proxy "http://proxy.test";' in output
    assert 'APT::Architectures:: "arm64";' in output
    assert "/hook" not in output
    assert "i386" not in output


def packages(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace apt by one that makes a compiler; return the releases asked for."""
    asked: list[str] = []

    def unpack(
        names: list[str], mirror: Mirror, release: str, machine: Machine, work: Path
    ) -> Path:
        asked.append(release)
        assert (names, mirror.uri) == (["futhark"], "http://m.test/debian")
        if release == "testing" and not (home / "working").exists():
            raise BuildError("no network")
        program(work / "usr/bin/futhark", 'echo "Futhark 9.8.7"')
        program(work / "usr/lib" / machine.triplet / machine.loader, 'shift 2; "$@"')
        (work / "usr/share").mkdir()
        return work

    monkeypatch.setattr(fetch, "debian_machine", lambda: ARM)
    monkeypatch.setattr(
        fetch, "find_mirror", lambda: Mirror("http://m.test/debian", "")
    )
    monkeypatch.setattr(fetch, "unpack_packages", unpack)
    return asked


def test_the_compiler_is_fetched_once_and_found_by_both_packages(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = packages(home, monkeypatch)
    folder = home / "futhark-bridge"
    (folder / "work-abandoned").mkdir(parents=True)
    lines: list[str] = []
    found = fetch.ensure_compiler(progress=lines.append)
    assert asked == ["testing", "stable"]  # testing has failed
    assert [line.rpartition(" ")[2] for line in lines] == asked
    assert found == cache_folder() / "bin" / "futhark"
    assert fetch.compiler_release(found) == "9.8.7"
    left = {path.name for path in folder.iterdir()}
    assert left == {"bin", "futhark-9.8.7", "setup.lock"}
    assert {path.name for path in (folder / "bin").iterdir()} == {
        "futhark",
        "futhark-stable",
    }
    assert fetch.ensure_compiler() == found
    assert len(asked) == 2
    (home / "working").touch()
    assert fetch.ensure_compiler("testing") == found
    assert asked[2:] == ["testing"]
    assert not (folder / "futhark-9.8.7" / "root" / "usr" / "share").exists()


def test_the_folder_of_a_compiler_is_for_its_owner_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages(home, monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "new"))
    before = os.umask(0)
    try:
        found = fetch.ensure_compiler()
    finally:
        os.umask(before)
    for folder in (found.parents[1], found.parents[2]):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_named_compiler_and_one_on_the_path_come_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = packages(home, monkeypatch)
    program(home / "bin" / "futhark", 'echo "Futhark 1.2.3"')
    assert fetch.ensure_compiler() == home / "bin" / "futhark"
    monkeypatch.setenv("FUTHARK", str(home / "gone"))
    with pytest.raises(BuildError, match="FUTHARK is not a program"):
        fetch.ensure_compiler()
    assert asked == []


def test_why_there_is_no_compiler_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages(home, monkeypatch)
    with pytest.raises(BuildError, match="Debian testing: no network"):
        fetch.ensure_compiler("testing")
    monkeypatch.setattr(fetch, "find_mirror", lambda: None)
    with pytest.raises(BuildError, match="no Debian mirror in apt's sources: install"):
        fetch.ensure_compiler()
    monkeypatch.setattr(fetch, "debian_machine", lambda: None)
    with pytest.raises(BuildError, match="no Futhark compiler: install it"):
        fetch.ensure_compiler()
    with pytest.raises(BuildError, match="expected a release of testing, stable"):
        fetch.ensure_compiler("sid")
    assert not list(home.glob("futhark-bridge/work-*"))


def test_doctor_says_what_is_missing_and_how_to_get_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(home / "bin"))
    found = {finding.name: finding for finding in doctor.examine()}
    assert found["Python packages"].state == "ok"
    assert found["Futhark compiler"].state == "limited"
    assert "python -m futhark_bridge setup" in found["Futhark compiler"].advice
    assert (found["C compiler"].state, found["C compiler"].found) == ("limited", "")
    program(home / "bin" / "my-cc", "true")
    monkeypatch.setenv("CC", "my-cc -pipe")
    program(home / "bin" / "futhark", "echo something else")
    found = {finding.name: finding for finding in doctor.examine()}
    assert found["C compiler"].found == str(home / "bin" / "my-cc")
    assert found["Futhark compiler"].state == "missing"
    assert "is not a Futhark compiler" in found["Futhark compiler"].found
    monkeypatch.setenv("FUTHARK", "gone")
    found = {finding.name: finding for finding in doctor.examine()}
    assert found["Futhark compiler"].advice == "correct FUTHARK"
