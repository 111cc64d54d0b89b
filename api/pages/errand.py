"""A browser's way to the issuer and back: one random secret that it keeps, from which all is made that has to fit when it returns."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

LASTS = timedelta(minutes=10)
LONGEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """`to`: where it goes on to afterwards. What is made of the secret does not tell it, nor one the other."""

    secret: str = field(repr=False)
    at: int
    to: str

    @property
    def state(self) -> str:
        return self._made("state")

    @property
    def nonce(self) -> str:
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        return self._made("verifier")

    @property
    def challenge(self) -> str:
        return _text(hashlib.sha256(self.verifier.encode()).digest())

    @property
    def cookie(self) -> str:
        return f"{self.secret}.{self.at}.{_text(self.to.encode())}"

    def is_answered_by(self, state: str) -> bool:
        return hmac.compare_digest(state.encode(), self.state.encode())

    def lasts(self, now: datetime) -> bool:
        return timedelta() <= now - datetime.fromtimestamp(self.at, UTC) + timedelta(seconds=1) <= LASTS

    def _made(self, what: str) -> str:
        return _text(hmac.new(self.secret.encode(), f"placet {what} {self.at} {self.to}".encode(), hashlib.sha256).digest())


def new_errand(to: str, now: datetime) -> Errand:
    return Errand(secret=secrets.token_urlsafe(32), at=int(now.timestamp()), to=to)


def errand_of(cookie: str) -> Errand | None:
    """Return what a browser has kept; None for what is none."""
    secret, at, to = (*cookie.split("."), "", "")[:3] if cookie.count(".") == 2 and len(cookie) <= LONGEST else ("", "", "")
    if len(secret) != 43 or not at.isascii() or not at.isdigit() or len(at) > 12:
        return None
    try:
        return Errand(secret=secret, at=int(at), to=base64.urlsafe_b64decode(to + "=" * (-len(to) % 4)).decode())
    except (ValueError, binascii.Error):
        return None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
