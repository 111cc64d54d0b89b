"""Where mail is handed over, as an address says it."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

PORTS = {"smtp": 587, "smtps": 465}
OPEN = {"tls": ["off"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`tls`: from the first byte on. `starttls`: before anything else is said; a server that does not offer it gets no mail."""

    host: str
    port: int
    tls: bool
    starttls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def parse_server(url: str, password: str | None = None) -> Server:
    """Understand smtp:// (with STARTTLS, but for this machine itself) or smtps://; raise ValueError, whose text has no secret in it.

    `password`: from elsewhere than the address. `?tls=off` does without STARTTLS, and then without a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("it is no address") from None
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise ValueError("it is smtp://user@host:port or smtps://user@host:port")
    query = parse_qs(parts.query, keep_blank_values=True)
    if query not in ({}, OPEN):
        raise ValueError("all that may be said after a question mark is tls=off")
    user = unquote(parts.username) if parts.username else None
    given = unquote(parts.password) if parts.password else None
    if given is not None and password is not None:
        raise ValueError("there are two passwords, one of them in the address")
    secret = given or password
    if (user is None) is not (secret is None):
        raise ValueError("a user and a password belong together")
    here, tls = _is_loopback(parts.hostname), parts.scheme == "smtps"
    if query and tls:
        raise ValueError("smtps:// is nothing without TLS")
    if query and user is not None and not here:
        raise ValueError("without TLS a password would be read by others")
    return Server(host=parts.hostname, port=port or PORTS[parts.scheme], tls=tls, starttls=not tls and not query and not here,
                  user=user, password=secret)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
