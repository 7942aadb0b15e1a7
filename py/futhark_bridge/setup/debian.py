"""Packages of Debian, unpacked into a folder.

apt fetches them with folders and settings of its own: it needs no root, resolves all
dependencies, does not change the system, and still checks the release's signature and
every hash. The settings are those of ``ts/setup/debian-package.ts``.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from futhark_bridge.errors import BuildError

if TYPE_CHECKING:
    from pathlib import Path

_LIMIT_S = 300
_SUITE = re.compile(
    "(?:old){0,2}stable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke"
)
# Empty folders in which apt finds no sources, preferences or packages of the machine.
_FOLDERS = ("sources", "lists/partial", "archives/partial", "none", "root")
_SETTINGS = """\
Dir::State "{work}";
Dir::State::lists "{work}/lists";
Dir::State::status "{work}/status";
Dir::State::extended_states "{work}/extended_states";
Dir::Cache "{work}";
Dir::Cache::archives "{work}/archives";
Dir::Etc::SourceList "{work}/none/sources.list";
Dir::Etc::SourceParts "{work}/sources";
Dir::Etc::Preferences "{work}/none/preferences";
Dir::Etc::PreferencesParts "{work}/none";
Dir::Log "{work}";
APT::Architecture "{architecture}";
APT::Update::Error-Mode "any";
APT::Get::AllowUnauthenticated "false";
APT::Sandbox::User "root"; // apt's own user has no access to the folder
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Architectures;
#clear APT::Default-Release;
#clear DPkg::Pre-Install-Pkgs;
APT::Architectures {{ "{architecture}"; }};
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """Debian's names for a machine, and its libc's dynamic loader."""

    architecture: str
    triplet: str
    loader: str


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirror of Debian; ``signed_by`` is empty, a path, fingerprints or a key."""

    uri: str
    signed_by: str


_MACHINES = {
    "x86_64": Machine("amd64", "x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "aarch64": Machine("arm64", "aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}


def debian_machine() -> Machine | None:
    """Return Debian's names for this machine; None if it cannot use its packages."""
    tools = shutil.which("apt-get") and shutil.which("dpkg-deb")
    linux = sys.platform == "linux" and tools
    return _MACHINES.get(platform.machine()) if linux else None


def find_mirror() -> Mirror | None:
    """Return the first mirror of Debian among apt's sources, as apt itself lists them.

    Mirrors of security updates only are skipped.
    """
    form = "@@$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SIGNED_BY)"
    output = run("apt-get", "indextargets", "--format", form, "Created-By: Packages")
    for record in output.split("@@")[1:]:
        uri, suite, component, signed_by = record.split("|", 3)
        if component == "main" and _SUITE.fullmatch(suite) and "cdrom:" not in uri:
            # apt prints the name of a field that is not set.
            return Mirror(uri, signed_by.removesuffix("\n").replace("$(SIGNED_BY)", ""))
    return None


def unpack_packages(
    names: list[str], mirror: Mirror, release: str, machine: Machine, work: Path
) -> Path:
    """Fetch packages with all their dependencies, and unpack them into one folder.

    Parameters
    ----------
    release : str
        ``testing``, ``stable`` or a codename.
    work : Path
        An empty folder; the caller removes it.

    Returns
    -------
    Path
        The folder to use in place of ``/``.

    Raises
    ------
    BuildError
        If apt or dpkg-deb fails.
    """
    for folder in _FOLDERS:
        (work / folder).mkdir(parents=True)
    (work / "status").touch()
    stanza = source_stanza(mirror, release, machine)
    (work / "sources" / "debian.sources").write_text(stanza)
    config = work / "apt.conf"
    config.write_text(apt_config(work, machine))
    for command in (
        ["update"],
        ["install", *names, "--yes", "--no-install-recommends", "--download-only"],
    ):
        arguments = [*command, "--quiet", "--config-file", str(config)]
        try:
            run("apt-get", *arguments)
        except BuildError:  # the network may have failed for a moment
            run("apt-get", *arguments)
    for archive in sorted((work / "archives").glob("*.deb")):
        run("dpkg-deb", "--extract", str(archive), str(work / "root"))
    return work / "root"


def source_stanza(mirror: Mirror, release: str, machine: Machine) -> str:
    """Return the source in deb822 format; it limits the update to the package index."""
    stanza = (
        f"Types: deb\nURIs: {mirror.uri}\nSuites: {release}\nComponents: main\n"
        f"Architectures: {machine.architecture}\nTargets: Packages\nPDiffs: no\n"
    )
    if mirror.signed_by:
        stanza += f"Signed-By: {mirror.signed_by}\n"
    return stanza


def apt_config(work: Path, machine: Machine) -> str:
    """Return apt's settings, read after the machine's, whose proxies still apply."""
    return _SETTINGS.format(work=work, architecture=machine.architecture)


def run(program: str, *arguments: str) -> str:
    """Run a program and return what it prints.

    Raises
    ------
    BuildError
        If it fails, with the end of its output.
    """
    environment = {
        **os.environ,
        "LC_ALL": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    try:
        done = subprocess.run(
            [program, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"cannot run {program}: {error}") from error
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-4:])
        raise BuildError(f"{program} failed with status {done.returncode}:\n{tail}")
    return done.stdout
