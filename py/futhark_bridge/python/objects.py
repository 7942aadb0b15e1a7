"""Executes JavaScript's requests on Python objects: attributes, calls, values. No I/O.

One thread executes all requests, in order, as most Python code expects. While it
waits for the result of a JavaScript callback it keeps executing requests, because the
callback may send some.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from threading import Condition, get_ident
from typing import Any

from futhark_bridge.errors import FutharkError

from .encoding import Decoder, Encoder, Part, signature
from .errors import describe_error
from .futhark_values import PassedValues
from .js_object import JavaScriptError, JsObject, need_frames
from .message import Incoming, Message
from .paths import Iterate, load, step

Send = Callable[[Message, list[Part]], None]
Receive = Callable[[], list[Incoming] | None]


class PythonSide:
    """The objects of one session that JavaScript refers to, and the requests on them.

    ``receive`` waits for messages, and returns None at the end of the stream. A thread
    that needs a message calls it itself, one thread at a time. Thus a request needs no
    second thread, and a thread that waits for the result of its callback receives it
    even while the request thread is busy.
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
        self._questions: set[int] = set()
        self._changed = Condition()
        self.passed = PassedValues(self._changed)
        self._receiving = False
        self._closed = False

    def close(self) -> None:
        """Stop after the current request."""
        with self._changed:
            self._closed = self.passed.closed = True
            self._changed.notify_all()

    def work(self) -> None:
        """Execute requests until closed."""
        self._thread = get_ident()
        while self._until(lambda: bool(self._inbox)):
            self._do(*self._inbox.popleft())
        self._objects.clear()

    def _until(self, ready: Callable[[], bool]) -> bool:
        """Receive messages until ``ready()``; return False if closed before that."""
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
            self._closed = self.passed.closed = True
            return
        for message, parts in incoming:
            if "answer" in message:
                if message["answer"] in self._questions:
                    self._answers[message["answer"]] = (message, parts)
            else:
                self._inbox.append((message, parts))

    # Requests

    def _do(self, message: Message, parts: list[memoryview]) -> None:
        """Execute a request, and reply even if it fails."""
        request = message.get("r", 0)
        made: list[int] = []
        passed: set[int] = set()
        try:
            if "unread" in message:
                raise message["unread"]
            for number in message.get("free", ()):
                self._objects.pop(number, None)
            passed.update(message.get("passed", ()))
            encoder = Encoder(lambda value: self._refer(value, made))
            action = _ACTIONS[message["do"]]
            result = action(self, message, self._decoder(parts, passed))
            if message.get("proxy"):
                form = self._refer(result, made)
            else:
                form = encoder.encode(result, deep=message["do"] == "value")
            self._tell({"reply": request, "v": form}, encoder.parts)
        except BaseException as error:  # noqa: BLE001 - an exit is only reported, too
            for number in made:
                del self._objects[number]
            failure = describe_error(error, __file__)
            if isinstance(error, FutharkError):
                # It may be kept in place of a value, so drop its frames.
                error.__traceback__ = error.__context__ = None
        else:
            return
        finally:
            self.passed.refuse(passed)
        self._tell({"reply": request, "error": failure}, [])

    def _find(self, message: Message) -> Any:
        value = self._objects[message["ffid"]]
        for key in message["key"]:
            value = step(value, key, message["do"] == "call")
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

    def _refer(self, value: object, made: list[int]) -> dict[str, Any]:
        if isinstance(value, JsObject):
            return {"$": "js", "v": object.__getattribute__(value, "_id")}
        self._last_object += 1
        self._objects[self._last_object] = value
        made.append(self._last_object)
        return {"$": "ref", "v": self._last_object, "s": signature(value)}

    def _decoder(self, parts: list[memoryview], passed: set[int]) -> Decoder:
        tags = {
            "ref": self._objects.__getitem__,
            "js": self._js_object,
            "passed": lambda key: self.passed.take(key, passed),
        }
        return Decoder(parts, tags)

    # JavaScript

    def _js_object(self, object_id: int) -> JsObject:
        made = JsObject(self._ask, object_id)
        # The collector may run at any point, so the finalizer must not send.
        weakref.finalize(made, self._dropped.append, object_id).atexit = False
        return made

    def _tell(self, message: Message, parts: list[Part]) -> None:
        dropped = [self._dropped.popleft() for _ in range(len(self._dropped))]
        try:
            self._send(message | {"drop": dropped}, parts)
        except BaseException:
            self._dropped.extend(dropped)
            raise

    def _ask(self, action: str, object_id: int, args: list[Any]) -> Any:
        # A RecursionError in this module would leave a request without a reply, or lose
        # a message.
        need_frames(100)
        made: list[int] = []
        encoder = Encoder(lambda value: self._refer(value, made))
        with self._changed:
            self._last_question += 1
            question = self._last_question
            self._questions.add(question)
        try:
            forms = [encoder.encode(arg) for arg in args]
            self._tell(
                {"ask": question, "do": action, "js": object_id, "args": forms},
                encoder.parts,
            )
        except BaseException:
            self._questions.discard(question)
            for number in made:
                del self._objects[number]
            raise
        first = get_ident() == self._thread
        while question not in self._answers:
            if not self._until(
                lambda: question in self._answers or (first and bool(self._inbox))
            ):
                raise JavaScriptError("Node closed the connection")
            if question not in self._answers:
                self._do(*self._inbox.popleft())
        message, parts = self._answers.pop(question)
        self._questions.discard(question)
        passed: set[int] = set(message.get("passed", ()))
        try:
            if "unread" in message:
                raise message["unread"]
            if "error" in message:
                raise JavaScriptError(message["error"], message["id"])
            return self._decoder(parts, passed).decode(message["v"])
        finally:
            self.passed.refuse(passed)


_ACTIONS: dict[str, Callable[[PythonSide, Message, Decoder], Any]] = {
    "call": PythonSide._call,  # noqa: SLF001 - a table of its own methods
    "get": PythonSide._get,  # noqa: SLF001
    "set": PythonSide._set,  # noqa: SLF001
    "value": PythonSide._get,  # noqa: SLF001
    "length": PythonSide._length,  # noqa: SLF001
    "inspect": PythonSide._inspect,  # noqa: SLF001
}
