import asyncio
import gzip
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import CertificateBuilder, Name, NameAttribute
from cryptography.x509.oid import NameOID

from integrations.webhooks.client import LARGEST_ANSWER, NoAnswer, WebhookClient

DEADLINE = 0.4
Play = Callable[[socket.socket], None]


@contextmanager
def server(play: Play) -> Iterator[tuple[str, list[bytes]]]:
    """Listen, read one request a connection, and then do as the test says; yield the address and what was received."""
    received: list[bytes] = []
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            received.append(connection.recv(65_536))
            play(connection)
            over.wait(10)

    def accept() -> None:
        with suppress(OSError):
            while not over.is_set():
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}", received
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)


def say(*parts: bytes, pause: float = 0.0, repeat: int = 1) -> Play:
    def play(connection: socket.socket) -> None:
        for _ in range(repeat):
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)

    return play


def letters(text: bytes) -> list[bytes]:
    return [text[i:i + 1] for i in range(len(text))]


def post(url: str, **more: Any) -> Any:
    return WebhookClient().post(url, b"{}", {"x-test": "1"}, seconds=DEADLINE, **more)


def test_an_answer_is_its_status_and_body() -> None:
    with server(say(b"HTTP/1.1 418 Teapot\r\ncontent-length: 5\r\n\r\nhello")) as (address, received):
        answer = post(f"http://{address}/path?a=b")

    assert (answer.status, answer.body, answer.cut) == (418, b"hello", False)
    assert received[0].startswith(b"POST /path?a=b HTTP/1.1\r\n")
    assert b"x-test: 1" in received[0]


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n"
FOUND = b"HTTP/1.1 302 Found\r\nlocation: http://%s/\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize("play", [
    pytest.param(say(), id="black hole"),
    pytest.param(say(*letters(OK), pause=0.05), id="headers letter by letter"),
    pytest.param(say(OK, *letters(b"x" * 40), pause=0.05), id="body letter by letter"),
    pytest.param(say(b"HTTP/1.1 103 Early Hints\r\n\r\n", pause=0.01, repeat=1000), id="hints for ever"),
    pytest.param(say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 40, pause=0.05), id="chunks for ever"),
])
def test_the_deadline_holds_over_the_whole_answer(play: Play) -> None:
    with server(play) as (address, received):
        began = time.monotonic()
        with pytest.raises(NoAnswer, match=r"within 0\.4 s"):
            post(f"http://{address}/")
        took = time.monotonic() - began

    assert len(received) == 1
    assert DEADLINE <= took < DEADLINE + 0.4


def test_the_deadline_holds_over_a_tls_handshake_that_never_comes() -> None:
    with server(say()) as (address, received):
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="within"):
            post(f"https://{address}/")

    assert time.monotonic() - began < DEADLINE + 0.4
    assert received[0][0] == 0x16, "a handshake was begun"


def test_the_deadline_holds_over_a_connection_that_is_never_accepted() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="within"):
            post(f"http://127.0.0.1:{full.getsockname()[1]}/")
        took = time.monotonic() - began
        for each in waiting:
            each.close()

    assert DEADLINE <= took < DEADLINE + 0.4


class SlowNames(asyncio.SelectorEventLoop):
    """A loop whose resolver takes its time in a thread of the loop's own, as getaddrinfo does."""

    async def getaddrinfo(self, *_: Any, **__: Any) -> Any:
        return await self.run_in_executor(None, time.sleep, 2)


def test_the_deadline_holds_over_a_name_that_is_looked_up_for_ever() -> None:
    began = time.monotonic()
    with pytest.raises(NoAnswer, match="within"):
        WebhookClient(SlowNames).post("http://receiver.example/", b"", {}, seconds=DEADLINE)

    assert time.monotonic() - began < DEADLINE + 0.4


def test_of_an_endless_body_only_the_beginning_is_read() -> None:
    with server(say(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 65_536] * 1600)) as (address, _):
        answer = WebhookClient().post(f"http://{address}/", b"", {}, seconds=5)

    assert answer.cut
    assert len(answer.body) == LARGEST_ANSWER


def test_a_packed_body_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    with server(say(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb) + bomb)) as (address, received):
        answer = post(f"http://{address}/")

    assert answer.body == bomb
    assert b"accept-encoding: identity" in received[0].lower()


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with server(say(OK)) as (other, reached), server(say(FOUND % other.encode())) as (address, _):
        assert post(f"http://{address}/").status == 302

    assert reached == []


@pytest.mark.parametrize("play", [
    pytest.param(lambda c: c.shutdown(socket.SHUT_RDWR), id="hangs up"),
    pytest.param(say(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), id="speaks another protocol"),
    pytest.param(say(b"HTTP/1.1 200 OK\r\n", *[b"x: " + b"y" * 60_000 + b"\r\n"] * 10), id="headers without end"),
])
def test_what_is_no_http_is_no_answer(play: Play) -> None:
    with server(play) as (address, _), pytest.raises(NoAnswer, match=r"^no answer: RemoteProtocolError$"):
        post(f"http://{address}/")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/a-secret", "http://no-such-name.invalid/a-secret", "http://[bad/", "ftp://x/", "none"])
def test_nobody_there_is_no_answer_and_the_address_is_not_told(url: str) -> None:
    with pytest.raises(NoAnswer) as none:
        WebhookClient().post(url, b"", {}, seconds=5)

    assert url not in str(none.value)
    assert none.value.__cause__ is None


def test_a_certificate_that_nobody_vouches_for_is_no_answer(tmp_path: Path) -> None:
    key = generate_private_key(SECP256R1())
    name, now = Name([NameAttribute(NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    certificate = CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1)).sign(key, SHA256())
    (tmp_path / "both.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "both.pem")
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError), tls.wrap_socket(listener.accept()[0], server_side=True) as connection:
                seen.append(connection.recv(65_536))

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(NoAnswer, match="ConnectError"):
            WebhookClient().post(f"https://localhost:{listener.getsockname()[1]}/", b"secret", {}, seconds=5)
        thread.join(5)

    assert seen == []


def holds_in_a_child(check: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if check() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_environment_redirects_nothing() -> None:
    """In a process of its own, since the environment belongs to all."""
    with server(say(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")) as (address, received), server(say()) as (proxy, asked):

        def ask() -> bool:
            os.environ |= {"http_proxy": f"http://{proxy}", "all_proxy": f"http://{proxy}", "HTTP_PROXY": f"http://{proxy}"}
            return bool(post(f"http://{address}/").status == 200)

        assert holds_in_a_child(ask)

    assert len(received) == 1
    assert asked == []


def test_one_client_serves_threads_and_forked_children_alike() -> None:
    client = WebhookClient()
    with server(say(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")) as (address, received):

        def ask(_: int) -> bytes:
            return client.post(f"http://{address}/", b"", {}, seconds=5).body

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(ask, range(40))) == [b"ok"] * 40
        assert holds_in_a_child(lambda: ask(0) == b"ok")

    assert len(received) == 41


def test_a_client_may_be_used_where_a_loop_is_running() -> None:
    """From a thread beside it, as everywhere in the service."""
    with server(say(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")) as (address, _):

        async def ask() -> int:
            return (await asyncio.to_thread(post, f"http://{address}/")).status  # type: ignore[no-any-return]

        assert asyncio.run(ask()) == 200
