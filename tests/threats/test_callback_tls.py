"""Whoever is called back proves to be the host that was named, at whatever address it was looked up."""

import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server, socket

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import CertificateBuilder, DNSName, Name, NameAttribute, SubjectAlternativeName
from cryptography.x509.oid import NameOID

from integrations.webhooks.client import NoAnswer
from integrations.webhooks.guarded import GuardedClient, parse_allowed

NAME = "hooks.acme.internal"


@dataclass
class Heard:
    port: int = 0
    names: list[str | None] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)


def whole(connection: ssl.SSLSocket) -> bytes:
    """Read a request of ours to its end: closing on a body still under way would reset the connection."""
    read = b""
    while not read.endswith(b"{}") and (more := connection.recv(65_536)):
        read += more
    return read


@contextmanager
def https(file: Path, name: str) -> Iterator[Heard]:
    """Listen once, with a certificate of that name, which is kept in the file."""
    key, now, own = generate_private_key(SECP256R1()), datetime.now(UTC), Name([NameAttribute(NameOID.COMMON_NAME, name)])
    made = CertificateBuilder(own, own, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    certificate = made.add_extension(SubjectAlternativeName([DNSName(name)]), critical=False).sign(key, SHA256())
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM))
    heard, tls = Heard(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    tls.sni_callback = lambda _, asked, __: heard.names.append(asked)

    def serve(listener: socket) -> None:
        with suppress(OSError), tls.wrap_socket(listener.accept()[0], server_side=True) as connection:
            heard.requests.append(whole(connection))
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with create_server(("127.0.0.1", 0)) as listener:
        heard.port = listener.getsockname()[1]
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield heard
        thread.join(5)


def client(trusted: Path) -> GuardedClient:
    async def resolve(name: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    return GuardedClient(parse_allowed([NAME]), resolve, ssl.create_default_context(cafile=str(trusted)))


def test_a_host_is_called_by_its_name_at_the_address_that_was_looked_at(tmp_path: Path) -> None:
    with https(tmp_path / "one.pem", NAME) as heard:
        answer = client(tmp_path / "one.pem").post(f"https://{NAME}:{heard.port}/hook", b"{}", {}, seconds=5)
    assert (answer.status, heard.names) == (204, [NAME])
    assert heard.requests[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert f"host: {NAME}:{heard.port}\r\n".encode() in heard.requests[0].lower()


def test_a_host_with_anothers_certificate_is_told_nothing(tmp_path: Path) -> None:
    with https(tmp_path / "other.pem", "other.acme.internal") as heard, pytest.raises(NoAnswer):
        client(tmp_path / "other.pem").post(f"https://{NAME}:{heard.port}/hook", b"{}", {}, seconds=5)
    assert (heard.names, heard.requests) == ([NAME], [])
