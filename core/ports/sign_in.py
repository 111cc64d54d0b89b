"""Where people sign in elsewhere: an issuer whose client we are."""

from typing import Protocol


class IssuerAway(Exception):
    """The issuer did not answer, or not usefully. The text is for the operator."""


class CodeRefused(Exception):
    """The issuer does not take a code: it was used, is late, or was another's."""


class CodeFlow(Protocol):
    """Its methods call outside: never within a transaction. They raise IssuerAway."""

    def address(self, *, state: str, nonce: str, challenge: str) -> str:
        """Return where a browser is sent to sign in."""

    def is_its_own(self, told: str | None) -> bool:
        """Tell whether an answer is this issuer's, as far as it says which it is of."""

    def exchange(self, code: str, verifier: str) -> str:
        """Return the ID token that a code is worth, once; raise CodeRefused."""
