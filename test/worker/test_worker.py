from __future__ import annotations

import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from futhark_bridge.arrow.codec import encode_footer, encode_header
from futhark_bridge.wire import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGE = Path(__file__).parents[2] / "py"
START = "from futhark_bridge.worker.process import main; main({0})"
SECONDS = 30.0


class Worker:
    """A real worker at the other end of a pair of sockets."""

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(SECONDS)
        fd = theirs.fileno()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", START.format(fd)],
            env={**os.environ, "PYTHONPATH": str(PACKAGE)},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[fd],
        )
        theirs.close()
        self._exactly(28)  # its offer of pipes
        self.socket.sendall(b"\0")  # is declined

    def send(self, number: int, kind: int, body: bytes) -> None:
        self.socket.sendall(frame(number, kind, body))

    def receive(self) -> tuple[int, int, bytes] | None:
        """Return the next reply, or None when the worker has closed."""
        header = self._exactly(12)
        if header is None:
            return None
        length, number, kind = struct.unpack("<III", header)
        body = self._exactly(length)
        return None if body is None else (number, kind, body)

    def _exactly(self, count: int) -> bytes | None:
        data = b""
        while len(data) < count:
            try:
                part = self.socket.recv(count - len(data))
            except ConnectionError:
                return None
            if not part:
                return None
            data += part
        return data

    def hello(self, module: Path) -> dict[str, object]:
        request = {
            "protocol": messages.PROTOCOL_VERSION,
            "module": str(module),
            "options": {"maxMessageBytes": 1 << 22},
        }
        self.send(1, messages.HELLO, json.dumps(request).encode())
        reply = self.receive()
        assert reply is not None
        assert reply[:2] == (1, messages.OK), reply
        info: dict[str, object] = json.loads(reply[2])
        return info

    def end(self) -> tuple[int, str]:
        """Close our side; return the exit status and what was written to stderr."""
        self.socket.close()
        _, errors = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, errors.decode()


@contextmanager
def worker() -> Iterator[Worker]:
    started = Worker()
    try:
        yield started
    finally:
        started.socket.close()
        started.process.kill()
        started.process.communicate()


def frame(number: int, kind: int, body: bytes) -> bytes:
    return struct.pack("<III", len(body), number, kind) + body


@pytest.fixture(scope="session")
def identity(programs: Callable[[str], Path]) -> Path:
    return programs("identity")


def test_a_worker_exits_when_its_client_disconnects_after_any_request(
    identity: Path,
) -> None:
    parts = frame(1, messages.HELLO, b"{}")
    for said in (b"", parts[:5], parts[:13], struct.pack("<III", 1 << 19, 1, 1)):
        with worker() as each:
            each.socket.sendall(said)
            assert each.end() == (0, "")
    with worker() as each:
        each.hello(identity)
        assert each.end() == (0, "")


@pytest.mark.parametrize(
    "said",
    [
        frame(1, messages.CALL, b"\0\0\0\0"),
        frame(1, messages.HELLO, b""),
        frame(1, messages.HELLO, b"[]"),
        frame(1, messages.HELLO, b"\xff\xff"),
        frame(1, messages.HELLO, b"{}"),
        frame(1, messages.HELLO, b'{"protocol": 999, "module": "x", "options": {}}'),
        frame(1, messages.HELLO, b'{"protocol": %d}' % messages.PROTOCOL_VERSION),
    ],
)
def test_a_first_message_that_is_not_hello_is_answered_by_an_error(said: bytes) -> None:
    with worker() as each:
        each.socket.sendall(said)
        reply = each.receive()
        assert reply is not None
        assert reply[:2] == (1, messages.ERROR)
        assert json.loads(reply[2])["code"] == "protocol"
        assert each.end()[0] == 0


