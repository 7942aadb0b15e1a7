"""Which task goes to which actor, with actors that do as the test says."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from futhark_bridge.ray import place
from futhark_bridge.ray.actors import Demand
from futhark_bridge.ray.crew import Crew
from futhark_bridge.ray.task import Task
from futhark_bridge.ray.tasks import Outcome


class LostError(Exception):
    actor_init_failed = False


class UnavailableError(LostError):
    pass


class OtherError(Exception):
    pass


class FakeRay:
    """Makes actors, and notes which of them are ended."""

    exceptions = SimpleNamespace(
        RayActorError=LostError,
        ActorUnavailableError=UnavailableError,
        ObjectLostError=OtherError,
        NodeDiedError=OtherError,
        ObjectStoreFullError=MemoryError,
        OutOfDiskError=MemoryError,
        OutOfMemoryError=MemoryError,
    )

    def __init__(self) -> None:
        self.actors: list[FakeActor] = []
        self.killed: list[tuple[FakeActor, bool]] = []

    def kill(self, actor: FakeActor, *, no_restart: bool) -> None:
        self.killed.append((actor, no_restart))

    def make(self) -> FakeActor:
        self.actors.append(FakeActor())
        return self.actors[-1]


class FakeActor:
    """An actor whose calls are answered by the test."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], Future[Any]]] = []

    def __getattr__(self, method: str) -> Any:
        def remote(*args: Any) -> Any:
            answer: Future[Any] = Future()
            self.calls.append((method, args, answer))
            return SimpleNamespace(future=lambda: answer)

        return SimpleNamespace(remote=remote)

    def open(self, method: str) -> list[tuple[Any, ...]]:
        return [a for name, a, f in self.calls if name == method and not f.done()]

    def answer(self, method: str, with_: Any) -> None:
        future = next(f for name, _, f in self.calls if name == method and not f.done())
        if isinstance(with_, Exception):
            future.set_exception(with_)
        else:
            future.set_result(with_)

    def numbers(self) -> list[int]:
        return [number for (number,) in self.open("run")]


def started(actors: int, *, in_flight: int = 2) -> tuple[FakeRay, Crew]:
    ray = FakeRay()
    crew = Crew(ray, ray.make, actors, Demand(in_flight=in_flight))
    for i, actor in enumerate(ray.actors):
        actor.answer("hello", (True, facts(i)))
    crew.wait(timeout=0)
    assert crew.up == actors
    return ray, crew


def facts(life: int) -> dict[str, Any]:
    return {"node": "n", "pid": 1, "process": str(life), "info": {}}


def submit(crew: Crew, count: int, *, retries: int = 1) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    for number in range(1, count + 1):

        def done(outcome: Outcome, number: int = number) -> None:
            assert number not in found
            found[number] = outcome

        crew.submit(Task(number, "run", [], done, retries))
    return found


def test_only_the_task_that_may_have_run_is_charged_when_an_actor_is_lost() -> None:
    ray, crew = started(2)
    found = submit(crew, 5)
    first, second = ray.actors
    assert (first.numbers(), second.numbers()) == ([1, 3], [2, 4])
    first.answer("run", LostError("gone"))
    crew.wait(timeout=0)
    assert crew.retried == 1
    second.answer("run", (True, b"", []))
    crew.wait(timeout=0)
    # The one that may have run comes first, on the other actor.
    assert (second.numbers(), list(found)) == ([4, 1], [2])
    first.answer("hello", (True, facts(7)))
    crew.wait(timeout=0)
    assert first.calls[-2][1:2] + first.calls[-1][1:2] == ((3,), (5,))
    crew.close()


def test_without_a_retry_the_task_of_a_lost_actor_fails_and_says_where() -> None:
    ray, crew = started(1)
    found = submit(crew, 2, retries=0)
    ray.actors[0].answer("run", LostError("the node has died"))
    crew.wait(timeout=0)
    ok, error, _ = found[1]
    assert (ok, error["code"]) == (False, "worker-exit")
    assert "the node has died" in error["message"]
    assert list(found) == [1]
    crew.close()


@pytest.mark.parametrize("had_started", [True, False])
def test_a_task_that_is_dropped_behind_another_one_never_holds_up_its_actor(
    *, had_started: bool
) -> None:
    ray, crew = started(1)
    [actor] = ray.actors
    found = submit(crew, 3)
    crew.stop(2)
    assert actor.open("drop") == [(2,)]
    actor.answer("drop", had_started)
    crew.wait(timeout=0)
    assert ray.killed == []
    actor.answer("run", (True, b"", []))
    crew.wait(timeout=0)
    # It runs, and is ended; or the actor skips it.
    assert ray.killed == ([(actor, False)] if had_started else [])
    if had_started:
        actor.answer("hello", (True, facts(1)))
    else:
        actor.answer("run", (False, {}, []))
    crew.wait(timeout=0)
    assert 3 in [args[0] for name, args, _ in actor.calls if name == "run"]
    assert list(found) == [1]
    assert crew.retried == 0
    crew.close()


def test_an_actor_that_cannot_load_the_program_is_told_of_at_the_start() -> None:
    ray = FakeRay()
    crew = Crew(ray, ray.make, 2, Demand())
    died = LostError("remote traceback\nOSError: no space left")
    died.actor_init_failed = True
    ray.actors[0].answer("hello", died)
    crew.wait(timeout=0)
    problem = crew.problem
    assert problem is not None
    assert problem["code"] == "build"
    assert problem["message"] == "an actor cannot start: OSError: no space left"
    assert crew.failure is None
    crew.close()


def test_an_actor_that_cannot_load_the_program_again_is_replaced_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(place, "_REST_SECONDS", 0.0)
    ray, crew = started(1)
    [actor] = ray.actors
    found = submit(crew, 1)
    actor.answer("run", LostError("gone"))
    crew.wait(timeout=0)
    actor.answer("hello", (False, {"code": "build", "message": "no memory"}))
    crew.wait(timeout=0)
    assert found[1] == (False, {"code": "build", "message": "no memory"}, [])
    crew.wait(timeout=0)
    assert ray.killed == [(actor, True)]
    ray.actors[1].answer("hello", (True, facts(2)))
    crew.wait(timeout=0)
    found = submit(crew, 1)
    assert ray.actors[1].numbers() == [1]
    crew.close()


def test_after_the_end_nothing_is_called() -> None:
    ray, crew = started(1)
    submit(crew, 3)
    crew.close()
    calls = len(ray.actors[0].calls)
    crew.stop(1)
    crew.stop(3)
    ray.actors[0].answer("run", (True, b"", []))
    assert len(ray.actors[0].calls) == calls
