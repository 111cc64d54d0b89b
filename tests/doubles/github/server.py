"""GitHub's front door: HTTP on the loopback, where the faults happen."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from tests.doubles.github.faults import Fault
from tests.doubles.github.routing import Answer


class Behind(Protocol):
    """What the server asks."""

    prefix: str

    def next_fault(self, method: str, path: str) -> Fault | None: ...

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes, fault: Fault | None) -> Answer: ...


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what these tests are about."""


def handler(behind: Behind) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:  # the caller was killed while it spoke
                self.close_connection = True
                return
            if not self.path.startswith(behind.prefix + "/"):
                self._say(Answer(status=404, body={"message": "Not Found"}), 0.0)
                return
            target = self.path.removeprefix(behind.prefix)
            fault = behind.next_fault(self.command, target.partition("?")[0])
            if fault is not None and fault.wait:
                time.sleep(fault.wait)
            answer = behind.handle(self.command, target, {name.lower(): value for name, value in self.headers.items()}, body, fault)
            if fault is not None and fault.drop is not None:
                self.close_connection = True
                return
            self._say(answer, 0.0 if fault is None else fault.drip)

        do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

        def _say(self, answer: Answer, drip: float) -> None:
            body = _encoded(answer.body)
            bare = answer.status in (204, 304)
            self.send_response_only(answer.status)
            for name, value in {"Server": "github.com", "Content-Type": "application/json; charset=utf-8", **answer.headers}.items():
                self.send_header(name, value)
            if not bare:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                if bare:
                    return
                if not drip:
                    self.wfile.write(body)
                    return
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(drip)

        def log_message(self, format: str, *args: object) -> None:
            """The ledger says it."""

    return Handler


def _encoded(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"" if body is None else json.dumps(body).encode()
