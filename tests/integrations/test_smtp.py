"""Mail by SMTP, against a real server: encrypted, signed in, and told apart by what is worth another try."""

import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.ports.mail import Letter, NotNow, PostAway, PostRefused
from integrations.smtp.message import message_of
from integrations.smtp.postman import SmtpPostman
from integrations.smtp.server import Server, parse_server
from tests.doubles.mail_server import MailServer, certificate, mail_server

SENDER = "placet@acme.org"
LETTER = Letter(id="b1", to="bob@acme.org", subject="Waits for you: Zürich · acme/app", text="Grüße\n", html="<p>Grüße</p>",
                account="https://placet.example.com/account")
PASSWORD = "correct horse"  # pragma: allowlist secret


def sends(url: str, letter: Letter = LETTER, **given: object) -> None:
    SmtpPostman(parse_server(url), SENDER, seconds=2, **given).send(letter)  # type: ignore[arg-type]


def why(sending: Callable[[], None], kind: type[Exception]) -> str:
    with pytest.raises(kind) as raised:
        sending()
    assert type(raised.value) is kind
    assert "bob" not in str(raised.value)
    assert "horse" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(("url", "server"), [
    ("smtp://mail.acme.org", Server(host="mail.acme.org", port=587, tls=False, starttls=True)),
    ("smtps://mail.acme.org/", Server(host="mail.acme.org", port=465, tls=True, starttls=False)),
    ("smtp://placet:p%40ss%3Aword@mail.acme.org:2525",  # pragma: allowlist secret
     Server(host="mail.acme.org", port=2525, tls=False, starttls=True, user="placet", password="p@ss:word")),  # pragma: allowlist secret
    ("smtp://relay.internal:25?tls=off", Server(host="relay.internal", port=25, tls=False, starttls=False)),
    ("smtp://localhost:1025", Server(host="localhost", port=1025, tls=False, starttls=False)),
    ("smtp://[::1]:1025", Server(host="::1", port=1025, tls=False, starttls=False)),
])
def test_an_address_says_where_and_how(url: str, server: Server) -> None:
    assert parse_server(url) == server
    assert "p@ss" not in repr(server)


def test_a_password_may_come_from_elsewhere() -> None:
    assert parse_server("smtp://placet@mail.acme.org", "hunter2").password == "hunter2"  # pragma: allowlist secret


@pytest.mark.parametrize(("url", "password", "said"), [
    ("http://mail.acme.org", None, "it is smtp://"), ("smtp://", None, "it is smtp://"), ("smtp://mail.acme.org/box", None, "it is smtp://"),
    ("smtp://mail.acme.org:x", None, "no address"), ("smtp://mail.acme.org:99999", None, "no address"),
    ("smtp://mail.acme.org?starttls=no", None, "tls=off"),
    ("smtp://placet:hunter2@mail.acme.org?tls=off", None, "read by others"),  # pragma: allowlist secret
    ("smtps://mail.acme.org?tls=off", None, "nothing without TLS"),
    ("smtp://placet:hunter2@mail.acme.org", "another", "two passwords"),  # pragma: allowlist secret
    ("smtp://placet@mail.acme.org", None, "belong together"), ("smtp://mail.acme.org", "hunter2", "belong together"),
])
def test_a_wrong_address_is_told_without_its_password(url: str, password: str | None, said: str) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        parse_server(url, password)
    assert "hunter2" not in str(refused.value)


def test_a_letter_arrives_whole_in_both_parts() -> None:
    with mail_server() as server:
        sends(f"smtp://127.0.0.1:{server.port}")
    [(to, mail)] = server.got
    assert (to, mail["Subject"], mail["Message-ID"]) == ("bob@acme.org", LETTER.subject, "<b1@acme.org>")
    assert [part.get_content().strip() for part in mail.iter_parts()] == [LETTER.text.strip(), LETTER.html]


def test_a_password_is_said_only_under_tls(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path / "cert.pem")
    with mail_server(starttls=theirs, auth=True) as server:
        where = Server(host="localhost", port=server.port, tls=False, starttls=True, user="placet", password=PASSWORD)
        SmtpPostman(where, SENDER, seconds=2, tls=ours).send(LETTER)
    assert (server.encrypted, server.signed_in) == ([True], ["placet"])


def test_tls_from_the_first_byte_on(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path / "cert.pem")
    with mail_server(tls=theirs) as server:
        sends(f"smtps://localhost:{server.port}", tls=ours)
    assert len(server.got) == 1


