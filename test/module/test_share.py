"""What a served program answers to a client, frame by frame."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest
from sealed_memory import sealed_memory

import futhark_bridge
from futhark_bridge.module.shared_program import Share
from futhark_bridge.wire import messages


class Client:
    """Speaks the protocol without Node."""

    def __init__(self, share: Share, **more: object) -> None:
        assert os.fspath(share) == str(share.path)
        place = json.loads(share.path.read_text())
        self._socket = stranger(share)
        hello = {"protocol": messages.PROTOCOL_VERSION, "secret": place["secret"]}
        hello |= more
        self.info = json.loads(self.ask(messages.HELLO, json.dumps(hello).encode()))

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def ask(self, kind: int, body: bytes) -> bytes:
        self.send(struct.pack("<III", len(body), 1, kind) + body)
        length, _, kind = struct.unpack("<III", self._read(12))
        reply = self._read(length)
        if kind == messages.ERROR:
            raise RuntimeError(json.loads(reply)["message"])
        return reply

    def set_timeout(self, seconds: float) -> None:
        self._socket.settimeout(seconds)

    def ended(self) -> bool:
        return self._socket.recv(1) == b""

    def close(self) -> None:
        self._socket.close()

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = self._socket.recv(count - len(data))
            assert chunk, "the connection ended"
            data += chunk
        return data


def stranger(share: Share) -> socket.socket:
    """Connect, and say nothing."""
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(60)
    made.connect(json.loads(share.path.read_text())["socket"])
    return made


@pytest.fixture
def client(errors: futhark_bridge.FutharkModule) -> Iterator[Client]:
    xs = errors.to_futhark("[]i32", [1, 2, 3])
    with futhark_bridge.share(errors, xs=xs) as share:
        made = Client(share)
        yield made
        made.close()


def test_hello_describes_the_shared_values(client: Client) -> None:
    expected = {"name": "xs", "type": "[]i32", "shape": [3], "state": "live"}
    assert client.info["shared"] == [expected]
    assert client.info["sharedMemory"] is False


def test_a_limit_is_refused_and_sets_no_alarm(client: Client) -> None:
    with pytest.raises(RuntimeError, match="cannot be limited"):
        client.ask(messages.LIMIT, struct.pack("<I", 1))
    client.ask(messages.CONTEXT, struct.pack("<I", 0))
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_timer_of_the_process_stays(client: Client) -> None:
    signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        client.ask(messages.CONTEXT, struct.pack("<I", 0))
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 900
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_names_that_are_not_shared_are_refused(client: Client) -> None:
    with pytest.raises(RuntimeError, match="no shared value is named ys"):
        client.ask(messages.SHARED, struct.pack("<I", 1) + b"ys")
    # Later requests that use the number fail with the same.
    with pytest.raises(RuntimeError, match="no shared value is named ys"):
        client.ask(messages.DESCRIBE, struct.pack("<I", 1))


def test_a_number_of_a_shared_value_can_be_used_again(
    client: Client, errors: futhark_bridge.FutharkModule
) -> None:
    (type_index,) = (i for i, t in enumerate(errors.type_infos) if t.name == "[]i32")
    shared = struct.pack("<I", 1) + b"xs"
    sizes: Any = struct.pack("<q", 3)
    assert client.ask(messages.SHARED, shared) == sizes
    client.ask(messages.FREE, struct.pack("<I", 1))
    with pytest.raises(RuntimeError):  # not an array: an error replaced the value
        client.ask(messages.NEW, struct.pack("<III", 1, type_index, 0))
    client.ask(messages.FREE, struct.pack("<I", 1))
    assert client.ask(messages.SHARED, shared) == sizes


def test_close_is_answered_and_then_the_connection_ends(client: Client) -> None:
    assert client.ask(messages.CLOSE, b"") == b""
    assert client.ended()


def test_leaving_the_block_ends_everything(
    errors: futhark_bridge.FutharkModule,
) -> None:
    with futhark_bridge.share(errors) as share:
        client = Client(share)
        assert not share.closed
    assert share.closed
    assert client.ended()
    assert not share.path.exists()
    assert errors.entry.positive(1) == 1


def test_strangers_time_out_and_delay_nobody(
    errors: futhark_bridge.FutharkModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("futhark_bridge.worker.admission.HELLO_SECONDS", 0.2)
    with futhark_bridge.share(errors) as share:
        # More than are admitted at once: the client is served after them.
        strangers = [stranger(share) for _ in range(100)]
        for i, each in enumerate(strangers):
            each.sendall(b"\5"[: i % 2])  # some begin a message, and never end it
        Client(share).close()
        for each in strangers:
            assert each.recv(1) == b""
            each.close()


def test_a_long_first_message_is_refused_unread(
    errors: futhark_bridge.FutharkModule,
) -> None:
    with futhark_bridge.share(errors) as share, stranger(share) as each:
        each.sendall(struct.pack("<III", 2**32 - 1, 1, messages.HELLO))
        assert each.recv(1) == b""


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"[" * 60_000, b'{"secret": "\\ud800"}', b"null", b""]
)
def test_a_first_message_other_than_hello_is_answered_as_without_secret(
    errors: futhark_bridge.FutharkModule, body: bytes
) -> None:
    with futhark_bridge.share(errors) as share, stranger(share) as each:
        each.sendall(struct.pack("<III", len(body), 1, messages.HELLO) + body)
        assert b"the secret is missing or wrong" in each.recv(1 << 16)


def test_a_lack_of_descriptors_is_waited_out(
    errors: futhark_bridge.FutharkModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[float] = []
    enough = Event()
    accept = socket.socket.accept

    def counted(listener: socket.socket) -> Any:
        attempts.append(monotonic())
        if len(attempts) == 5:
            enough.set()
        return accept(listener)

    with futhark_bridge.share(errors) as share:
        place = json.loads(share.path.read_text())["socket"]
        late = socket.socket(socket.AF_UNIX)
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (late.fileno() + 1, limits[1]))
        filling: list[int] = []
        try:
            with suppress(OSError):
                while True:
                    filling.append(os.dup(late.fileno()))
            monkeypatch.setattr("socket.socket.accept", counted)
            late.connect(place)
            assert enough.wait(60)
        finally:
            for fd in filling:
                os.close(fd)
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert attempts[4] - attempts[1] > 0.1, "it tries as fast as it can"
        late.close()
        Client(share).close()


def test_a_reply_over_the_clients_limit_fails_alone(
    errors: futhark_bridge.FutharkModule,
) -> None:
    xs = errors.to_futhark("[]i32", list(range(5000)))
    with futhark_bridge.share(errors, xs=xs) as share:
        client = Client(share, maxMessageBytes=4000)
        client.ask(messages.SHARED, struct.pack("<I", 1) + b"xs")
        for where in (messages.INLINE, messages.SMALL):
            with pytest.raises(RuntimeError, match="longer than the limit of 4000"):
                client.ask(messages.VALUES, struct.pack("<II", 1, where))
        size = struct.pack("<q", 5000)
        assert client.ask(messages.DESCRIBE, struct.pack("<I", 1)) == size


def test_the_announced_length_of_a_message_allocates_no_memory(
    errors: futhark_bridge.FutharkModule,
) -> None:
    with futhark_bridge.share(errors) as share:
        clients = [Client(share) for _ in range(8)]
        before = resident_bytes()
        for client in clients:
            client.send(struct.pack("<III", 2**32 - 1, 1, messages.NEW))
            client.send(bytes(1 << 17))
        assert Client(share).ask(messages.CONTEXT, struct.pack("<I", 0)) == b""
        assert resident_bytes() - before < 2**28
        for client in clients:
            client.close()


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_client_that_never_reads_costs_one_batch_of_replies(
    errors: futhark_bridge.FutharkModule,
) -> None:
    with futhark_bridge.share(errors) as share:
        client = Client(share)
        request = struct.pack("<IIII", 4, 1, messages.CONTEXT, 0)
        client.set_timeout(0.5)
        before = resident_bytes()
        for _ in range(10_000):
            try:
                client.send(request * 4096)
            except TimeoutError:
                break
        else:
            pytest.fail("more replies are kept than any socket holds")
        assert resident_bytes() - before < 2**24
        assert errors.entry.positive(1) == 1
        other = Client(share)
        assert other.ask(messages.CONTEXT, struct.pack("<I", 0)) == b""
        client.close()
        other.close()


def test_slabs_that_are_not_files_or_too_many_are_refused(client: Client) -> None:
    for path in (b"/dev/zero", b"/dev/null", b"/", b"/no/such/file", b"a\0b"):
        with pytest.raises(RuntimeError, match="slab 1 cannot be mapped"):
            client.ask(messages.SLAB, struct.pack("<Iq", 1, 4096) + path)
    fd = sealed_memory(4096)
    path = f"/proc/{os.getpid()}/fd/{fd}".encode()
    for size in (-1, 0, 4097, 2**63 - 1):
        with pytest.raises(RuntimeError, match="slab 1 cannot be mapped"):
            client.ask(messages.SLAB, struct.pack("<Iq", 1, size) + path)
    ask = [struct.pack("<Iq", i, 4096) + path for i in range(1, 2**14 + 2)]
    for body in ask[:-1]:
        client.send(struct.pack("<III", len(body), 0, messages.SLAB) + body)
    with pytest.raises(RuntimeError, match="more than 16384 slabs"):
        client.ask(messages.SLAB, ask[-1])
    os.close(fd)


def test_a_client_that_truncates_its_memory_does_not_end_the_process(
    client: Client,
) -> None:
    fd = os.memfd_create("slab")
    os.truncate(fd, 4096)
    path = f"/proc/{os.getpid()}/fd/{fd}".encode()
    body = struct.pack("<Iq", 1, 4096) + path
    client.send(struct.pack("<III", len(body), 0, messages.SLAB) + body)
    client.ask(messages.SHARED, struct.pack("<I", 7) + b"xs")
    os.truncate(fd, 0)
    with pytest.raises(RuntimeError, match="is not sealed"):
        client.ask(messages.VALUES, struct.pack("<IIqq", 7, 1, 0, 4096))
    os.close(fd)
