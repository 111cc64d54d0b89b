"""A vault over the data keys: what is sealed can be read back, by this installation alone."""

import hmac
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.domain.json import Json, canonical
from core.errors import Unavailable
from integrations.keys.files import Keys


class FernetVault:
    def __init__(self, keys: Keys):
        self._fernet = MultiFernet([Fernet(key) for key in keys.data_keys])
        self._in_use = Fernet(keys.data_keys[0])
        self._digest_key = keys.digest_key

    def seal(self, secrets: Mapping[str, Json]) -> str | None:
        return self._fernet.encrypt(canonical(secrets)).decode() if secrets else None

    def open(self, sealed: str | None) -> dict[str, Json]:
        """Raise Unavailable for what was sealed under a key that is not here, so that whoever needs it waits for the key."""
        if sealed is None:
            return {}
        try:
            plain = self._fernet.decrypt(sealed.encode())
        except InvalidToken:
            raise Unavailable("the data key that this was sealed with") from None
        return dict(json.loads(plain))

    def fingerprint(self, secret: Json) -> str:
        return hmac.digest(self._digest_key, canonical(secret), "sha256").hex()

    def sealed_newly(self, sealed: str) -> bool:
        try:
            self._in_use.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True
