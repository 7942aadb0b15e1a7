"""The process between Node and a cluster: tasks come in, outcomes go out.

It speaks the protocol of a worker, as far as a pool needs it: arrays come in slabs, and
are copied from there into Ray's object store; large results are read from there by the
same requests as values of a worker. TASK, STOP and NEXT are its own kinds: replies are
in the order of requests, so outcomes are fetched by NEXT, which is answered when there
is one, or when another request comes.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import ExitStack, suppress
from struct import Struct
from time import monotonic
from typing import Any, NoReturn

from futhark_bridge.errors import ArgumentError, FutharkError, ProtocolError
from futhark_bridge.memory.slabs import can_share
from futhark_bridge.wire import messages
from futhark_bridge.wire.frames import FrameReader, frame
from futhark_bridge.worker.lifeline import end_with, lead_group
from futhark_bridge.worker.process import offer_pipes, options_of
from futhark_bridge.worker.replies import as_futhark_error, error_frame

from .actors import Demand, actor_maker
from .arrays import Arrays
from .cluster import cluster
from .crew import Crew
from .shipping import pack as pack_bundle
from .task import Task
from .tasks import Outcome

_MAX_HELLO_BYTES = 1 << 20
_U32 = Struct("<I")
_TWO_U32 = Struct("<II")
_THREE_U32 = Struct("<III")


class _ToldError(FutharkError):
    """An error that an actor has told of, to be passed on as it is."""

    def __init__(self, wire: dict[str, Any]) -> None:
        fields = {k: v for k, v in wire.items() if k not in ("code", "message")}
        super().__init__(str(wire["code"]), str(wire["message"]), **fields)


def main(fd: int, lifeline: int) -> NoReturn:
    """Serve one client until it closes or disconnects."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Ray prints to stdout, which belongs to the client's program.
    os.dup2(2, 1)
    lead_group()
    # Also while Ray starts. What is left of a cluster of its own is ended by its guard,
    # and a cluster that was joined ends the actors of a driver that has gone.
    end_with(lifeline)
    status = 1
    try:
        read_fd, write_fd = offer_pipes(fd)
        with ExitStack() as stack:
            Driver(read_fd, write_fd, stack).serve()
        status = 0
    except ConnectionError:
        status = 0
    except ProtocolError as error:
        sys.stderr.write(f"futhark-bridge ray: {error}\n")
    except BaseException:  # noqa: BLE001 - Ray's threads must not outlive this
        sys.excepthook(*sys.exc_info())
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(status)


