"""Failures on a device, which it reports late and once: no value is silently wrong."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backends import BACKENDS, options
from faulty_library import open_faulty

from futhark_bridge import ArgumentError, FutharkModule, ProgramError, load
from futhark_bridge.program.call_text import write_call
from futhark_bridge.program.signature import Signature
from futhark_bridge.setup.build import build

PROGRAMS = Path(__file__).parent.parent / "programs"
ONES = np.ones(500, np.int32)
WITH_ZERO = np.where(np.arange(500) == 77, 0, ONES).astype(np.int32)
DIVISION = "division by zero"


@pytest.fixture(params=BACKENDS)
def errors(request: pytest.FixtureRequest) -> Iterator[FutharkModule]:
    on = request.param
    with load(PROGRAMS / "errors.fut", backend=on, **options(on)) as module:
        yield module


def lost(use: Any, *args: Any) -> ProgramError:
    with pytest.raises(ProgramError, match=DIVISION) as caught:
        use(*args)
    return caught.value


def made(module: FutharkModule, *names: str) -> list[Any]:
    """Return what entries make of a failing call; nothing where it fails at once."""
    try:
        values = [module.entry.reciprocals(WITH_ZERO)]
        for name in names:
            results = module.entry[name](values[-1])
            values += results if isinstance(results, tuple) else [results]
    except ProgramError:
        assert not module.program.context.gpu
        return []
    return values


def test_a_failed_result_never_shows_elements(errors: FutharkModule) -> None:
    before = errors.entry.reciprocals(ONES)
    errors.sync()
    for _ in range(2):
        bad = made(errors, "same", "twice", "reciprocals")
        for value in bad * 2:
            lost(value.to_numpy)
            lost(errors.entry.same, value)
            lost(errors.entry.put, value, 0, 1)
        assert [value.state for value in bad] == ["freed"] * len(bad)
        assert (before.to_numpy() == 1000).all()
        assert (errors.entry.reciprocals(ONES).to_numpy() == 1000).all()
    for value in bad:
        value.free()
    before.free()
    errors.sync()
    assert errors.program.context.live == {}


def test_whichever_call_reports_the_failure_all_its_values_are_lost(
    errors: FutharkModule,
) -> None:
    bad: list[Any] = []
    reports: list[Any] = [
        errors.sync,
        lambda: errors.to_futhark("[]i32", ONES),
        # It waits for the device, for the scalar.
        lambda: errors.entry.element(errors.entry.same(bad[0]), 3),
        errors.report,
    ]
    for report in reports:
        bad = made(errors, "same")
        if bad:
            lost(report)
        for value in bad:
            assert "failed on the device" in str(lost(value.to_numpy))
    assert errors.entry.element(ONES, 3) == 1


def test_what_calls_got_wrong_at_once_ends_no_value(errors: FutharkModule) -> None:
    kept = errors.entry.reciprocals(ONES)
    with pytest.raises(ArgumentError):
        errors.entry.dot(np.zeros(2, np.float32), np.zeros(3, np.float32))
    assert (kept.to_numpy() == 1000).all()


def test_a_value_is_lost_to_every_thread_and_freed_once(errors: FutharkModule) -> None:
    bad = made(errors, "same")
    caught: list[ProgramError] = []

    def read(values: list[Any]) -> None:
        caught.extend(lost(value.to_numpy) for value in values)

    threads = [threading.Thread(target=read, args=(list(bad),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(caught) == 4 * len(bad)
    del bad, threads, thread
    caught.clear()
    gc.collect()
    errors.sync()
    assert errors.program.context.live == {}
    assert len(errors.program.context.unsynced) == 0


class Interrupt(Exception):  # noqa: N818 - as KeyboardInterrupt, which ends pytest
    """What the handler of a signal raises."""


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("within", ["entry_element", "context_sync", "failed"])
def test_an_interrupt_amid_the_report_of_a_failure_loses_nothing(
    backend: str, within: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(PROGRAMS / "errors.fut", backend)
    program, lib = open_faulty(path, **options(backend))
    module = FutharkModule(program)
    bad = made(module, "same")

    def ran(name: str, *_: Any) -> None:
        if within in name:
            raise Interrupt

    if bad:
        lib.ran = ran
        # In Python, when the text has been taken from C.
        monkeypatch.setattr(program.context, "failed", lambda _: ran("failed"))
        reports = {"entry_element": lambda: module.entry.element(bad[1], 3)}
        with pytest.raises(Interrupt):
            reports.get(within, module.sync)()
        monkeypatch.undo()
        lib.ran = lambda *_: None
    for value in bad:
        lost(value.to_numpy)
    assert module.entry.element(ONES, 3) == 1
    assert (module.entry.reciprocals(ONES).to_numpy() == 1000).all()
    module.close()


def test_an_array_that_is_written_to_is_suspect_from_then_on() -> None:
    signature = Signature(
        ("handle", "handle", "scalar"), (), entry=False, in_place=True, syncs=True
    )
    lines = [line.strip() for line in write_call(signature)]
    called = next(k for k, line in enumerate(lines) if line.startswith("status ="))
    assert lines.index("own(a0)") < lines.index("written(a0)") < called
