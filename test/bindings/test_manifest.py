"""The manifest, in both forms, read into a description of the program."""

from __future__ import annotations

import json
from typing import Any

import pytest

from futhark_bridge.bindings.manifest import compiler_version, read_manifest
from futhark_bridge.errors import BuildError


def array(elemtype: str, rank: int) -> dict[str, Any]:
    stem = f"{elemtype}_{rank}d"
    roles = ("free", "shape", "values", "values_raw", "new", "new_raw", "index")
    return {
        "kind": "array",
        "ctype": f"struct futhark_{stem} *",
        "rank": rank,
        "elemtype": elemtype,
        "ops": {role: f"futhark_{role}_{stem}" for role in roles},
    }


def opaque(stem: str, **more: Any) -> dict[str, Any]:
    roles = ("free", "store", "restore")
    return {
        "kind": "opaque",
        "ctype": f"struct futhark_opaque_{stem} *",
        "ops": {role: f"futhark_{role}_opaque_{stem}" for role in roles},
        **more,
    }


def record(stem: str, **fields: str) -> dict[str, Any]:
    return opaque(
        stem,
        record={
            "new": f"futhark_new_opaque_{stem}",
            "fields": [
                {
                    "name": n,
                    "type": t,
                    "project": f"futhark_project_opaque_{stem}_{n}",
                }
                for n, t in fields.items()
            ],
        },
    )


def entry(inputs: dict[str, str], **outputs: Any) -> dict[str, Any]:
    return {
        "cfun": "futhark_entry_f",
        "inputs": [
            {"name": n, "type": t.lstrip("*"), "unique": t.startswith("*")}
            for n, t in inputs.items()
        ],
        "tuning_params": [],
        **outputs,
    }


def result(text: str) -> dict[str, Any]:
    return {"type": text.lstrip("*"), "unique": text.startswith("*")}


PAIR = record("tup2_i32_bool", **{"0": "i32", "1": "bool"})
POINT = record("point", x="f32", y="f32")


