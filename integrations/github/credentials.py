"""As whom Placet comes to GitHub: an App, or a token of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKey:
    """A GitHub App. `private_key`: its PEM."""

    app_id: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pat:
    """A personal access token, for small set-ups: everything is done as its user."""

    token: str = field(repr=False)


def private_key_problem(pem: str) -> str | None:
    """Say why a file is no key of an App, as a sentence's end; None if it is one."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "holds no private key that can be read: it is the .pem file that GitHub gave for the App"
    return None if isinstance(key, RSAPrivateKey) else "holds a key that is no RSA key, as a GitHub App's is"


Credential: TypeAlias = AppKey | Pat
Needs: TypeAlias = Mapping[str, str]
TALK: Needs = {"issues": "write", "pull_requests": "write"}  # comments on issues, and on pull requests
LISTEN: Needs = {"issues": "read", "pull_requests": "read"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Myself:
    """Whom GitHub shows as the author of what Placet writes. `app_id`: None with a token of its own."""

    login: str
    app_id: str | None
    user_id: int | None = None
