"""Lines that a run writes, and what is taken out of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

LONGEST_LINE = 16_384
SHORTEST_SECRET = 4
HIDDEN = "[redacted]"
_TOKENS = re.compile(
    r"\bey[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"  # a JWT
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}"
    r"|\bwhsec_[A-Za-z0-9+/=]{20,}"
    r"|\bforce://[^\s\"']+"  # an sfdx auth URL
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]|-(?!----END))*(?:-----END [A-Z ]*-----)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`seq` orders the lines of one run; `level` is INFO, WARNING or ERROR."""

    seq: int
    at: datetime
    level: str
    message: str


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text without the secrets given; a very short one would be found everywhere and is left."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN) if len(secret) >= SHORTEST_SECRET else text
    return text


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without the secrets given and without what looks like a token, bounded, and fit for every database."""
    text = _TOKENS.sub(HIDDEN, without(text, secrets)[:LONGEST_LINE])
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
