"""The issuer at which people may sign in, as the pages know it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from api.oidc import IdTokens
from core.ports.sign_in import CodeFlow


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    flow: CodeFlow
    tokens: IdTokens

    @property
    def name(self) -> str:
        """What people know it by."""
        return urlsplit(self.tokens.issuer).hostname or ""

    def prepare(self) -> None:
        """Let the first who comes not have to wait for the keys."""
        self.tokens.keys.refresh()
