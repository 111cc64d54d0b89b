"""Addresses that other people name: which of them may be talked to, and a POST that reaches no other."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from socket import SOCK_STREAM
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx

from integrations.webhooks.client import Answer, NoAnswer, receive

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_URL = re.compile(r"https?://[!-\[\]-~]+", re.IGNORECASE)  # printable ASCII without spaces, and no backslash
# https://www.iana.org/assignments/iana-ipv4-special-registry: what is no host of the public internet
_CLOSED_V4 = tuple(map(IPv4Network, (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4")))
# Of IPv6, only global unicast is open: so neither ::1, mapped and translated IPv4, fc00::/7 nor fe80::/10; nor, in it, what holds an IPv4.
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")))


class NotAllowed(Exception):
    """Nothing may be sent there. The text is a sentence's end that names no address which was not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What an operator opens beside the public internet, by http too: names of hosts, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def has(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


NOTHING_MORE = Allowed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address that was understood: its name is lower case, without the dot at the end; `literal` if it is an IP."""

    url: httpx.URL = field(repr=False)
    name: str
    port: int
    secure: bool
    literal: Address | None


def parse_allowed(texts: Sequence[str]) -> Allowed:
    """Read names and networks; raise ValueError for what is neither."""
    hosts, networks = set[str](), list[Network]()
    for text in texts:
        try:
            networks.append(ip_network(text.strip("[]")))
        except ValueError:
            name = _bare(text)
            if not _is_name(name):
                raise ValueError("neither a host nor a network") from None
            hosts.add(name)
    return Allowed(hosts=frozenset(hosts), networks=tuple(networks))


def is_public(address: Address) -> bool:
    """Tell whether an address is a host of the public internet, and stands for no other address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    return address.scope_id is None and address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


def parse_target(url: str, allowed: Allowed = NOTHING_MORE) -> Target:
    """Understand an address in one way only; raise NotAllowed for one that could be read otherwise, or that is closed as it stands."""
    try:
        if not _URL.fullmatch(url):
            raise ValueError
        parts, port = urlsplit(url), urlsplit(url).port
        host, whole = str(parts.hostname or ""), httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise NotAllowed("is no address that begins with https://") from None
    if "@" in parts.netloc or "#" in url:
        raise NotAllowed("holds a name or a fragment beside the address")
    name, secure, bracketed = _bare(host), parts.scheme.lower() == "https", "[" in parts.netloc
    literal = _literal(host, bracketed=bracketed)
    if port == 0 or literal is None and (bracketed or not _is_name(name)):
        raise NotAllowed("names no host")
    opened = name in allowed.hosts or literal is not None and allowed.has(literal)
    if not opened and (name == "localhost" or name.endswith(".localhost") or literal is not None and not is_public(literal)):
        raise NotAllowed("leads to where nothing may be sent")
    if not secure and not opened and (literal is not None or not allowed.networks):
        raise NotAllowed("must begin with https://")
    return Target(url=whole, name=name, port=port or (443 if secure else 80), secure=secure, literal=literal)


def checked(target: Target, addresses: Sequence[str], allowed: Allowed) -> list[Address]:
    """Return the addresses of a target; raise NotAllowed if one of them is closed: so many names lead inside by one of several."""
    found = [ip_address(text) for text in addresses]
    named = target.name in allowed.hosts
    if not found or not all(named or allowed.has(each) or is_public(each) for each in found):
        raise NotAllowed("leads to where nothing may be sent")
    if not target.secure and not (named or all(map(allowed.has, found))):
        raise NotAllowed("must begin with https://")
    return found


def _literal(host: str, *, bracketed: bool) -> Address | None:
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return found if bracketed is isinstance(found, IPv6Address) else None


def _bare(host: str) -> str:
    return host.lower().removesuffix(".")


def _is_name(name: str) -> bool:
    """Tell whether a text is a host's name, and none of the numbers that resolvers take for an IPv4 address."""
    return len(name) <= 253 and _NAME.fullmatch(name) is not None and not _NUMBER.fullmatch(name.rpartition(".")[2])


async def look_up(name: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class GuardedClient:
    """Looks a name up once, and connects to one of the addresses that were looked at, under that name. No redirect is followed."""

    def __init__(self, allowed: Allowed = NOTHING_MORE, resolve: Resolve = look_up, tls: ssl.SSLContext | None = None) -> None:
        self._allowed, self._resolve = allowed, resolve
        self._tls = tls or ssl.create_default_context()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Answer:
        """Send, and return an answer of any status, or raise NoAnswer; raise NotAllowed, having sent nothing. `seconds`: for it all."""
        target = parse_target(url, self._allowed)
        loop = asyncio.new_event_loop()  # not asyncio.run: it would wait for a name look-up that hangs
        try:
            return loop.run_until_complete(self._post(target, body, headers, seconds))
        finally:
            loop.close()

    async def _post(self, target: Target, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._addresses(target)
                async with httpx.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False, timeout=seconds) as client:
                    return await self._first_of(client, target, addresses, body, headers)
        except TimeoutError:
            raise NoAnswer(f"no answer within {seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as e:
            raise NoAnswer(f"no answer: {type(e).__name__}") from None

    async def _addresses(self, target: Target) -> list[Address]:
        named = [str(target.literal)] if target.literal is not None else await self._resolve(target.name, target.port)
        return checked(target, named, self._allowed)

    async def _first_of(self, client: httpx.AsyncClient, target: Target, addresses: Sequence[Address], body: bytes,
                        headers: Mapping[str, str]) -> Answer:
        """Try the next address only while nothing was sent."""
        for address in addresses[:-1]:
            try:
                return await self._send(client, target, address, body, headers)
            except httpx.ConnectError:
                continue
        return await self._send(client, target, addresses[-1], body, headers)

    async def _send(self, client: httpx.AsyncClient, target: Target, address: Address, body: bytes, headers: Mapping[str, str]) -> Answer:
        usual = target.port == (443 if target.secure else 80)
        shown = f"[{target.literal}]" if isinstance(target.literal, IPv6Address) else target.name
        request = client.build_request(
            "POST", target.url.copy_with(host=str(address)), content=body, extensions={"sni_hostname": target.name},
            headers={"accept-encoding": "identity", **headers, "host": shown if usual else f"{shown}:{target.port}"})
        return await receive(await client.send(request, stream=True))
