"""A program that listens for callbacks, on this machine: it keeps what it is sent and answers as a test says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


@dataclass
class CallbackListener:
    """`answers`: status, headers and body, one after the other; the last for ever. `got`: headers and body of each request.

    `file`: where what it got stands too, a line each, if it is to outlive whoever asks.
    """

    url: str = ""
    file: Path | None = None
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=lambda: [(204, {}, b"")])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def says(self, *statuses: int, body: bytes = b"", **headers: str) -> None:
        self.answers = [(status, {name.replace("_", "-"): value for name, value in headers.items()}, body) for status in statuses]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]


@contextmanager
def listening(given: CallbackListener | None = None) -> Iterator[CallbackListener]:
    double = given or CallbackListener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers_got = {name.lower(): value for name, value in self.headers.items()}
            double.got.append((headers_got, body))
            if double.file is not None:
                with open(double.file, "a") as file:
                    file.write(json.dumps({"headers": headers_got, "body": body.decode()}) + "\n")
            status, headers, said = double.answers.pop(0) if len(double.answers) > 1 else double.answers[0]
            with suppress(OSError):
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(said))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    double.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
