"""The examples in the docstrings of the writers are the generated text."""

from __future__ import annotations

from struct import Struct
from textwrap import dedent

from futhark_bridge.program import call_text as of_program
from futhark_bridge.program.signature import Signature
from futhark_bridge.worker import wire_call_text as of_worker


def example(doc: str | None) -> str:
    """Return the indented block that follows ``::``."""
    assert doc is not None
    lines = doc.partition("::\n\n")[2].splitlines()
    end = next(k for k, line in enumerate(lines) if line and not line.startswith(" "))
    return dedent("\n".join(lines[:end])).strip()


def test_the_example_of_a_c_call_is_the_generated_text() -> None:
    signature = Signature(("handle", "scalar"), ("handle",))
    written = "\n".join(of_program.write_call(signature))
    assert written == example(of_program.__doc__)


def test_the_example_of_a_call_over_the_wire_is_the_generated_text() -> None:
    call = of_worker.WireCall(
        request=Struct("<IIIi"),
        reply=Struct("<IIIq"),
        inputs=2,
        given=(0,),
        arrays=(0,),
        outputs=(1,),
    )
    written = "\n".join(of_worker.write_call(call))
    assert written == example(of_worker.__doc__)
