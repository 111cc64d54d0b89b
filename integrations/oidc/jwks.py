"""Where an issuer publishes its keys, and which they are now."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from integrations.oidc.documents import Documents, NoDocument
from integrations.oidc.key_set import KeySet, parse_keys

DISCOVERY = "/.well-known/openid-configuration"
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
        try:
            document = self.documents.get(self.issuer.rstrip("/") + DISCOVERY, seconds=seconds)
        except NoDocument as error:
            raise NoDocument(f"its discovery document cannot be had: {error}") from None
        if document.get("issuer") != self.issuer:
            raise NoDocument("its discovery document names another issuer")
        url = document.get("jwks_uri")
        if not isinstance(url, str) or not _is_safe(url):
            raise NoDocument("its discovery document names no https:// address of keys")
        return url


def _is_safe(url: str) -> bool:
    """Tell whether nobody on the way can put other keys there: https, or this machine itself."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or parts.scheme == "http" and _is_loopback(str(host)))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
