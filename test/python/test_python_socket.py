"""The socket to Python's objects, while it waits for its client."""

from __future__ import annotations

import json
import resource
import socket
import threading
from threading import Event
from typing import Any

import pytest

from futhark_bridge.python.socket import PythonSocket
from futhark_bridge.wire.frames import HEADER


def test_a_client_is_admitted_when_descriptors_are_available_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = Event()
    accept = socket.socket.accept

    def noted(self: socket.socket) -> tuple[socket.socket, Any]:
        try:
            return accept(self)
        except OSError:
            refused.set()
            raise

    monkeypatch.setattr(socket.socket, "accept", noted)
    python = PythonSocket(2**20)
    place = json.loads(python.place())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(60)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            client.connect(place["socket"])
            assert refused.wait(60)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        # Request 5 is not JSON, and its reply says so.
        client.sendall(place["secret"].encode() + HEADER.pack(1, 1, 2 * 5) + b"{")
        reply = client.recv(HEADER.size, socket.MSG_WAITALL)
        assert HEADER.unpack(reply)[2] == 2 * 5
    python.close()


def test_a_socket_that_is_closed_before_its_client_came_stops_waiting() -> None:
    before = set(threading.enumerate())
    python = PythonSocket(2**20)
    (waiting,) = set(threading.enumerate()) - before
    python.close()
    waiting.join(60)
    assert not waiting.is_alive()
