"""What an issuer says of itself at its well-known address."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from integrations.oidc.documents import Documents, NoDocument

DISCOVERY = "/.well-known/openid-configuration"


def discover(documents: Documents, issuer: str, seconds: float) -> dict[str, Any]:
    """Return the discovery document of an issuer, or raise NoDocument with a sentence."""
    try:
        document = documents.get(issuer.rstrip("/") + DISCOVERY, seconds=seconds)
    except NoDocument as error:
        raise NoDocument(f"its discovery document cannot be had: {error}") from None
    if document.get("issuer") != issuer:
        raise NoDocument("its discovery document names another issuer")
    return document


def address_in(document: Mapping[str, Any], name: str, of: str) -> str:
    """Return an address that nobody on the way can answer for: https, or this machine itself."""
    url = document.get(name)
    if not isinstance(url, str) or not _is_safe(url):
        raise NoDocument(f"its discovery document names no https:// address {of}")
    return url


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    safe = bool(host) and (parts.scheme == "https" or parts.scheme == "http" and _is_loopback(str(host)))
    return safe and "@" not in parts.netloc and url.isascii() and url.isprintable()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
