"""Mail: the server that the settings name, and what sends by it."""

from collections.abc import Callable

from api.settings import Settings, SettingsError
from api.wiring.starting import new_id
from bot.send_mails import SendMails
from bot.show_card import CardsNow
from core.ports.database import Database
from core.ports.mail import PostAway
from integrations.keys.private_file import KeysError, read_private
from integrations.smtp.postman import SECONDS, SmtpPostman
from integrations.smtp.server import Server, parse_server


def mail_couriers(settings: Settings, database: Database, cards: CardsNow, told: Callable[[str], None]) -> list[Callable[[], object]]:
    """Return what sends mail; nothing where no server is set."""
    postman = _postman(settings)
    if postman is None:
        return []
    return [SendMails(database=database, cards=cards, postman=postman, new_id=new_id, page=settings.public_url, told=told).work]


def mail_problem(settings: Settings, seconds: float) -> str | None:
    """Say why the mail server would take nothing; None if it would, or if there is none to ask."""
    try:
        postman = _postman(settings, seconds)
        if postman is not None:
            postman.check()
    except (SettingsError, PostAway) as error:
        return str(error)
    return None


def _postman(settings: Settings, seconds: float = SECONDS) -> SmtpPostman | None:
    if settings.smtp_url is None or settings.smtp_from is None:
        return None
    return SmtpPostman(_server(settings.smtp_url.get_secret_value(), _password(settings)), settings.smtp_from, seconds=seconds)


def _server(url: str, password: str | None) -> Server:
    try:
        return parse_server(url, password)
    except ValueError as error:
        raise SettingsError(f"PLACET_SMTP_URL names no mail server: {error}.") from None


def _password(settings: Settings) -> str | None:
    file = settings.smtp_password_file
    if file is None:
        return None
    try:
        password = (read_private(file) or "").strip()
    except KeysError as error:
        raise SettingsError(str(error)) from None
    if not password:
        raise SettingsError(f"PLACET_SMTP_PASSWORD_FILE: there is no password in {file}.")
    return password