def manifest(entries: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    return {
        "backend": "c",
        "version": "0.25.32.\nCompiled with GHC 9.10.3.\n",
        "entry_points": entries,
        "types": types,
    }


def test_a_tuple_result_is_several_outputs_in_both_forms() -> None:
    types = {"(i32, bool)": PAIR}
    old = entry({"x": "i32"}, outputs=[result("i32"), result("bool")])
    new = entry({"x": "i32"}, output=result("(i32, bool)"), attributes=["a"], doc="Do.")
    before = read_manifest(manifest({"f": old}, types))
    after = read_manifest(manifest({"f": new}, types))
    assert [o.type for o in before.entry_points[0].outputs] == ["i32", "bool"]
    assert before.entry_points[0].outputs == after.entry_points[0].outputs
    assert (before.operations[0].via, after.operations[0].via) == (None, "(i32, bool)")
    assert (after.entry_points[0].doc, after.entry_points[0].attributes) == (
        "Do.",
        ("a",),
    )


def uniqueness(of: str, **types: Any) -> tuple[list[bool], list[bool]]:
    """Return which parts of a unique result are unique, and which a call trusts."""
    described = {"[]i32": array("i32", 1), of: record("t", **types)}
    info = read_manifest(manifest({"f": entry({}, output=result("*" + of))}, described))
    return (
        [o.unique for o in info.entry_points[0].outputs],
        [o.unique for o in info.operations[0].outputs],
    )


def test_a_unique_tuple_of_two_arrays_may_have_a_part_that_is_not() -> None:
    parts = {"0": "[]i32", "1": "i32"}
    assert uniqueness("([]i32, i32)", **parts) == ([True, True], [True, True])
    parts["1"] = "[]i32"
    assert uniqueness("([]i32, []i32)", **parts) == ([False, False], [False, False])


def test_a_unique_record_of_two_arrays_may_have_a_part_that_is_not() -> None:
    assert uniqueness("r", a="[]i32", b="i32") == ([True], [True])
    assert uniqueness("r", a="[]i32", b="[]i32") == ([True], [False])


def test_a_named_tuple_stays_one_result() -> None:
    named = entry({}, output=result("pair"))
    info = read_manifest(manifest({"f": named}, {"pair": PAIR}))
    assert [o.type for o in info.entry_points[0].outputs] == ["pair"]
    assert info.types[0].is_tuple


def test_a_unit_result_is_no_output_in_both_forms() -> None:
    unit = opaque("unit", record={"new": "futhark_new_opaque_unit", "fields": []})
    new = read_manifest(manifest({"f": entry({}, output=result("()"))}, {"()": unit}))
    old = read_manifest(manifest({"f": entry({}, outputs=[])}, {}))
    assert new.entry_points[0].outputs == old.entry_points[0].outputs == ()


def test_the_unit_type_is_an_empty_tuple_even_without_a_record() -> None:
    info = read_manifest(
        manifest({"f": entry({"_": "()"}, outputs=[])}, {"()": opaque("unit")})
    )
    assert (info.types[0].kind, info.types[0].is_tuple) == ("record", True)
    assert [(o.of, o.type, o.cfun) for o in info.operations[1:]] == [("new", "()", "")]


def test_operations_are_entries_then_those_of_each_type() -> None:
    points = {
        "rank": 1,
        "elemtype": "point",
        "fields": [
            {"name": "x", "type": "[]f32", "project": "px"},
            {"name": "y", "type": "[]f32", "project": "py"},
        ],
        "zip": "z",
        "index": "i",
        "shape": "s",
    }
    shape = {
        "variant": "v",
        "variants": [
            {"name": "dot", "payload": ["f32"], "construct": "c0", "destruct": "d0"}
        ],
    }
    shapes = {"rank": 2, "elemtype": "shape", "index": "i2", "shape": "s2"}
    newer = {**shapes, "new": "n2", "set": "w2"}
    info = read_manifest(
        manifest(
            {"f": entry({"x": "*[]f32"}, outputs=[result("*[]f32")])},
            {
                "[]f32": array("f32", 1),
                "point": POINT,
                "[]point": opaque("arr1d_point", record_array=points),
                "shape": opaque("shape", sum=shape),
                "[][]shape": opaque("arr2d_shape", opaque_array=shapes),
                "[][]other": opaque("arr2d_other", opaque_array=newer),
            },
        )
    )
    assert [(o.of, o.type, o.name) for o in info.operations] == [
        ("entry", None, "f"),
        ("index", "[]f32", None),
        ("new", "point", None),
        ("project", "point", "x"),
        ("project", "point", "y"),
        ("project", "[]point", "x"),
        ("project", "[]point", "y"),
        ("zip", "[]point", None),
        ("index", "[]point", None),
        ("construct", "shape", "dot"),
        ("destruct", "shape", "dot"),
        ("variant", "shape", None),
        ("index", "[][]shape", None),
        ("index", "[][]other", None),
        ("set", "[][]other", None),
    ]
    by_name = {t.name: t for t in info.types}
    can = {n: (t.can_new, t.can_set, t.can_zip) for n, t in by_name.items() if t.rank}
    assert can["[]point"] == (False, False, True)
    assert can["[][]shape"] == (False, False, False)
    assert can["[][]other"] == (True, True, False)
    put = info.operations[-1]
    assert [(p.name, p.type, p.unique) for p in put.inputs] == [
        ("array", "[][]other", True),
        ("element", "shape", False),
        ("i0", "i64", False),
        ("i1", "i64", False),
    ]


def test_the_json_form_is_what_typescript_reads() -> None:
    info = read_manifest(
        manifest(
            {"f": entry({"p": "*point"}, outputs=[result("f32")])}, {"point": POINT}
        )
    )
    data = json.loads(json.dumps(info.to_json()))
    assert data["backend"] == "c"
    assert data["compilerVersion"] == "0.25.32"
    assert data["types"] == [
        {
            "name": "point",
            "kind": "record",
            "fields": [{"name": "x", "type": "f32"}, {"name": "y", "type": "f32"}],
            "tuple": False,
            "canNew": True,
        }
    ]
    assert data["entryPoints"] == [
        {
            "name": "f",
            "inputs": [{"name": "p", "type": "point", "unique": True}],
            "outputs": [{"type": "f32", "unique": False}],
            "attributes": [],
            "tuningParams": [],
        }
    ]
    assert data["operations"][0]["type"] is None
    assert [o["of"] for o in data["operations"]] == [
        "entry",
        "new",
        "project",
        "project",
    ]


def test_program_identity_follows_version_and_entry_points_only() -> None:
    def identity(backend: str, version: str, *names: str) -> str:
        entries = {n: entry({}, outputs=[]) for n in names}
        data = {**manifest(entries, {}), "backend": backend, "version": version}
        return read_manifest(data).program

    first = identity("c", "0.25.32.\nCompiled with GHC 9.10.3.", "f", "g")
    assert first == identity("opencl", "0.25.32.", "g", "f")
    assert first != identity("c", "0.25.27.", "f", "g")
    assert first != identity("c", "0.25.32.", "f")
    assert len(bytes.fromhex(first)) == 32


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.25.32.\nCompiled with GHC 9.10.3.\n", "0.25.32"),
        ("0.27.1", "0.27.1"),
        ("0.26.0 (prerelease)\n", "0.26.0"),
        ("", None),
        (None, None),
    ],
)
def test_the_compiler_version_is_the_number_of_the_first_line(
    text: str | None, number: str | None
) -> None:
    assert compiler_version(text) == number


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"backend": "c", "entry_points": [], "types": {}},
        manifest({"f": entry({"x": "gone"}, outputs=[])}, {}),
        manifest({"f": {"cfun": "f"}}, {}),
        manifest({}, {"[]f32": {"kind": "array"}}),
        manifest({}, {"[]s": opaque("s", opaque_array={"rank": 1, "elemtype": "s"})}),
    ],
)
def test_an_object_that_is_not_a_manifest_is_a_build_error(
    broken: dict[str, Any],
) -> None:
    with pytest.raises(BuildError, match="manifest"):
        read_manifest(broken)


def test_one_output_that_is_a_tuple_is_its_parts_in_the_old_form() -> None:
    types = {"(i32, bool)": PAIR}
    old = entry({"x": "i32"}, outputs=[result("(i32, bool)")])
    info = read_manifest(manifest({"f": old}, types))
    assert [o.type for o in info.entry_points[0].outputs] == ["i32", "bool"]
    assert info.operations[0].via == "(i32, bool)"
