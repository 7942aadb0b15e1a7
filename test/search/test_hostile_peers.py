"""Random and mutated messages to a process that shares a program.

Whatever clients send, and whenever they go, the process computes what it should, and
its memory, descriptors and threads are as many in the end as they were.
"""

from __future__ import annotations

import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from scale import seed, steps

import futhark_bridge
from futhark_bridge.wire import messages

ROOT = Path(futhark_bridge.__file__).parents[2]
STEPS = steps(3_000, 1_000_000)
# These run, or take memory, for as long or as much as a number says.
BOUNDLESS = {"allocate", "scratch", "spin", "row_sums", "matmul"}

# Values as they are sent to Python, some of them invalid.
FORMS: list[Any] = [
    *("math", None, 5, [1, [2]]),
    *({"$": "int", "v": "ff"}, {"$": "float", "v": "nan"}, {"$": "bytes", "v": 0}),
    *({"$": "ref", "v": 1}, {"$": "js", "v": 1}, {"$": "array", "v": 0}),
    {"$": "dict", "v": [["a", 1]]},
]

# Sizes of parts in the frame, places of those in shared memory, and invalid ones.
PARTS: list[Any] = [
    *([4], [4, 4], [-4], [[1, 0, 4]], [[1, -8, 8]], [[2**40, 0, 4]], [[1, 0, 2**62]]),
    *([["1", 0, 4]], [[1, 0]], [None], 4, [4, [1, 0, 4096]], [{}]),
]

START = """
import futhark_bridge, json, os, threading
m = futhark_bridge.load({program!r}, backend="c")
x = m.to_futhark("[]i32", [1, 2, 3])
y = m.to_futhark("[]i32", [4, 5, 6])
s = futhark_bridge.share(m, x=x)
def state():
    # Clients end before the threads for their Python objects, and leave the server's
    # list before their threads end.
    for name in ("futhark-bridge client", "futhark-bridge python"):
        for thread in threading.enumerate():
            if thread.name == name:
                thread.join()
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * 4096, len(os.listdir("/proc/self/fd")), threading.active_count()
def works():
    right = m.entry.dot([1, 2], [3, 4]) == 11 and y.to_list() == [4, 5, 6]
    return right and (x.state == "consumed" or x.to_list() == [1, 2, 3])
operations = [(o.label, [p.type for p in o.inputs]) for o in m.program.operations]
json.dumps([str(s.path), operations])
"""


