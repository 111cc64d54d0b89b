"""Lines that a run writes, and what is taken out of them."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

LONGEST_LINE = 16_384
SHORTEST_SECRET = 4
HIDDEN = "[redacted]"
_TOKENS = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}"
    r"|whsec_[A-Za-z0-9+/=]{20,}"
    r"|force://[^\s\"']+"  # an sfdx auth URL
    r"|-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----END))*(?:-----END [A-Z ]*-----)?")
_DOTTED = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]*+){2,}+", re.ASCII)  # possessive: one look at each character


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`seq` orders the lines of one run; `level` is INFO, WARNING or ERROR."""

    seq: int
    at: datetime
    level: str
    message: str


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text without the secrets given, as they are or quoted; a very short one would be found everywhere and is left."""
    for secret in sorted((s for s in secrets if len(s) >= SHORTEST_SECRET), key=len, reverse=True):
        for spelling in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]):
            text = text.replace(spelling, HIDDEN)
    return text


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without the secrets given and without what looks like a token, bounded, and fit for every database."""
    text = _DOTTED.sub(_without_jwt, _TOKENS.sub(HIDDEN, without(text, secrets)[:LONGEST_LINE]))
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _without_jwt(found: re.Match[str]) -> str:
    """Hide a JWT, whose header begins with `{"` in base64, with all that hangs on it."""
    before, header, after = found[0].partition("eyJ")
    return before + HIDDEN if header and len(after) > 20 and after.count(".") >= 2 else found[0]
