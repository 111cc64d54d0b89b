"""Long answers as a client receives them, and the memory that the service needs to give them."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from threading import Event, Thread

from tests.bench.client import Refused
from tests.bench.company import API
from tests.bench.placet import Service
from tests.bench.processes import Group

LOOK_EVERY = 0.02  # seconds
AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """`first_byte`: after how many ms. `memory`: by how many MB the service grew meanwhile. `end`: its last bytes."""

    first_byte: float
    seconds: float
    size: int
    memory: float
    end: bytes


@dataclass(slots=True)
class Peak:
    memory: float = 0.0
    _over: Event = field(default_factory=Event)

    def watch(self, group: Group) -> None:
        while not self._over.wait(LOOK_EVERY):
            self.memory = max(self.memory, group.pss())

    def end(self) -> None:
        self._over.set()


def stream(service: Service, path: str, headers: Mapping[str, str]) -> Streamed:
    connection = HTTPConnection("127.0.0.1", service.port, timeout=120)
    before = service.group.pss()
    with _watched(service.group) as peak:
        began = time.perf_counter()
        connection.request("GET", API + path, headers=dict(headers))
        answer = connection.getresponse()
        part = answer.read1(AT_ONCE)
        first_byte, size, end = (time.perf_counter() - began) * 1_000, 0, b""
        while part:
            size, end = size + len(part), (end + part)[-100:]
            part = answer.read1(AT_ONCE)
        seconds = time.perf_counter() - began
    connection.close()
    if answer.status != 200:
        raise Refused(f"{answer.status} {end!r}")
    return Streamed(first_byte=first_byte, seconds=seconds, size=size, memory=max(0.0, peak.memory - before), end=end)


@contextmanager
def _watched(group: Group) -> Iterator[Peak]:
    peak = Peak()
    watching = Thread(target=peak.watch, args=[group], daemon=True)
    watching.start()
    try:
        yield peak
    finally:
        peak.end()
        watching.join()
