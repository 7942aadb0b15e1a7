"""Runs what JavaScript asks of Python objects: attributes, calls, values. No I/O.

One thread does all requests, in order, as most Python code expects it. While it waits
for a callback into JavaScript it goes on with requests, because the callback may make
some.
"""

from __future__ import annotations

import importlib
import importlib.util
import traceback
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from threading import Condition, get_ident
from typing import Any

from ._js_object import JavaScriptError, JsObject
from ._python_values import Decoder, Encoder, Part, signature
from .errors import FutharkError, ProtocolError

Message = dict[str, Any]
Incoming = tuple[Message, list[memoryview]]
Send = Callable[[Message, list[Part]], None]
Receive = Callable[[], list[Incoming] | None]


class PythonSide:
    """The objects of one session that JavaScript refers to, and the work on them.

    ``receive`` waits for messages, and gives None at their end. Whichever thread needs
    one calls it, one at a time: so a request needs no second thread, and a thread that
    waits for its callback's answer finds it though the first is busy.
    """

    def __init__(self, send: Send, receive: Receive) -> None:
        self._send = send
        self._receive = receive
        self._objects: dict[int, Any] = {0: {"python": load, "Iterate": Iterate}}
        self._last_object = 0
        self._dropped: deque[int] = deque()
        self._thread: int | None = None
        self._last_question = 0
        self._inbox: deque[Incoming] = deque()
        self._answers: dict[int, Incoming] = {}
        self._lent: dict[int, Any] = {}
        self._changed = Condition()
        self._receiving = False
        self._closed = False

    def lend(self, key: int, value: Any) -> None:
        """Take a value of Futhark's, or the error in its place, for a request."""
        with self._changed:
            self._lent[key] = value
            self._changed.notify_all()

    def close(self) -> None:
        """End the work when the request that runs is done."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def work(self) -> None:
        """Do requests until closed."""
        self._thread = get_ident()
        while self._until(lambda: bool(self._inbox)):
            self._do(*self._inbox.popleft())
        self._objects.clear()

    def _until(self, ready: Callable[[], bool]) -> bool:
        """Wait for messages until one makes it so; tell whether it came to that."""
        with self._changed:
            while not self._closed:
                if ready():
                    return True
                if self._receiving:
                    self._changed.wait()
                    continue
                self._receiving = True
                self._changed.release()
                try:
                    incoming = self._receive()
                finally:
                    self._changed.acquire()
                    self._receiving = False
                self._sort(incoming)
                self._changed.notify_all()
            return False

    def _sort(self, incoming: list[Incoming] | None) -> None:
        if incoming is None:
            self._closed = True
            return
        for message, parts in incoming:
            if "answer" in message:
                self._answers[message["answer"]] = (message, parts)
            else:
                self._inbox.append((message, parts))

    # Requests

    def _do(self, message: Message, parts: list[memoryview]) -> None:
        for number in message.get("free", ()):
            self._objects.pop(number, None)
        encoder = Encoder(self._refer)
        reply: Message = {"reply": message["r"]}
        try:
            action = _ACTIONS[message["do"]]
            result = action(self, message, self._decoder(parts))
            if message.get("proxy"):
                reply["v"] = self._refer(result)
            else:
                reply["v"] = encoder.encode(result, deep=message["do"] == "value")
        except BaseException as error:  # noqa: BLE001 - an exit, too, is told and no more
            reply["error"] = _describe(error)
            encoder.parts.clear()
        self._tell(reply, encoder.parts)

    def _find(self, message: Message) -> Any:
        value = self._objects[message["ffid"]]
        for key in message["key"]:
            value = _step(value, key, message["do"] == "call")
        return value

    def _call(self, message: Message, decoder: Decoder) -> Any:
        args = [decoder.decode(form) for form in message["args"]]
        kwargs = {k: decoder.decode(form) for k, form in message["kwargs"]}
        return self._find(message)(*args, **kwargs)

    def _get(self, message: Message, _: Decoder) -> Any:
        return self._find(message)

    def _set(self, message: Message, decoder: Decoder) -> None:
        target = self._find(message)
        name, value = (decoder.decode(form) for form in message["args"])
        if isinstance(name, int) or isinstance(target, (dict, list)):
            target[name] = value
        else:
            setattr(target, name, value)

    def _length(self, message: Message, _: Decoder) -> int:
        return len(self._find(message))

    def _inspect(self, message: Message, _: Decoder) -> str:
        return repr(self._find(message))

    # Objects

    def _refer(self, value: object) -> dict[str, Any]:
        if isinstance(value, JsObject):
            return {"$": "js", "v": object.__getattribute__(value, "_id")}
        self._last_object += 1
        self._objects[self._last_object] = value
        return {"$": "ref", "v": self._last_object, "s": signature(value)}

    def _decoder(self, parts: list[memoryview]) -> Decoder:
        tags = {
            "ref": self._objects.__getitem__,
            "js": self._js_object,
            "lent": self._borrow,
        }
        return Decoder(parts, tags)

    def _borrow(self, key: int) -> Any:
        with self._changed:
            while key not in self._lent:
                if self._closed:
                    raise ProtocolError("Node has gone")
                self._changed.wait()
            value = self._lent.pop(key)
        if isinstance(value, Exception):
            raise value
        return value

    # JavaScript

    def _js_object(self, object_id: int) -> JsObject:
        made = JsObject(self._ask, object_id)
        # Collected in the midst of anything, so that nothing may be sent at once.
        weakref.finalize(made, self._dropped.append, object_id).atexit = False
        return made

    def _tell(self, message: Message, parts: list[Part]) -> None:
        message["drop"] = [self._dropped.popleft() for _ in range(len(self._dropped))]
        self._send(message, parts)

    def _ask(self, action: str, object_id: int, args: list[Any]) -> Any:
        encoder = Encoder(self._refer)
        forms = [encoder.encode(arg) for arg in args]
        with self._changed:
            self._last_question += 1
            question = self._last_question
        self._tell(
            {"ask": question, "do": action, "js": object_id, "args": forms},
            encoder.parts,
        )
        first = get_ident() == self._thread
        while question not in self._answers:
            if not self._until(
                lambda: question in self._answers or (first and bool(self._inbox))
            ):
                raise JavaScriptError("Node has gone")
            if question not in self._answers:
                self._do(*self._inbox.popleft())
        message, parts = self._answers.pop(question)
        if "error" in message:
            raise JavaScriptError(message["error"], message["id"])
        return self._decoder(parts).decode(message["v"])


_ACTIONS: dict[str, Callable[[PythonSide, Message, Decoder], Any]] = {
    "call": PythonSide._call,  # noqa: SLF001 - a table of its own methods
    "get": PythonSide._get,  # noqa: SLF001
    "set": PythonSide._set,  # noqa: SLF001
    "value": PythonSide._get,  # noqa: SLF001
    "length": PythonSide._length,  # noqa: SLF001
    "inspect": PythonSide._inspect,  # noqa: SLF001
}


def load(name: str) -> Any:
    """Import a module by name, or a file by its path."""
    if not (name.endswith(".py") or "/" in name):
        return importlib.import_module(name)
    stem = name.rpartition("/")[2].removesuffix(".py")
    spec = importlib.util.spec_from_file_location(stem, name)
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Iterate:
    """What pythonia iterates by: ``Next()`` gives a mark at the end, and errors too."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = iter(items)

    def Next(self) -> Any:  # noqa: N802 - pythonia's name
        return next(self._items, "$$STOPITER")


def _step(value: Any, key: str | int, calling: bool) -> Any:
    """Do ``value.key``, or ``value[key]`` where there is no such attribute.

    Items of a dict come first, unless for a call: then its methods do.
    """
    if isinstance(key, int):
        return value[key]
    key = key.removeprefix("~~")  # pythonia's way around its own names
    if not calling and isinstance(value, dict) and key in value:
        return value[key]
    try:
        return getattr(value, key)
    except AttributeError:
        try:
            return value[key]
        except (TypeError, LookupError, ValueError):
            pass
        raise


def _describe(error: BaseException) -> Message:
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace)
    described: Message = {
        "type": type(error).__qualname__,
        "message": str(error),
        "traceback": "".join(lines),
    }
    if isinstance(error, FutharkError):
        described["futhark"] = error.to_wire()
    if isinstance(error, JavaScriptError):
        described["js"] = error.error_id
    return described