class Process:
    """A Python process that executes code on request."""

    def __init__(self) -> None:
        # Several arenas, for many threads, would grow for long and hide a leak.
        more = {"PYTHONPATH": str(ROOT / "py"), "MALLOC_ARENA_MAX": "1"}
        env = {**os.environ, **more}
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in `end`
        self._child = subprocess.Popen(
            [sys.executable, ROOT / "test/support/process.py"],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def run(self, code: str) -> str:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps({"id": 1, "code": code}) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        assert line, f"the process ended with {self._child.wait()}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return str(answer["result"])

    def end(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        assert self._child.wait(60) == 0
        with self._errors as errors:
            errors.seek(0)
            assert errors.read() == ""


class Search:
    """Makes what clients send."""

    def __init__(self, path: str, operations: list[Any], chance: random.Random) -> None:
        self.place = json.loads(Path(path).read_text())
        self.chance = chance
        self._calls = [
            (i, types)
            for i, (label, types) in enumerate(operations)
            if label not in BOUNDLESS
        ]
        self._forbidden = {
            i for i, (label, _) in enumerate(operations) if label in BOUNDLESS
        }
        self.sent = 0

    def hello(self) -> bytes:
        body = {"protocol": messages.PROTOCOL_VERSION, "secret": self.place["secret"]}
        return frame(1, messages.HELLO, json.dumps(body).encode())

    def request(self) -> bytes:
        """Return a frame: right as far as possible, or changed somewhere."""
        self.sent += 1
        chance = self.chance
        kind, body = chance.choice(self._makers())()
        if chance.random() < 0.4:
            body = self.mutated(body)
        if chance.random() < 0.05:
            kind = chance.randrange(2**32)
        called = kind == messages.CALL and len(body) >= 4
        if called and struct.unpack_from("<I", body)[0] in self._forbidden:
            kind = messages.FREE
        made = frame(chance.choice([0, 1, 2]), kind, body)
        if chance.random() < 0.05:
            # Another length than it has: the rest is cut at the wrong places.
            length = struct.pack("<I", chance.choice([0, 1, 2**16, 2**32 - 1]))
            made = length + made[4:]
        return made

    def mutated(self, data: bytes) -> bytes:
        chance = self.chance
        changed = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            at = chance.randint(0, len(changed))
            what = chance.randrange(4)
            if what == 0:
                changed[at : at + 1] = chance.randbytes(1)
            elif what == 1:
                changed[at:at] = chance.randbytes(chance.choice([1, 4, 8]))
            elif what == 2:
                del changed[at : at + chance.choice([1, 4, 8])]
            else:
                edges = [b"\xff" * 4, bytes(4), b"\xff" * 7 + b"\x7f"]
                changed[at : at + 4] = chance.choice(edges)
        return bytes(changed)

    def _makers(self) -> list[Callable[[], tuple[int, bytes]]]:
        chance = self.chance

        def number() -> bytes:
            return struct.pack("<I", chance.randint(0, 6))

        def small() -> bytes:
            count = chance.randint(0, 4)
            return struct.pack("<q", count) + bytes(4 * count)

        def call() -> tuple[int, bytes]:
            index, types = chance.choice(self._calls)
            body = struct.pack("<I", index) + number()
            for each in types:
                scalar = struct.pack("<q", chance.randint(-1, 3))
                size = {"i32": 4, "i64": 8, "f64": 8}.get(each)
                body += number() if size is None else scalar[:size]
            return messages.CALL, body + (small() if chance.random() < 0.3 else b"")

        def new() -> tuple[int, bytes]:
            where = struct.pack("<I", messages.SMALL)
            body = number() + struct.pack("<I", chance.randint(0, 5)) + where
            return messages.NEW, body + small()

        wheres = [messages.INLINE, messages.SMALL, 1]
        path = f"/proc/{os.getpid()}/fd/0".encode()
        numbered = [messages.FREE, messages.STORE, messages.DESCRIBE]
        simple: list[Callable[[], tuple[int, bytes]]] = [
            lambda: (chance.choice(numbered), number()),
            lambda: (
                messages.VALUES,
                number() + struct.pack("<Iqq", chance.choice(wheres), 0, 64),
            ),
            lambda: (messages.SHARED, number() + b"x"),
            lambda: (messages.CONTEXT, struct.pack("<I", chance.randint(0, 6))),
            lambda: (messages.SLAB, number() + struct.pack("<q", 4096) + path),
            lambda: (messages.RESTORE, number() + number() + chance.randbytes(20)),
            lambda: (messages.NEW_OPAQUE_ARRAY, number() * 4),
            lambda: (messages.TO_PYTHON, number() + number()),
            lambda: (chance.randint(0, 20), chance.randbytes(chance.randint(0, 40))),
            lambda: (messages.CLOSE, b""),
        ]
        return [call] * 8 + [new] * 4 + simple


def frame(request_id: int, kind: int, body: bytes) -> bytes:
    return struct.pack("<III", len(body), request_id, kind) + body


@contextmanager
def connected(path: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as made:
        made.settimeout(60)
        made.connect(path)
        with suppress(ConnectionError):
            yield made


def read_reply(client: socket.socket) -> bytes:
    data = b""
    while len(data) < 12 or len(data) < 12 + struct.unpack_from("<I", data)[0]:
        chunk = client.recv(1 << 16)
        if not chunk:
            raise ConnectionError
        data += chunk
    return data[12:]


def hang_up(client: socket.socket) -> None:
    """Send nothing more, and read until the other side closes."""
    client.shutdown(socket.SHUT_WR)
    while client.recv(1 << 16):
        pass


def stranger(search: Search) -> None:
    """Send something other than HELLO."""
    chance = search.chance
    search.sent += 1
    garbage = chance.randbytes(chance.randint(0, 100))
    with connected(search.place["socket"]) as client:
        client.sendall(chance.choice([garbage, search.mutated(search.hello())]))
        if chance.random() < 0.5:
            hang_up(client)


def guest(search: Search) -> None:
    """Send HELLO and other requests, and leave after any byte."""
    chance = search.chance
    with connected(search.place["socket"]) as client:
        client.sendall(search.hello())
        read_reply(client)
        data = b"".join(search.request() for _ in range(chance.randint(1, 40)))
        if chance.random() < 0.5:
            data = data[: chance.randint(0, len(data))]
        while data:
            cut = chance.choice([1, 100, len(data)])
            client.sendall(data[:cut])
            data = data[cut:]
        if chance.random() < 0.5:
            hang_up(client)


def python_guest(search: Search) -> None:
    """Open the socket for Python's objects, and send invalid messages."""
    chance = search.chance
    with connected(search.place["socket"]) as client:
        client.sendall(search.hello())
        read_reply(client)
        client.sendall(frame(1, messages.PYTHON, b""))
        place = json.loads(read_reply(client))
        if chance.random() < 0.1:
            return
        secret = place["secret"].encode()
        with connected(place["socket"]) as python:
            right = chance.random() < 0.8
            python.sendall(secret if right else search.mutated(secret))
            for _ in range(chance.randint(1, 20)):
                python.sendall(python_request(search))
            if right and chance.random() < 0.5:
                python.shutdown(socket.SHUT_WR)
                while python.recv(1 << 16):
                    pass


def python_request(search: Search) -> bytes:
    search.sent += 1
    chance = search.chance
    arg = chance.choice(FORMS)
    message: Any = {
        "r": chance.randint(0, 5),
        "do": chance.choice(["call", "get", "set", "value", "length", "inspect"]),
        "ffid": chance.randint(0, 3),
        "key": chance.choice([["python"], ["Iterate"], [], ["pi"], ["sqrt"]]),
        "args": [arg],
        "kwargs": [],
        "free": [chance.randint(1, 5)],
        "parts": chance.choice(PARTS),
    }
    if chance.random() < 0.1:
        message["slabs"] = [[1, 4096, f"/proc/{os.getpid()}/fd/0"]]
    if chance.random() < 0.1:
        message = {"read": chance.choice([[0, 1, 2], [3, 4, 5, 6], 7, ["8"], [{}]])}
    elif chance.random() < 0.2:
        message = chance.choice([{"answer": 1, "v": 5}, {"answer": 1}, [], 1, {}])
    elif chance.random() < 0.3:
        del message[chance.choice(list(message))]
    text = json.dumps(message).encode()
    if chance.random() < 0.2:
        text = search.mutated(text)
    body = text + bytes(-len(text) % 64) + b"abcd"
    size = len(text) if chance.random() < 0.9 else chance.randrange(2**32)
    return frame(size, chance.randint(0, 9), body)


def settled_state(process: Process, search: Search) -> list[int]:
    """Return bytes of memory, descriptors and threads once all clients have gone."""
    # Clients are accepted in order: earlier ones that have gone unaccepted are by now.
    with connected(search.place["socket"]) as client:
        client.sendall(search.hello())
        read_reply(client)
    return list(json.loads(process.run("list(state())")))


def test_no_client_disturbs_the_process_or_leaks_in_it() -> None:
    start = seed()
    print(f"TEST_SEED={start}")
    chance = random.Random(start)
    process = Process()
    program = str(ROOT / "test/programs/errors.fut")
    made = json.loads(process.run(START.format(program=program))[1:-1])
    search = Search(made[0], made[1], chance)
    before = None
    while search.sent < STEPS:
        for _ in range(50):
            chance.choice([stranger, guest, guest, guest, python_guest])(search)
        assert process.run("works()") == "True"
        if before is None and search.sent >= STEPS // 4:
            before = settled_state(process, search)
    after = settled_state(process, search)
    assert before is not None
    assert after[1:] == before[1:], "descriptors and threads"
    assert after[0] - before[0] < 2**25, "memory"
    assert process.run("len(m.program.context.live) <= 2") == "True"  # x, y
    process.end()
