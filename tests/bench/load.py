"""Load from a process of its own: some clients, each doing the same few requests for one item after another.

`python -m tests.bench.load` reads a plan from stdin and writes to stdout how long every request took. Raw HTTP, so that it costs little.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import uvloop


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request. In its path and body, `@item@` stands for the item, `@client@` for the client, `@id@` for the `id` that came before."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str

    def request(self, item: str, found: str, client: int) -> bytes:
        path, body = (text.replace("@item@", item).replace("@id@", found).replace("@client@", str(client))
                      for text in (self.path, self.body))
        content = body.encode()
        headers = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(content)), **self.headers}
        return "\r\n".join([f"{self.method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items()), "", ""]).encode() + content


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`items`: those of each client. It ends with them, or after some seconds."""

    port: int
    exchanges: Sequence[Exchange]
    items: Sequence[Sequence[str]]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`done`: for how many items all was done, in `seconds`. `times`: of each exchange, in ms."""

    done: int
    seconds: float
    times: Sequence[Sequence[float]]

    @property
    def rate(self) -> float:
        return self.done / self.seconds


def write_plan(plan: Plan) -> str:
    return json.dumps(asdict(plan))


def read_outcome(text: str) -> Outcome:
    return Outcome(**json.loads(text))


async def put_under_load(plan: Plan) -> Outcome:
    """Every client is connected before the first begins."""
    connections = [await asyncio.open_connection("127.0.0.1", plan.port) for _ in plan.items]
    times: list[list[float]] = [[] for _ in plan.exchanges]
    began = time.perf_counter()
    done = await asyncio.gather(*(
        _client(plan, number, *connection, began + plan.seconds, times) for number, connection in enumerate(connections)))
    seconds = time.perf_counter() - began
    for _, writer in connections:
        writer.close()
    return Outcome(done=sum(done), seconds=seconds, times=times)


async def _client(plan: Plan, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, until: float,
                  times: list[list[float]]) -> int:
    done = 0
    for item in plan.items[number]:
        if time.perf_counter() >= until:
            break
        found = ""
        for exchange, took in zip(plan.exchanges, times, strict=True):
            began = time.perf_counter()
            writer.write(exchange.request(item, found, number))
            body = await _answer(reader)
            took.append((time.perf_counter() - began) * 1_000)
            found = _id(body) if exchange is not plan.exchanges[-1] else ""
        done += 1
    return done


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = next((int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0)
    body = await reader.readexactly(length)
    if not head.startswith((b"http/1.1 200", b"http/1.1 201")):
        raise SystemExit(f"refused: {head.partition(b' ')[2][:30]!r} {body[:500]!r}")
    return body


def _id(body: bytes) -> str:
    value: dict[str, Any] = json.loads(body)
    return str(value["id"])


if __name__ == "__main__":
    given = json.load(sys.stdin)
    asked = Plan(**{**given, "exchanges": [Exchange(**each) for each in given["exchanges"]]})
    print(json.dumps(asdict(uvloop.run(put_under_load(asked)))))
