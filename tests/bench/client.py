"""A client that keeps its connection, for one request at a time."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection

from core.domain.json import Json

LONGEST_REST = 2.0  # seconds; a server hangs up after five


class Refused(Exception):
    """An answer is not what the bench expects."""


@dataclass(slots=True)
class Client:
    port: int
    _connection: HTTPConnection = field(init=False)
    _used: float = 0.0

    def __post_init__(self) -> None:
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=30)

    def call(self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, Json] | None = None) -> Json:
        if time.monotonic() - self._used > LONGEST_REST:
            self.close()
        content = json.dumps(body) if body is not None else None
        self._connection.request(method, path, content, {"Content-Type": "application/json", **headers})
        answer = self._connection.getresponse()
        said, self._used = answer.read(), time.monotonic()
        if answer.status not in (200, 201):
            raise Refused(f"{answer.status} {said[:500]!r}")
        value: Json = json.loads(said)
        return value

    def close(self) -> None:
        self._connection.close()
