"""What a served program answers to a client, frame by frame."""

from __future__ import annotations

import json
import signal
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

import futhark_bridge
from futhark_bridge import _messages as messages
from futhark_bridge._shared_program import Share


class Client:
    """Speaks the protocol without Node."""

    def __init__(self, share: Share) -> None:
        place = json.loads(share.path.read_text())
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        self._socket.connect(place["socket"])
        hello = {"protocol": messages.PROTOCOL_VERSION, "secret": place["secret"]}
        self.info = json.loads(self.ask(messages.HELLO, json.dumps(hello).encode()))

    def ask(self, kind: int, body: bytes) -> bytes:
        self._socket.sendall(struct.pack("<III", len(body), 1, kind) + body)
        length, _, kind = struct.unpack("<III", self._read(12))
        reply = self._read(length)
        if kind == messages.ERROR:
            raise RuntimeError(json.loads(reply)["message"])
        return reply

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


@pytest.fixture
def client(errors: futhark_bridge.FutharkModule) -> Iterator[Client]:
    xs = errors.to_futhark("[]i32", [1, 2, 3])
    with futhark_bridge.share(errors, xs=xs) as share:
        made = Client(share)
        yield made
        made.close()


def test_hello_tells_what_is_shared(client: Client) -> None:
    expected = {"name": "xs", "type": "[]i32", "shape": [3], "state": "live"}
    assert client.info["shared"] == [expected]
    assert client.info["sharedMemory"] is False


def test_a_limit_is_refused_and_no_alarm_is_set(client: Client) -> None:
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
    with pytest.raises(RuntimeError, match="no shared value ys"):
        client.ask(messages.SHARED, struct.pack("<I", 1) + b"ys")
    # Later requests that use the number fail with the same.
    with pytest.raises(RuntimeError, match="no shared value ys"):
        client.ask(messages.DESCRIBE, struct.pack("<I", 1))


def test_a_number_of_a_shared_value_can_be_used_again(
    client: Client, errors: futhark_bridge.FutharkModule
) -> None:
    (type_index,) = (i for i, t in enumerate(errors.type_infos) if t.name == "[]i32")
    shared = struct.pack("<I", 1) + b"xs"
    sizes: Any = struct.pack("<q", 3)
    assert client.ask(messages.SHARED, shared) == sizes
    client.ask(messages.FREE, struct.pack("<I", 1))
    with pytest.raises(RuntimeError):  # no array message: an error stands there now
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
