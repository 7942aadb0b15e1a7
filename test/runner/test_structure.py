"""The rooms of both languages, and which of them each may import from."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import futhark_bridge

ROOT = Path(__file__).resolve().parents[2]
PYTHON, TYPESCRIPT = ROOT / "py" / "futhark_bridge", ROOT / "ts"

# One list for both languages, from the bottom up: a room may import from those named,
# which precede it in the list. Type-only and late imports count.
ROOMS: dict[str, str] = {
    "backends": "",
    "elemtypes": "",
    "errors": "",
    "plain-object": "",
    "version": "",
    "installed": "errors",
    "spelling": "",
    "nd-array": "elemtypes errors",
    "convert": "elemtypes errors installed nd-array",
    "connection": "errors",
    "wire": "elemtypes errors nd-array",
    "arrow": "elemtypes errors plain-object installed nd-array",
    "bindings": "backends elemtypes errors arrow",
    "memory": "elemtypes errors installed",
    "setup": "errors version installed spelling bindings",
    "program": "elemtypes errors spelling bindings setup",
    "client": "elemtypes errors nd-array wire bindings",
    "transfer": "elemtypes errors nd-array wire arrow bindings memory program client",
    "arguments": "elemtypes errors plain-object installed spelling nd-array arrow "
    "bindings program client transfer",
    "python": "elemtypes errors plain-object installed nd-array connection wire arrow "
    "memory client transfer arguments",
    "values": "elemtypes errors spelling nd-array arrow bindings program client "
    "transfer arguments",
    "worker": "elemtypes errors wire arrow memory setup program client transfer "
    "python arguments",
    "module": "backends elemtypes errors plain-object spelling connection wire "
    "bindings memory program client transfer python arguments values worker",
    "pool": "elemtypes errors plain-object spelling nd-array wire bindings memory "
    "client transfer arguments values worker module",
    "ray": "elemtypes errors spelling wire arrow memory setup program transfer "
    "arguments worker module",
    "notebook": "errors plain-object nd-array setup program module",
    "data": "elemtypes errors installed spelling nd-array arrow bindings arguments",
    "cli": "backends elemtypes errors version spelling nd-array bindings setup "
    "values worker module data",
    "loaders": "backends errors bindings setup cli",
    # What the package offers: `index.ts`, `__init__.py`.
    "index": "backends elemtypes errors version nd-array convert arrow bindings setup "
    "program client transfer arguments values worker module pool notebook data",
}

_TYPESCRIPT_IMPORT = re.compile(
    r"""(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)["'](\.[^"']+)["']"""
)

Graph = dict[str, set[str]]
"""The files that each file imports, by their paths in the tree without suffixes."""


def python_graph(root: Path) -> Graph:
    paths = {
        ".".join(path.relative_to(root).with_suffix("").parts): path
        for path in root.rglob("*.py")
    }
    graph: Graph = {}
    for name, path in paths.items():
        found: set[str] = set()
        package = name.split(".")[:-1]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                whole = [alias.name.split(".") for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                start = [root.name, *package][: len(package) + 2 - node.level]
                base = start if node.level else []
                base = [*base, *(node.module or "").split(".")]
                base = [part for part in base if part]
                whole = [[*base, alias.name] for alias in node.names]
            else:
                continue
            for parts in whole:
                if parts[0] == root.name:
                    # The last part may be a name in the module.
                    inside = [".".join(parts[1:]), ".".join(parts[1:-1])]
                    found |= {next((m for m in inside if m in paths), "__init__")}
        graph[name.replace(".", "/")] = {m.replace(".", "/") for m in found} - {name}
    return graph


def typescript_graph(root: Path) -> Graph:
    graph: Graph = {}
    for path in root.rglob("*.ts"):
        text = path.read_text(encoding="utf-8")
        targets = {
            (path.parent / target).resolve().relative_to(root.resolve())
            for target in _TYPESCRIPT_IMPORT.findall(text)
        }
        name = path.relative_to(root).with_suffix("").as_posix()
        graph[name] = {target.with_suffix("").as_posix() for target in targets}
    return graph


def room_of(file: str) -> str:
    room = file.partition("/")[0]
    return {"__init__": "index", "__main__": "cli"}.get(room, room)


def forbidden(graph: Graph) -> list[str]:
    return sorted(
        f"{file} imports {target}"
        for file, targets in graph.items()
        for target in targets
        if (here := room_of(file)) != (there := room_of(target))
        and there not in ROOMS[here].split()
    )


def ring(graph: Graph) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


GRAPHS = [
    pytest.param(python_graph, PYTHON, id="python"),
    pytest.param(typescript_graph, TYPESCRIPT, id="typescript"),
]


def test_the_list_of_rooms_starts_at_the_bottom() -> None:
    rooms = list(ROOMS)
    for number, (room, lower) in enumerate(ROOMS.items()):
        assert set(lower.split()) <= set(rooms[:number]), room


@pytest.mark.parametrize(("graph_of", "root"), GRAPHS)
def test_imports_go_down_and_form_no_cycle(graph_of: object, root: Path) -> None:
    assert callable(graph_of)
    graph: Graph = graph_of(root)
    assert {room_of(file) for file in graph} <= ROOMS.keys()
    assert forbidden(graph) == []
    assert ring(graph) == []


def test_every_room_of_the_list_exists_and_uses_all_allowed_imports() -> None:
    graphs = [python_graph(PYTHON), typescript_graph(TYPESCRIPT)]
    used: dict[str, set[str]] = {}
    for graph in graphs:
        for file, targets in graph.items():
            rooms = {room_of(target) for target in targets} - {room_of(file)}
            used.setdefault(room_of(file), set()).update(rooms)
    assert used == {room: set(lower.split()) for room, lower in ROOMS.items()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("program/types.py", "from futhark_bridge.values.array import FutharkArray\n"),
        ("program/types.py", "if x:\n    from ..values.array import FutharkArray\n"),
        ("program/types.py", "def f():\n    import futhark_bridge.values.array\n"),
        ("program/types.py", "import futhark_bridge\n"),
        ("client/slot.ts", 'import type { X } from "../worker/process.ts";\n'),
        ("client/slot.ts", 'const x = await import("../worker/process.ts");\n'),
        ("client/slot.ts", 'export * from "../worker/process.ts";\n'),
    ],
)
def test_an_upward_import_is_found(tmp_path: Path, name: str, text: str) -> None:
    root = tmp_path / "futhark_bridge"
    for other in ("values/array.py", "worker/process.ts", "__init__.py", name):
        (root / other).parent.mkdir(parents=True, exist_ok=True)
        (root / other).write_text("", encoding="utf-8")
    graph_of = python_graph if name.endswith("py") else typescript_graph
    assert forbidden(graph_of(root)) == []
    (root / name).write_text(text, encoding="utf-8")
    [found] = forbidden(graph_of(root))
    assert found.startswith(f"{name.partition('.')[0]} imports ")


def test_a_cycle_within_a_room_is_found(tmp_path: Path) -> None:
    root = tmp_path / "futhark_bridge"
    (root / "program").mkdir(parents=True)
    (root / "program" / "a.py").write_text("from .b import B\n", encoding="utf-8")
    (root / "program" / "b.py").write_text(
        "if TYPE_CHECKING:\n    from .a import A\n", encoding="utf-8"
    )
    assert ring(python_graph(root))


def test_a_worker_imports_nothing_that_only_users_need() -> None:
    program = (
        "import sys, futhark_bridge.worker.process\n"
        "print(*(name for name in sys.modules if name.startswith('futhark_bridge.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PYTHON.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.split(".")[1] for name in done.stdout.split()}
    assert "program" in loaded
    assert loaded.isdisjoint({"values", "module", "notebook", "python", "connection"})


def test_every_name_of_the_package_exists() -> None:
    for name in futhark_bridge.__all__:
        found = getattr(futhark_bridge, name)
        if not isinstance(found, str):
            assert found.__name__ == name
    assert set(futhark_bridge.__all__) <= set(dir(futhark_bridge))
    with pytest.raises(AttributeError, match="no attribute 'gone'"):
        getattr(futhark_bridge, "gone")  # noqa: B009 - mypy knows that it is not there


def test_the_page_about_the_code_names_existing_files() -> None:
    page = (TYPESCRIPT / "README.md").read_text(encoding="utf-8")
    lines = page.splitlines()
    assert len(lines) <= 80
    files = re.findall(r"`((?:ts|py)/[\w/-]+\.(?:ts|py))`", page)
    assert files
    assert [file for file in files if not (ROOT / file).is_file()] == []
    steps = re.findall(r"^\d\. `ts/", page, flags=re.MULTILINE)
    assert 0 < len(steps) <= 9
    rooms = [line.partition(" | ")[0] for line in lines if line.startswith("| `")]
    named = {room for cell in rooms for room in re.findall(r"`([\w-]+)`", cell)}
    assert named == set(ROOMS) - {"plain-object", "version", "installed", "index"}
