"""Under which address the pages are there, and from where a form may come. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from api.settings import is_loopback

SAME_SITE = ("same-origin", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`public_url`: an origin; None: whatever names this machine itself."""

    public_url: str | None

    @property
    def secure(self) -> bool:
        return bool(self.public_url and self.public_url.startswith("https:"))

    def is_ours(self, hosts: list[str]) -> bool:
        """Tell whether a request names the host that these pages are at. `hosts`: every header of that name."""
        if len(hosts) != 1:
            return False
        host = hosts[0].lower()
        if self.public_url is not None:
            scheme, _, own = self.public_url.partition("://")
            return host in (own, f"{own}:{443 if scheme == 'https' else 80}")
        return is_loopback(_name(host))

    def is_own_form(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a form was sent by one of these pages, as far as the browser says; a browser that says nothing is not believed."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is None and origin is None or site is not None and site not in SAME_SITE:
            return False
        return origin is None or origin == (self.public_url or f"http://{headers.get('host', '').lower()}")


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
