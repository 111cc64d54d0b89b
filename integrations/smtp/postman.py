"""Mail, handed over to a server by SMTP."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from smtplib import SMTP, SMTP_SSL, SMTPDataError, SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException

from core.ports.mail import Letter, NotNow, PostAway, PostRefused
from integrations.smtp.message import message_of
from integrations.smtp.server import Server

SECONDS = 10.0  # for the connection, and for each answer
FAILURE, PERMANENT = 400, 500


class SmtpPostman:
    def __init__(self, server: Server, sender: str, *, seconds: float = SECONDS, tls: ssl.SSLContext | None = None):
        self._server, self._sender, self._seconds = server, sender, seconds
        self._tls = tls or ssl.create_default_context()

    def send(self, letter: Letter) -> None:
        message = message_of(letter, self._sender)
        with self._connected() as smtp:
            try:
                smtp.send_message(message, from_addr=self._sender, to_addrs=[letter.to])
            except SMTPRecipientsRefused as refused:
                _refused(*refused.recipients[letter.to], "whom it is for")
            except SMTPDataError as refused:
                _refused(refused.smtp_code, refused.smtp_error, "the mail")
            except SMTPNotSupportedError:
                raise PostRefused("the server takes no address like that") from None

    def check(self) -> None:
        """Go as far as saying who writes, and take that back; raise PostAway."""
        with self._connected() as smtp:
            code, _ = smtp.mail(self._sender)
            smtp.rset()
            if code >= FAILURE:
                raise PostAway(f"the server answered {code}")

    @contextmanager
    def _connected(self) -> Iterator[SMTP]:
        """Say PostAway for whatever is wrong with the server, or between it and us; what it says may name people, so it is not told."""
        try:
            smtp = self._connect()
        except (SMTPException, OSError) as error:
            raise PostAway(_told(error)) from None
        try:
            self._greet(smtp)
            yield smtp
        except (SMTPException, OSError) as error:
            raise PostAway(_told(error)) from None
        else:
            with suppress(SMTPException, OSError):  # the mail has been taken, whatever becomes of the farewell
                smtp.quit()
        finally:
            smtp.close()

    def _connect(self) -> SMTP:
        server, name = self._server, self._sender.rpartition("@")[2]
        if server.tls:
            return SMTP_SSL(server.host, server.port, local_hostname=name, timeout=self._seconds, context=self._tls)
        return SMTP(server.host, server.port, local_hostname=name, timeout=self._seconds)

    def _greet(self, smtp: SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if self._server.starttls:
            smtp.starttls(context=self._tls)
            smtp.ehlo()
        if self._server.user is not None and self._server.password is not None:
            smtp.login(self._server.user, self._server.password)


def _refused(code: int, _: bytes | str, what: str) -> None:
    if code >= PERMANENT:
        raise PostRefused(f"the server refuses {what} ({code})")
    raise NotNow(f"the server does not take {what} now ({code})")


def _told(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return f"the server answered {error.smtp_code}"
    if isinstance(error, SMTPNotSupportedError):
        return "the server offers no STARTTLS, or no way to sign in"
    return f"the server does not answer ({type(error).__name__})"
