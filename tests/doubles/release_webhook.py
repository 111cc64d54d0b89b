"""A receiver of release webhooks that keeps its promises and writes down what it did."""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"  # pragma: allowlist secret
FIELDS = ("executionId", "environment", "key", "reason", "release", "repositoryIdentifier", "type")


class ReleaseWebhook:
    """`deployed`: what went where, once for each key. `looks`: how often it says 202 before. `says`: (status, body) of the next answers."""

    def __init__(self, *, secret: str = SECRET, looks: int = 0):
        self.deployed: list[str] = []
        self.requests: list[Mapping[str, Any]] = []
        self.says: list[tuple[int, bytes]] = []
        self._left: dict[str, int] = {}
        self._stopped: set[str] = set()
        self._looks = looks
        self._webhook = Webhook(secret)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/release"

    def __enter__(self) -> "ReleaseWebhook":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def receive(self, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        try:
            self._webhook.verify(body, dict(headers))
        except WebhookVerificationError:
            return 401, b"bad signature"
        request = json.loads(body)
        with self._lock:
            self.requests.append(request)
            if tuple(sorted(request)) != tuple(sorted(FIELDS)) or headers["idempotency-key"] != request["key"]:
                return 400, b"malformed"
            if self.says:
                return self.says.pop(0)
            return self._stop(request["key"]) if request["type"] == "release.stop" else self._deploy(request)

    def _deploy(self, request: Mapping[str, Any]) -> tuple[int, bytes]:
        key = str(request["key"])
        if key in self._stopped:
            return 409, b"stopped"
        left = self._left.get(key, self._looks)
        if left > 0:
            self._left[key] = left - 1
            return 202, b"half of it is there"
        if left == 0:
            self.deployed.append(f"{request['release']} to {request['environment']} of {request['repositoryIdentifier']}")
            self._left[key] = -1
        return 200, json.dumps({"url": f"https://deploy.example/{request['environment']}"}).encode()

    def _stop(self, key: str) -> tuple[int, bytes]:
        self._stopped.add(key)
        return 200, b""


def _handler(receiver: ReleaseWebhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, answer = receiver.receive({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler
