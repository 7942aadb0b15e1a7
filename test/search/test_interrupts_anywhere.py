"""Signals at random instants, and threads in each other's way: nothing is lost."""

from __future__ import annotations

import random
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from scale import seed, steps

from futhark_bridge import ValueStateError, load

if TYPE_CHECKING:
    from pathlib import Path

    from futhark_bridge import FutharkModule


class Interrupt(Exception):  # noqa: N818 - as KeyboardInterrupt, which ends pytest
    """What the signal's handler raises."""


def use(module: FutharkModule) -> None:
    entry = module.entry
    array = entry.fresh(50)
    other = entry.alias(array)
    entry.overwrite(other, 3).free()
    with entry.places(3) as places:
        places.at(1).to_object()
    entry.swap((1, [2.0, 3.0]))
    module.restore("mark", entry.mark(1).store())
    module.to_futhark("[]i32", [1, 2, 3]).to_list()


def raise_interrupt(*_: object) -> None:
    raise Interrupt


def test_signals_at_any_instant_lose_nothing(
    programs: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = seed()
    print(f"TEST_SEED={chosen}")
    rng = random.Random(chosen)
    module = load(programs("types"))
    live = module.program.context.live
    use(module)
    unraised: list[int] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda _: unraised.append(1))
    before = signal.signal(signal.SIGALRM, raise_interrupt)
    hits = 0
    try:
        for _ in range(steps(1_000, 200_000)):
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(2e-6, 1.5e-3))
                use(module)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Interrupt:
                hits += 1
            context = module.program.context
            with module.program.lock:
                context.drain()
            # A finaliser that was interrupted as it began leaves its value.
            assert len(live) <= len(unraised)
            unraised.clear()
            for pointer in list(live):
                context.release(pointer, ())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert hits > 0
    assert module.entry.fresh(3).to_list() == [0, 1, 2]
    module.close()


def test_threads_that_call_free_and_close_one_module(
    programs: Callable[[str], Path],
) -> None:
    chosen = seed()
    print(f"TEST_SEED={chosen}")
    for turn in range(steps(3, 200)):
        module = load(programs("types"))
        shared: list[Any] = [module.entry.fresh(n) for n in range(20)]
        wrong: list[Any] = []

        def work(number: int) -> None:
            rng = random.Random(number)
            with suppress(ValueStateError):
                for _ in range(300):
                    k = rng.randrange(len(shared))  # noqa: B023 - joined in this turn
                    value = shared[k]  # noqa: B023
                    what = rng.randrange(4)
                    if what == 0:
                        with suppress(ValueStateError):
                            if value.to_list() != list(range(k)):
                                wrong.append((k, value))  # noqa: B023
                    elif what == 1:
                        shared[k] = module.entry.alias(module.entry.fresh(k))  # noqa: B023
                    elif what == 2:
                        value.free()
                    elif k:
                        made = module.entry.overwrite(module.entry.fresh(k), 0)  # noqa: B023
                        if made.to_list() != list(range(k)):
                            wrong.append((k, made))  # noqa: B023
                if number % 8 == 0:
                    module.close()  # noqa: B023

        threads = [
            threading.Thread(target=work, args=(chosen + 8 * turn + n,))
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        module.close()
        assert module.program.context.live == {}
