"""A one-time code by which a person who is signed in here, or an operator for them, confirms whose account somewhere is."""

import hashlib
import secrets
from datetime import timedelta

from core.domain.messages import LinkCode
from core.engine.open_approval import REF_ALPHABET
from core.ports.database import Database

LENGTH = 10  # 50 bits: a million guesses within its minutes find one of a hundred codes once in ten million times
LASTS = timedelta(minutes=15)
MINUTES = int(LASTS.total_seconds() // 60)
PLACE = "{code}"  # where it stands in a text, until that is said


def new_code(database: Database, provider: str, account: str, login: str | None) -> str:
    """Make a code for an account; it is good for so many minutes."""
    code = "".join(secrets.choice(REF_ALPHABET) for _ in range(LENGTH))
    with database.begin() as tx:
        now = tx.now()
        tx.link_codes.add(LinkCode(provider=provider, external_id=account, login=login, expires_at=now + LASTS), hash_of(code), now)
    return code


def hash_of(code: str) -> str:
    """Return under what a code is kept, however its letters are typed."""
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()
