"""A service that answers as it was told to, and remembers what it was asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PREFIX = "/sfp/api/flows/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class ServiceDouble:
    """`answers` by "METHOD path"; of several, each is given once and the last one again and again."""

    url: str = ""
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def on(self, what: str, body: Any, status: int = 200, **headers: str) -> None:
        self.answers.setdefault(what, []).append(Answer(status, body, {k.replace("_", "-"): v for k, v in headers.items()}))

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        scripted = self.answers.get(f"{asked.method} {asked.path.partition('?')[0]}")
        if not scripted:
            return Answer(404, {"statusCode": 404, "message": f"There is no {asked.path}.", "error": "Not Found"})
        return scripted.pop(0) if len(scripted) > 1 else scripted[0]


@contextmanager
def served() -> Iterator[ServiceDouble]:
    double = ServiceDouble()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path, sent = self.path.removeprefix(PREFIX), json.loads(body) if body else None
            answer = double.answer(Asked(method=self.command, path=path, headers=dict(self.headers), body=sent))
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(content)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    double.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield double
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