def test_a_message_over_the_limit_ends_the_worker_before_it_is_read(
    identity: Path,
) -> None:
    with worker() as each:
        each.socket.sendall(struct.pack("<III", (1 << 20) + 1, 1, messages.HELLO))
        assert each.receive() is None
        status, errors = each.end()
        assert status == 1
        assert "longer than the limit of 1048576" in errors
    with worker() as each:
        each.hello(identity)
        each.socket.sendall(struct.pack("<III", (1 << 22) + 1, 2, messages.NEW))
        assert each.receive() is None
        status, errors = each.end()
        assert status == 1
        assert "longer than the limit of 4194304" in errors


def test_requests_that_come_byte_by_byte_are_answered_in_order(identity: Path) -> None:
    with worker() as each:
        info = each.hello(identity)
        assert info["backend"] in ("c", "multicore", "opencl", "cuda", "hip")
        said = b"".join(frame(n, messages.CONTEXT, b"\0\0\0\0") for n in range(2, 20))
        for k in range(len(said)):
            each.socket.sendall(said[k : k + 1])
        for number in range(2, 20):
            assert each.receive() == (number, messages.OK, b"")
        assert each.end() == (0, "")


def valid_frames(source: random.Random) -> list[bytes]:
    """Make requests that are right, of the kinds that carry the most structure."""
    array = np.arange(source.randrange(1, 300), dtype="i4")
    message = encode_header("i32", array.shape) + array.tobytes()
    message += encode_footer(array.nbytes)
    return [
        frame(
            0, messages.NEW, struct.pack("<III", k, source.randrange(60), 0) + message
        )
        for k in range(4)
    ] + [
        frame(1, messages.CALL, struct.pack("<III", source.randrange(60), 7, 1)),
        frame(1, messages.CALL, struct.pack("<Id", 50, 1.5)),
        frame(1, messages.VALUES, struct.pack("<II", 1, 0)),
        frame(1, messages.DESCRIBE, struct.pack("<I", 1)),
        frame(0, messages.FREE, struct.pack("<II", 1, 2)),
        frame(1, messages.RESTORE, struct.pack("<II", 3, 1) + bytes(90)),
        frame(1, messages.CONTEXT, struct.pack("<I", 2)),
    ]


def spoil(source: random.Random, said: bytes) -> bytes:
    """Change some bytes of a frame, but not its kind: LIMIT may end a worker."""
    data = bytearray(said)
    for _ in range(source.randrange(6)):
        at = source.randrange(len(data))
        if not 8 <= at < 12:
            data[at] = source.randrange(256)
    if source.randrange(4) == 0:
        del data[source.randrange(12, len(data) + 1) :]
    return bytes(data)


@pytest.mark.parametrize("seed", range(8))
def test_noise_never_makes_a_worker_crash_or_hang(identity: Path, seed: int) -> None:
    source = random.Random(seed)
    with worker() as each:
        each.hello(identity)
        frames = [source.choice(valid_frames(source)) for _ in range(300)]
        keep_length = seed % 2 == 0
        said = []
        for good in frames:
            bad = spoil(source, good)
            if keep_length:  # else what follows is cut at other places
                bad = struct.pack("<I", len(bad) - 12) + bad[4:]
            said.append(bad)
        if seed == 7:
            said = [source.randbytes(4000)]
        if keep_length:
            said.append(frame(99, messages.CONTEXT, b"\0\0\0\0"))

        def write() -> None:
            try:
                each.socket.sendall(b"".join(said))
                each.socket.shutdown(socket.SHUT_WR)
            except OSError:
                assert not keep_length  # it has closed before all was said

        writer = threading.Thread(target=write)
        writer.start()
        replies = []
        while (reply := each.receive()) is not None:
            replies.append(reply)
            if keep_length and reply[0] == 99:
                break
        writer.join(SECONDS)
        assert not writer.is_alive()
        for _, kind, body in replies:
            assert kind in (messages.OK, messages.ERROR)
            if kind == messages.ERROR:
                assert json.loads(body)["code"] in ("protocol", "bad-argument")
        if keep_length:
            assert replies[-1] == (99, messages.OK, b"")
            assert {kind for _, kind, _ in replies} == {messages.OK, messages.ERROR}
        status, errors = each.end()
        assert status in (0, 1), (status, errors)
        assert "Traceback" not in errors
