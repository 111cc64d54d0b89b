"""What keeps secrets, and what vouches for bytes."""

from collections.abc import Mapping
from typing import Protocol

from core.domain.json import Json


class Vault(Protocol):
    """Keeps what must be read back, and names it without telling it."""

    def seal(self, secrets: Mapping[str, Json]) -> str | None:
        """Encrypt; None for nothing."""

    def open(self, sealed: str | None) -> dict[str, Json]: ...

    def fingerprint(self, secret: Json) -> str:
        """Return an HMAC under a key that outlives rotation."""

    def sealed_newly(self, sealed: str) -> bool:
        """Tell whether a text is sealed under the key in use, not one that is to be dropped."""


class Signatures(Protocol):
    """Vouches for bytes in the installation's name."""

    def sign(self, message: bytes) -> str: ...

    def signed(self, message: bytes, signature: str) -> bool:
        """Tell whether this installation has signed it, with a key that is not dropped yet."""
