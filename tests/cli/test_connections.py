"""What somebody without a token can keep the server from doing, by speaking slowly, too much or not at all: nothing."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread
from typing import Any

import pytest
from uvicorn import Config, Server

from api.cli.connections import LARGEST_HEAD, Connection

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


class Hasty(Connection):
    """One that waits for less long."""

    head_seconds = 0.5


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Answer with how much came."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    body = str(size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    server = Server(Config(hello, host="127.0.0.1", port=0, http=Hasty, ws="none", lifespan="off", log_config=None))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield server.servers[0].sockets[0].getsockname()
    server.should_exit = True
    thread.join()


@pytest.fixture
def connection(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=3) as connection:
        yield connection


def closed(connection: socket.socket) -> bool:
    """Whether the other side hangs up without a word, before the test gives up on it."""
    try:
        return connection.recv(1_000) == b""
    except ConnectionError:
        return True


def answered(connection: socket.socket) -> bytes:
    answer = b""
    while b"\r\n\r\n" not in answer or answer.endswith(b"\r\n\r\n"):
        part = connection.recv(1_000)
        assert part, answer
        answer += part
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    return answer.rpartition(b"\r\n\r\n")[2]


def test_who_says_nothing_is_hung_up_on(connection: socket.socket) -> None:
    assert closed(connection)


@pytest.mark.parametrize("begin", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: x\r\n", b"\r\n"])
def test_who_does_not_finish_is_hung_up_on(connection: socket.socket, begin: bytes) -> None:
    connection.sendall(begin)
    assert closed(connection)


def sent_until_closed(connection: socket.socket, part: bytes, *, pause: float, most: int) -> int:
    """Go on sending until the other side hangs up; return how much it took."""
    connection.settimeout(pause)
    for sent in range(0, most, len(part)):
        try:
            connection.sendall(part)
            if connection.recv(1) == b"":
                return sent
        except TimeoutError:
            continue
        except ConnectionError:
            return sent
    raise AssertionError("it is still open")


def test_who_drips_is_hung_up_on(connection: socket.socket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\n")
    assert sent_until_closed(connection, b"x: y\r\n", pause=0.1, most=200) < 100


@pytest.mark.parametrize("part", [b"x-y: " + b"z" * 10_000 + b"\r\n", b"z" * 10_000])
def test_who_sends_headers_without_end_is_hung_up_on(connection: socket.socket, part: bytes) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\nx-first: ")
    assert sent_until_closed(connection, part, pause=0.002, most=20_000_000) < 2_000_000


def test_a_token_of_100_kilobytes_is_still_read_and_answered(connection: socket.socket) -> None:
    assert LARGEST_HEAD > 2 * 100_000
    connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer " + b"x" * 100_000 + b"\r\n\r\n")
    assert answered(connection) == b"0"


def test_a_body_may_be_larger_and_come_later(connection: socket.socket) -> None:
    connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n")
    connection.settimeout(0.8)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    connection.sendall(b"x" * 1_000_000)
    assert answered(connection) == b"1000000"


def test_one_connection_has_many_requests_each_with_its_own_time(connection: socket.socket) -> None:
    for _ in range(5):
        connection.sendall(GET[:10])
        with suppress(TimeoutError):
            connection.settimeout(0.2)
            assert connection.recv(1) == b"x"
        connection.sendall(GET[10:])
        connection.settimeout(3)
        assert answered(connection) == b"0"
    connection.sendall(GET[:-2])
    assert closed(connection)


def test_requests_sent_in_one_go_are_all_answered(connection: socket.socket) -> None:
    connection.sendall(GET * 3)
    got = b""
    while got.count(b"HTTP/1.1 200") < 3:
        got += connection.recv(1_000)


def test_an_upgrade_is_answered_like_any_request(connection: socket.socket) -> None:
    connection.sendall(GET[:-2] + b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
                       b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    assert answered(connection) == b"0"