@pytest.mark.parametrize("name", ["localhost", "another.example"])
def test_a_certificate_that_nobody_vouches_for_or_of_another_gets_neither_password_nor_mail(tmp_path: Path, name: str) -> None:
    theirs, trusting = certificate(tmp_path / "cert.pem", name)
    with mail_server(starttls=theirs, auth=True) as server:
        where = Server(host="localhost", port=server.port, tls=False, starttls=True, user="placet", password=PASSWORD)
        tls = trusting if name != "localhost" else ssl.create_default_context()
        assert "SSLCertVerificationError" in why(lambda: SmtpPostman(where, SENDER, seconds=2, tls=tls).send(LETTER), PostAway)
    assert (server.got, server.signed_in) == ([], [])


def test_a_server_that_strips_starttls_gets_nothing() -> None:
    with mail_server() as server:
        where = Server(host="localhost", port=server.port, tls=False, starttls=True, user="placet", password=PASSWORD)
        assert "no STARTTLS" in why(lambda: SmtpPostman(where, SENDER, seconds=2).send(LETTER), PostAway)
    assert server.got == []


def test_a_wrong_password_is_the_operators_matter_and_nobodys_refusal(tmp_path: Path) -> None:
    theirs, ours = certificate(tmp_path / "cert.pem")
    with mail_server(starttls=theirs, auth=True) as server:
        where = Server(host="localhost", port=server.port, tls=False, starttls=True, user="placet", password="wrong horse")
        assert why(lambda: SmtpPostman(where, SENDER, seconds=2, tls=ours).send(LETTER), PostAway) == "the server answered 535"


@pytest.mark.parametrize(("answer", "kind", "said"), [
    ("550 no such user", PostRefused, "the server refuses whom it is for (550)"),
    ("450 greylisted", NotNow, "the server does not take whom it is for now (450)"),
])
def test_what_is_said_of_a_recipient_is_told_apart(answer: str, kind: type[Exception], said: str) -> None:
    with mail_server(MailServer(answers={"bob@acme.org": answer})) as server:
        assert why(lambda: sends(f"smtp://127.0.0.1:{server.port}"), kind) == said


@pytest.mark.parametrize(("answer", "kind"), [("554 looks like spam", PostRefused), ("451 try again", NotNow)])
def test_what_is_said_of_the_mail_is_told_apart(answer: str, kind: type[Exception]) -> None:
    with mail_server(MailServer(after_data=answer)) as server:
        why(lambda: sends(f"smtp://127.0.0.1:{server.port}"), kind)


def test_a_server_that_says_nothing_is_left_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        postman = SmtpPostman(parse_server(f"smtp://127.0.0.1:{silent.getsockname()[1]}"), SENDER, seconds=0.3)
        assert "does not answer" in why(lambda: postman.send(LETTER), PostAway)
        assert time.monotonic() - began < 3


def test_to_check_a_server_sends_nothing() -> None:
    with mail_server() as server:
        SmtpPostman(parse_server(f"smtp://127.0.0.1:{server.port}"), SENDER, seconds=2).check()
        closed = server.port
    assert server.got == []
    with pytest.raises(PostAway):
        SmtpPostman(parse_server(f"smtp://127.0.0.1:{closed}"), SENDER, seconds=2).check()


def test_a_server_that_does_not_let_us_send_is_the_operators_matter_and_the_check_says_so() -> None:
    with mail_server(MailServer(answers={SENDER: "553 not your address"})) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        assert why(lambda: sends(url), PostAway) == "the server answered 553"
        assert why(lambda: SmtpPostman(parse_server(url), SENDER, seconds=2).check(), PostAway) == "the server answered 553"


def test_an_address_beyond_ascii_is_sent_where_the_server_takes_it() -> None:
    with mail_server() as server:
        sends(f"smtp://127.0.0.1:{server.port}", Letter(id="b2", to="jürgen@acme.org", subject="x", text="x\n", html="<p>x</p>"))
    assert [to for to, _ in server.got] == ["jürgen@acme.org"]


@pytest.mark.parametrize("field", ["to", "subject", "account", "id"])
def test_no_text_of_a_letter_begins_a_header(field: str) -> None:
    given = {"id": "b1", "to": "bob@acme.org", "subject": "x", "account": "https://placet.example.com/account"}
    with pytest.raises(PostRefused):
        message_of(Letter(text="x", html="x", **given | {field: given[field] + "\r\nBcc: eve@other.org"}), SENDER)
