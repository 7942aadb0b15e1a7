"""Generates the Python function that makes one C call.

For an entry point ``(xs: []f32, n: i32) -> []f32``::

 def invoke(a0, a1):
     global busy
     with lock:
         if busy: return another()(a0, a1)
         busy = True
         try:
             if pending: drain()
             r0 = blank0()
             o0[0] = null
             if a0.owner is not context: refuse(a0, 0)
             try:
                 status = function(ctx, o0, a0.ptr, a1)
                 if status: fail(status, (a0, a1,))
                 atoms = constants if a0.atoms is constants else derive((a0,), constants, 1)
                 wrap0(r0, o0[0], atoms)
                 return (r0,)
             except:
                 if o0[0] and r0.owner is None:
                     live[o0[0]], r0.ptr, r0.owner = free0, o0[0], context
                 r0 = None
                 raise
         finally:
             busy = False

A call checks its values, locks, passes out-pointers, checks the status and wraps the
results. Interpreting a description on each call would cost more than the call itself,
so straight-line code is generated for each signature, as `dataclasses` does for
``__init__``. Equal signatures share one code object.

Interrupts. Python checks for signals after each call and at the start of each function
and loop, so Ctrl-C can raise between C's return and the next statement, and the pointer
from C would be lost. Therefore the handles are created first, and the out-pointers set
to null: a pointer found there afterwards was created by this call.
"""  # noqa: E501 - the example is the generated text

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .signature import Signature
from .text import block, compiled, numbered, tuple_of

if TYPE_CHECKING:
    from types import CodeType


@cache
def compile_call(signature: Signature) -> CodeType:
    """Compile the function ``invoke`` of a signature; the caller binds its globals."""
    return compiled(write_call(signature), str(signature))


def write_call(signature: Signature) -> list[str]:
    """Return the lines of the function ``invoke`` of a signature."""
    names = numbered("a", range(len(signature.inputs)))
    given = [i for i, passing in enumerate(signature.inputs) if passing == "handle"]
    checks = [f"if a{i}.owner is not context: refuse(a{i}, {i})" for i in given]
    body = ["if pending: drain()", *_prepare(signature)]
    if signature.checks_variant:
        body += [*checks, "if which(ctx, a0.ptr) != wanted: wrong_variant(a0)"]
    if signature.in_place:
        body += [*checks, "own(a0)"]
        if signature.syncs:
            body.append("written(a0)")
    call = _call(signature, names)
    if signature.consumed:
        taken = [k for k in given if k in signature.consumed]
        but = "".join(f" and a{{0}} is not a{k}" for k in taken)
        left = [
            f"if a{i}.owner is not context{but.format(i)}: refuse(a{i}, {i})"
            for i in given
            if i not in taken
        ]
        body += [*checks, "spent = []"]
        body += block("try", [f"taken = take({tuple_of(names)}, spent)", *left, *call])
        body += block("finally", ["pending.extend(spent)", "drain()"])
    else:
        body += [*checks, *call]
    arguments = ", ".join(names)
    held = [
        f"if busy: return another()({arguments})",
        "busy = True",
        *block("try", body),
        *block("finally", ["busy = False"]),
    ]
    return block(f"def invoke({arguments})", ["global busy", *block("with lock", held)])


def _prepare(signature: Signature) -> list[str]:
    """Return lines that create handles, clear out-pointers and convert scalars."""
    made = [j for j, passing in enumerate(signature.outputs) if passing == "handle"]
    lines = [f"r{j} = blank{j}()" for j in made]
    lines += [f"o{j}[0] = null" for j in made]
    if signature.unpacked:
        lines.append("o[0] = null")
    halves = [i for i, passing in enumerate(signature.inputs) if passing == "f16"]
    return lines + [f"b{i} = to_bits(a{i})" for i in halves]


def _call(signature: Signature, names: list[str]) -> list[str]:
    args = ["ctx"]
    if signature.variant_result:
        return ["return (function(ctx, a0.ptr),)"]
    made = [j for j, passing in enumerate(signature.outputs) if passing == "handle"]
    if signature.unpacked:
        args.append("o")
    else:
        args += numbered("o", range(len(signature.outputs)))
    for i, passing in enumerate(signature.inputs):
        if i in signature.consumed:
            args.append(f"taken[{i}]")
        elif passing == "handle":
            args.append(f"a{i}.ptr")
        else:
            args.append(f"b{i}" if passing == "f16" else f"a{i}")
    lines = [f"status = function({', '.join(args)})"]
    lines.append(f"if status: fail(status, {tuple_of(names)})")
    lines += _results(signature, names)
    if signature.unpacked:
        lines = block("try", lines)
        lines += block("finally", ["if o[0]: free_tuple(ctx, o[0])"])
    if not made:
        return lines
    rescue = [line for j in made for line in _rescue(j)]
    return [*block("try", lines), *block("except", [*rescue, "raise"])]


def _rescue(j: int) -> list[str]:
    """Return lines that give an unwrapped result to its handle, which frees it.

    They contain no call, so no signal is handled between them.
    """
    return [
        *block(
            f"if o{j}[0] and r{j}.owner is None",
            [f"live[o{j}[0]], r{j}.ptr, r{j}.owner = free{j}, o{j}[0], context"],
        ),
        f"r{j} = None",
    ]


def _results(signature: Signature, names: list[str]) -> list[str]:
    lines: list[str] = []
    atoms = "()"
    aliases = [
        j
        for j, passing in enumerate(signature.outputs)
        if passing == "handle" and j not in signature.unique
    ]
    sources = [
        f"a{i}"
        for i, passing in enumerate(signature.inputs)
        if passing == "handle" and i not in signature.consumed
    ]
    if aliases and sources:
        atoms = "atoms"
        if signature.entry or len(sources) == 1:
            extra = "constants" if signature.entry else "()"
            derived = f"derive({tuple_of(sources)}, {extra}"
        else:
            derived = f"compose({tuple_of(sources)}, constants"
        derived += f", {len(aliases)})"
        if signature.entry and len(sources) == 1:
            # The most common case: the argument itself may be a constant.
            derived = f"constants if {sources[0]}.atoms is constants else {derived}"
        lines.append(f"atoms = {derived}")
    elif aliases and signature.entry:
        atoms = "constants"
    check_late = f"if status := sync(ctx): fail(status, {tuple_of(names)})"
    results = []
    if signature.unpacked and signature.syncs:
        lines.append(check_late)
    for j, passing in enumerate(signature.outputs):
        if signature.unpacked:
            lines.append(f"status = project{j}(ctx, o{j}, o[0])")
            lines.append(f"if status: fail(status, {tuple_of(names)})")
        if passing == "handle":
            held = "()" if j in signature.unique else atoms
            lines.append(f"wrap{j}(r{j}, o{j}[0], {held})")
            results.append(f"r{j}")
        elif passing == "f16":
            results.append(f"from_bits(o{j}[0])")
        else:
            results.append(f"o{j}[0]")
    if signature.syncs and not signature.unpacked:
        lines.append(check_late)
    lines.append(f"return {tuple_of(results)}")
    return lines
