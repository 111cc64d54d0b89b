"""A mail server on this machine: it keeps what it is sent, in a file if it is to outlive its senders, and refuses what a test says."""

import asyncio
import email
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Thread
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import CertificateBuilder, DNSName, Name, NameAttribute, SubjectAlternativeName
from cryptography.x509.oid import NameOID


@dataclass
class MailServer:
    """`answers`: what it says to a sender or recipient instead of taking them; `after_data`: to whatever mail it was given."""

    file: Path | None = None
    answers: dict[str, str] = field(default_factory=dict)
    after_data: str = ""
    got: list[tuple[str, EmailMessage]] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0

    def to(self, who: str) -> list[EmailMessage]:
        return [message for to, message in self.got if to.partition("@")[0] == who]

    def subjects(self, who: str) -> list[str]:
        return [str(message["Subject"]) for message in self.to(who)]

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.after_data:
            return self.after_data
        content = cast(bytes, envelope.content)
        message = email.message_from_bytes(content, policy=default)
        self.got += [(to, message) for to in envelope.rcpt_tos]
        self.encrypted.append(session.ssl is not None)
        if self.file is not None:
            with open(self.file, "a") as file:
                file.writelines(json.dumps({"to": to, "id": str(message["Message-ID"]), "text": content.decode()}) + "\n"
                                for to in envelope.rcpt_tos)
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        if not isinstance(given, LoginPassword) or given.password != b"correct horse":
            return AuthResult(success=False, handled=False)
        self.signed_in.append(given.login.decode())
        return AuthResult(success=True)


@contextmanager
def mail_server(double: MailServer | None = None, *, port: int = 0, tls: ssl.SSLContext | None = None,
                starttls: ssl.SSLContext | None = None, auth: bool = False) -> Iterator[MailServer]:
    """`tls`: from the first byte on. `starttls`: offered, and demanded before anybody signs in. `auth`: whoever sends signs in."""
    double, loop = double or MailServer(), asyncio.new_event_loop()

    def protocol() -> SMTP:
        return SMTP(double, hostname="localhost", loop=loop, enable_SMTPUTF8=True, tls_context=starttls, auth_required=auth,
                    auth_require_tls=starttls is not None, authenticator=double.authenticate)

    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", port, ssl=tls))
    double.port = server.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield double
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def certificate(file: Path, name: str = "localhost") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's side of TLS, and that of a client who trusts it. The file gets the certificate, of that name, and its key."""
    key, now, own = generate_private_key(SECP256R1()), datetime.now(UTC), Name([NameAttribute(NameOID.COMMON_NAME, name)])
    made = CertificateBuilder(own, own, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    signed = made.add_extension(SubjectAlternativeName([DNSName(name)]), critical=False).sign(key, SHA256())
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=signed.public_bytes(Encoding.PEM).decode())