class Driver:
    """One client, one cluster."""

    def __init__(self, read_fd: int, write_fd: int, stack: ExitStack) -> None:
        self._read_fd, self._write_fd = read_fd, write_fd
        self._stack = stack
        self._reader = FrameReader(_MAX_HELLO_BYTES)
        self._crew: Crew | None = None
        self._arrays: Arrays | None = None
        self._finished: list[tuple[int, Outcome]] = []
        self._asked: int | None = None
        self._closed = False

    def serve(self) -> None:
        """Handle requests and events until the client closes or disconnects."""
        while not self._closed:
            if self._crew is None:
                self._read()
                continue
            if self._crew.wait(self._read_fd):
                self._read()
            if self._finished and self._asked is not None:
                self._answer_next()

    def _read(self) -> None:
        count = os.readv(self._read_fd, [self._reader.target()])
        if count == 0:
            raise ConnectionError("the client has gone")
        for request_id, kind, body in self._reader.filled(count):
            if self._asked is not None:
                self._answer_next()
            reply = self._handle(request_id, kind, body)
            if reply is not None and request_id:
                self._write(reply)

    def _write(self, data: bytes | bytearray) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._write_fd, view) :]

    def _handle(
        self, request_id: int, kind: int, body: memoryview
    ) -> bytes | bytearray | None:
        try:
            if kind == messages.HELLO and self._crew is None:
                content = self._hello(body)
            elif self._crew is None:
                raise ProtocolError(f"expected HELLO first, got kind {kind}")
            elif kind == messages.NEXT:
                self._asked = request_id
                if self._finished:
                    self._answer_next()
                return None
            elif kind == messages.VALUES and self._arrays is not None:
                return self._arrays.read(request_id, body)
            else:
                content = self._others(kind, body)
            return frame(request_id, messages.OK, content)
        except Exception as error:  # noqa: BLE001 - whatever fails is told to the client
            return error_frame(request_id, as_futhark_error(error))

    def _others(self, kind: int, body: memoryview) -> bytes:
        assert self._crew is not None, "there is one after HELLO"
        assert self._arrays is not None, "as the crew"
        if kind == messages.TASK:
            self._task(self._crew, self._arrays, body)
        elif kind == messages.STOP:
            self._crew.stop(*_U32.unpack(body))
        elif kind == messages.NEW:
            self._arrays.share(body)
        elif kind == messages.FREE:
            shared = self._arrays.free(body)
            if shared:
                self._crew.tell("forget", shared)
        elif kind == messages.SLAB:
            self._arrays.add_slab(body)
        elif kind == messages.CLOSE:
            self._closed = True
        else:
            raise ProtocolError(f"a request of unknown kind {kind}")
        return b""

    # Start

    def _hello(self, body: memoryview) -> bytes:
        request = json.loads(bytes(body))
        if request.get("protocol") != messages.PROTOCOL_VERSION:
            raise ProtocolError(
                f"expected protocol {messages.PROTOCOL_VERSION}, got "
                f"{request.get('protocol')}: the two sides have different versions"
            )
        given = request["options"]
        self._reader.max_bytes = given.get("maxMessageBytes", 2**30)
        demand = Demand(**request["cluster"])
        options = options_of(given)
        bundle = pack_bundle(request["module"], options)
        context = cluster(demand.address, demand.own_cpus, demand.own_gpus)
        ray = self._stack.enter_context(context)
        size = demand.size(ray)
        make_actor = actor_maker(ray, bundle, options, demand)
        crew = Crew(ray, make_actor, size, demand)
        self._stack.callback(crew.close)
        info = self._until_ready(ray, crew, demand.start_seconds)
        self._crew = crew
        self._arrays = Arrays(ray, info["types"])
        info |= {
            "sharedMemory": can_share(request.get("memory")),
            "actors": size,
            "loaded": {"path": bundle.shipment.module, "stamp": bundle.digest},
        }
        return json.dumps(info).encode()

    def _until_ready(self, ray: Any, crew: Crew, limit: float) -> dict[str, Any]:
        end = monotonic() + limit
        while crew.up < crew.size:
            if crew.problem is not None:
                raise _ToldError(crew.problem)
            if monotonic() > end:
                free = ray.available_resources()
                raise ArgumentError(
                    f"actors: {crew.up} of {crew.size} were ready after {limit:g} s "
                    f"(startTimeoutMs); free in the cluster: {free.get('CPU', 0):g} "
                    f"CPUs, {free.get('GPU', 0):g} GPUs"
                )
            crew.wait(timeout=0.5)
        facts = crew.facts
        assert facts is not None, "an actor is ready"
        info: dict[str, Any] = facts["info"]
        return info

    # Tasks

    def _task(self, crew: Crew, arrays: Arrays, body: memoryview) -> None:
        (length,) = _U32.unpack_from(body)
        start = _U32.size + length
        header = json.loads(bytes(body[_U32.size : start]))
        number = header["task"]
        places = [tuple(place) for place in header["parts"]]

        def done(outcome: Outcome) -> None:
            self._finished.append((number, outcome))

        try:
            parts = [arrays.put_part(*place) for place in places]
            numbers = header["shared"]
            shared = [arrays.shared(n) for n in numbers]
        except Exception as error:  # noqa: BLE001 - the task fails, not the request
            done((False, as_futhark_error(error).to_wire(), []))
            return
        types = [(n, index) for n, (index, _) in zip(numbers, shared, strict=True)]
        refs = [*parts, *(ref for _, ref in shared)]
        args = (header["chain"], bytes(body[start:]), places, types, *refs)
        crew.submit(Task(number, "run_frames", args, done, header["retries"]))

    def _answer_next(self) -> None:
        assert self._crew is not None, "there is one after HELLO"
        assert self._arrays is not None, "as the crew"
        request_id, self._asked = self._asked, None
        finished, self._finished = self._finished, []
        content = bytearray(_TWO_U32.pack(len(finished), self._crew.retried))
        for task, (ok, result, parts) in finished:
            data = result if ok else json.dumps(result, default=str).encode()
            content += _THREE_U32.pack(task, 0 if ok else 1, len(parts))
            for part in parts:
                content += _U32.pack(self._arrays.keep(part))
            content += _U32.pack(len(data)) + data
        self._write(frame(request_id or 0, messages.OK, bytes(content)))
