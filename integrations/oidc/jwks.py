"""Where an issuer publishes its keys, and which they are now."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from integrations.oidc.discovery import address_in, discover
from integrations.oidc.documents import Documents, NoDocument
from integrations.oidc.key_set import KeySet, parse_keys

WITHIN = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwks:
    """`url`: of the keys; without it the issuer's discovery document says where they are. `algorithms`: those that keys may be for."""

    issuer: str
    url: str | None
    algorithms: Collection[str]
    documents: Documents
    clock: Callable[[], float] = time.monotonic

    def fetch(self, seconds: float = WITHIN) -> KeySet:
        """Return the keys that verify tokens now, or raise NoDocument with a sentence. `seconds`: for all of it."""
        until = self.clock() + seconds
        url = self.url or self._discovered(seconds)
        try:
            document = self.documents.get(url, seconds=max(0.0, until - self.clock()))
        except NoDocument as error:
            raise NoDocument(f"its keys cannot be had: {error}") from None
        if not isinstance(document.get("keys"), list):
            raise NoDocument("its keys cannot be had: what is at their address is no JWKS")
        return parse_keys(document, self.algorithms)

    def _discovered(self, seconds: float) -> str:
        found = discover(self.documents, self.issuer, seconds)
        return address_in(found, "jwks_uri", "of keys")
