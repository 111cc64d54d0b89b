"""A receiver that starts pipelines, keeps its promises, misbehaves on demand, and writes down what it did."""

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, TypeAlias

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"  # pragma: allowlist secret
COMMON = {"type": str, "key": str, "executionId": str, "flow": str, "taskType": str, "repositoryIdentifier": str, "triggeredBy": str}
FIELDS: Mapping[str, Mapping[str, type]] = {
    "flow.dispatch": {**COMMON, "parameters": dict, "reportTo": str, "reportWithinSeconds": int}, "flow.cancel": COMMON}

Deed: TypeAlias = Literal[
    "started", "started again", "refused", "stopped", "stopped unseen", "stopped again", "unauthorised", "malformed", "answered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request, and what came of it."""

    deed: Deed
    key: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with one request: `drop` does it and says nothing, `status` does nothing and says that, `wait` comes first."""

    drop: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    wait: float = 0.0


class DispatchWebhook:
    """`faults` are used up one by one; `ledger` only grows, and likewise the file of JSON lines. `requests`: what was understood.

    `started` is told of each pipeline that begins.
    """

    def __init__(self, *, secret: str = SECRET, ledger_file: Path | None = None,
                 started: Callable[[Mapping[str, Any]], None] = lambda asked: None):
        self.ledger: list[Entry] = []
        self.faults: list[Fault] = []
        self.requests: list[Mapping[str, Any]] = []
        self._running: dict[str, int] = {}
        self._stopped: set[str] = set()
        self._started = started
        self._webhook = Webhook(secret)
        self._lock = threading.Lock()
        self._file = None if ledger_file is None else os.open(ledger_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/dispatch"

    def __enter__(self) -> "DispatchWebhook":
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def deeds(self, key: str | None = None) -> list[Deed]:
        with self._lock:
            return [entry.deed for entry in self.ledger if key in (None, entry.key)]

    def next_fault(self) -> Fault:
        with self._lock:
            return self.faults.pop(0) if self.faults else Fault()

    def did(self, deed: Deed, key: str = "", message: str = "") -> None:
        with self._lock:
            self._write(Entry(deed=deed, key=key, message=message))

    def receive(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any] | None]:
        """Verify a request and do what it says, once for its key; return the answer."""
        message = headers.get("webhook-id", "")
        try:
            self._webhook.verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError):
            self.did("unauthorised", message=message)
            return 401, {"error": "bad signature"}
        asked = _parse(body)
        if asked is None or headers.get("idempotency-key") != asked["key"] or not message.startswith(asked["key"] + ":"):
            self.did("malformed", message=message)
            return 400, {"error": "malformed request"}
        with self._lock:
            self.requests.append(asked)
            if asked["type"] == "flow.cancel":
                return self._stop(asked["key"], message)
            begins = asked["key"] not in self._running and asked["key"] not in self._stopped
            answer = self._start(asked["key"], message)
        if begins:
            self._started(asked)
        return answer

    def _start(self, key: str, message: str) -> tuple[int, dict[str, Any]]:
        if key in self._stopped:
            self._write(Entry(deed="refused", key=key, message=message))
            return 409, {"error": "cancelled"}
        self._write(Entry(deed="started again" if key in self._running else "started", key=key, message=message))
        number = self._running.setdefault(key, len(self._running) + 1)
        return 202, {"cicdRunId": str(number), "cicdRunUrl": f"https://ci.example/runs/{number}"}

    def _stop(self, key: str, message: str) -> tuple[int, None]:
        deed: Deed = "stopped again" if key in self._stopped else "stopped" if key in self._running else "stopped unseen"
        self._write(Entry(deed=deed, key=key, message=message))
        self._stopped.add(key)
        return 204, None

    def _write(self, entry: Entry) -> None:
        self.ledger.append(entry)
        if self._file is not None:
            os.write(self._file, json.dumps(asdict(entry)).encode() + b"\n")


def read_ledger(file: Path) -> list[Entry]:
    """Return what a receiver in another process has written."""
    return [Entry(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def _parse(body: bytes) -> dict[str, Any] | None:
    """Return what is asked; None for anything that has not exactly the fields there are, each of its type."""
    try:
        asked = json.loads(body)
    except ValueError:
        return None
    fields = FIELDS.get(str(asked.get("type"))) if isinstance(asked, dict) else None
    if fields is None or asked.keys() != fields.keys() or any(type(asked[name]) is not kind for name, kind in fields.items()):
        return None
    return dict(asked) if asked["key"] == asked["executionId"] else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what these tests are about."""


def _handler(receiver: DispatchWebhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body = self.rfile.read(length)
            if len(body) < length:  # the sender was killed, or gave up, while it spoke
                self.close_connection = True
                return
            fault = receiver.next_fault()
            if fault.wait:
                time.sleep(fault.wait)
            if fault.status is not None:
                receiver.did("answered", message=str(fault.status))
                self._answer(fault.status, fault.body, fault.headers)
                return
            status, answer = receiver.receive({name.lower(): value for name, value in self.headers.items()}, body)
            if fault.drop:
                self.close_connection = True
                return
            self._answer(status, b"" if answer is None else json.dumps(answer).encode(), fault.headers)

        def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """The ledger says it."""

    return Handler
