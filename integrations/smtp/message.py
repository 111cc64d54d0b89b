"""A letter as the message that goes over the wire: no text of a letter can begin a header of its own."""

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime

from core.domain.people import is_email
from core.ports.mail import Letter, PostRefused

NAME = "Placet"


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """Raise PostRefused for what cannot be written: an address that mail does not know, or a line break in a header."""
    if not is_email(letter.to):
        raise PostRefused("the address is none")
    message, domain = EmailMessage(policy=SMTP), sender.rpartition("@")[2]
    try:
        message["From"] = _address(sender, NAME)
        message["To"] = _address(letter.to)
        message["Subject"] = letter.subject
        message["Date"] = localtime()
        message["Message-ID"] = f"<{letter.id}@{domain}>"
        message["List-Id"] = f"{NAME} <placet.{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        if letter.account is not None:
            message["List-Unsubscribe"] = f"<{letter.account}>"
        message.set_content(letter.text, cte="quoted-printable")
        message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    except (ValueError, IndexError, HeaderParseError) as error:
        raise PostRefused(f"it cannot be written as a mail ({type(error).__name__})") from None
    return message


def _address(email: str, name: str = "") -> Address:
    """Take an address apart ourselves: the library's own parser knows none beyond ASCII."""
    local, _, domain = email.rpartition("@")
    return Address(name, username=local, domain=domain)
