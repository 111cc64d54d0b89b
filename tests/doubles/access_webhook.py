"""A receiver of access webhooks that keeps its promises, misbehaves on demand, and writes down what it did.

`python -m tests.doubles.access_webhook --ledger FILE` runs it as a process of its own and prints its URL.
"""

import argparse
import json
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal, TypeAlias

from standardwebhooks import Webhook, WebhookVerificationError

from core.domain.json import timestamp

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"  # pragma: allowlist secret
FIELDS = {"type": str, "key": str, "subject": str, "target": str, "level": str, "durationMinutes": int, "reason": str, "executionId": str}

Deed: TypeAlias = Literal["granted", "granted again", "refused", "revoked", "revoked unseen", "revoked again", "unauthorised", "malformed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request, and what came of it. `taken_away`: whether the subject has no such access any more."""

    at: float
    deed: Deed
    message: str
    key: str = ""
    subject: str = ""
    target: str = ""
    level: str = ""
    taken_away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with one request: `drop` does it and says nothing, `status` does nothing and says that, `wait` comes first."""

    drop: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    wait: float = 0.0


@dataclass(slots=True)
class Known:
    """What the receiver remembers of a key."""

    access: tuple[str, str, str]
    activated_at: datetime | None
    revoked: bool = False

    @property
    def live(self) -> bool:
        return self.activated_at is not None and not self.revoked


class AccessWebhook:
    """`faults` are used up one by one, then `luck` decides; `ledger` only grows, and likewise the file of JSON lines."""

    def __init__(self, *, secret: str = SECRET, ledger_file: Path | None = None, port: int = 0, luck: Callable[[], Fault] = Fault):
        self.ledger: list[Entry] = []
        self.faults: list[Fault] = []
        self._known: dict[str, Known] = {}
        self._webhook = Webhook(secret)
        self._luck = luck
        self._lock = threading.Lock()
        self._file = None if ledger_file is None else os.open(ledger_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/access"

    def __enter__(self) -> "AccessWebhook":
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        with self._lock:  # a request that hangs until now must not write to whatever gets this file's number next
            file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def live(self) -> set[tuple[str, str, str]]:
        """Return (subject, target, level) of whoever has access."""
        with self._lock:
            return {known.access for known in self._known.values() if known.live}

    def deeds(self, key: str | None = None) -> list[Deed]:
        with self._lock:
            return [entry.deed for entry in self.ledger if key in (None, entry.key)]

    def next_fault(self) -> Fault:
        with self._lock:
            return self.faults.pop(0) if self.faults else self._luck()

    def receive(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str] | None]:
        """Verify a request and do what it says, once for its key; return the answer."""
        with self._lock:
            message = headers.get("webhook-id", "")
            try:
                self._webhook.verify(body, dict(headers), json_parse=False)
            except (WebhookVerificationError, ValueError):
                self._write(Entry(at=time.time(), deed="unauthorised", message=message))
                return 401, {"error": "bad signature"}
            asked = _parse(body)
            if asked is None or headers.get("idempotency-key") != asked["key"]:
                self._write(Entry(at=time.time(), deed="malformed", message=message))
                return 400, {"error": "malformed request"}
            access = (str(asked["subject"]), str(asked["target"]), str(asked["level"]))
            known = self._known.get(str(asked["key"]))
            if known is not None and known.access != access:
                self._write(Entry(at=time.time(), deed="malformed", message=message))
                return 400, {"error": "key used for other access"}
            act = self._grant if asked["type"] == "access.grant" else self._revoke
            return act(str(asked["key"]), access, known, message)

    def _grant(self, key: str, access: tuple[str, str, str], known: Known | None, message: str) -> tuple[int, dict[str, str] | None]:
        if known is not None and known.revoked:
            self._did("refused", message, key, access)
            return 409, {"error": "revoked"}
        at = known.activated_at if known is not None else None
        self._did("granted again" if at else "granted", message, key, access)
        if at is None:
            at = datetime.now(UTC)
            self._known[key] = Known(access, at)
        return 200, {"activatedAt": timestamp(at)}

    def _revoke(self, key: str, access: tuple[str, str, str], known: Known | None, message: str) -> tuple[int, dict[str, str] | None]:
        others = any(k.live and k.access == access for name, k in self._known.items() if name != key)
        deed: Deed = "revoked unseen" if known is None else "revoked again" if known.revoked else "revoked"
        self._did(deed, message, key, access, taken_away=not others)
        self._known[key] = Known(access, known.activated_at if known else None, revoked=True)
        return 204, None

    def _did(self, deed: Deed, message: str, key: str, access: tuple[str, str, str], *, taken_away: bool = False) -> None:
        subject, target, level = access
        self._write(Entry(at=time.time(), deed=deed, message=message, key=key, subject=subject, target=target, level=level,
                          taken_away=taken_away))

    def _write(self, entry: Entry) -> None:
        self.ledger.append(entry)
        if self._file is not None:
            os.write(self._file, json.dumps(asdict(entry)).encode() + b"\n")


def bad_luck(seed: int, *, share: float = 0.15, hang: float = 1.0) -> Callable[[], Fault]:
    """Let this share of requests go wrong: done and not answered, hung, or not done and answered by 503 or 429."""
    chance = random.Random(seed)
    mishaps = (Fault(drop=True), Fault(wait=hang), Fault(status=503), Fault(status=429, headers={"retry-after": "1"}))

    def next_fault() -> Fault:
        return chance.choice(mishaps) if chance.random() < share else Fault()

    return next_fault


def read_ledger(file: Path) -> list[Entry]:
    """Return what a receiver in another process has written."""
    return [Entry(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def _parse(body: bytes) -> dict[str, object] | None:
    try:
        asked = json.loads(body)
    except ValueError:
        return None
    if not isinstance(asked, dict) or asked.get("type") not in ("access.grant", "access.revoke"):
        return None
    if any(type(asked.get(name)) is not kind for name, kind in FIELDS.items()):
        return None
    return asked


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what these tests are about."""


def _handler(receiver: AccessWebhook) -> type[BaseHTTPRequestHandler]:
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


def main() -> None:
    parser = argparse.ArgumentParser(description="A receiver of access webhooks for trying things out.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("--secret", default=SECRET)
    parser.add_argument("--bad-luck", type=int, metavar="SEED", help="let some requests go wrong")
    given = parser.parse_args()
    luck = Fault if given.bad_luck is None else bad_luck(given.bad_luck)
    receiver = AccessWebhook(secret=given.secret, ledger_file=given.ledger, port=given.port, luck=luck)
    print(receiver.url, flush=True)
    receiver.serve()


if __name__ == "__main__":
    main()
