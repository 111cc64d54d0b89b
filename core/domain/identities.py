"""Who somebody is at a provider, linked to a person by an operator. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

GITHUB = "github"
LONGEST_SUBJECT = 300
_GITHUB_ID = re.compile("[1-9][0-9]{0,19}")
_GITHUB_LOGIN = re.compile("[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`external_id` stays what it is when a person changes their name there; `login` is that name, which somebody else may have later."""

    provider: str
    external_id: str
    person_id: str
    login: str | None
    linked_at: datetime


def excluded_account(account: str) -> str:
    """Return what stands, among those who may not answer, for whoever an account (`github:<id>`) belongs to: nothing else begins so."""
    return f"@{account}"


def accounts_in(excluded: Iterable[str]) -> list[tuple[str, str]]:
    """Return the accounts, by provider and id, among person ids, e-mail keys and names of applications."""
    split = [each.removeprefix("@").partition(":") for each in excluded if each.startswith("@")]
    return [(provider, external_id) for provider, _, external_id in split]


def login_key(login: str) -> str:
    """Return what two spellings of one login have in common."""
    return login.lower() if login.isascii() else login


def oidc_provider(issuer: str) -> str:
    """Return under which name the subjects of an issuer are linked: another issuer's subjects are others."""
    return f"oidc:{issuer}"


def is_oidc_subject(external_id: str) -> bool:
    return 1 <= len(external_id) <= LONGEST_SUBJECT and external_id.isprintable()


def by_email(provider: str) -> str:
    """Return under which name those subjects are kept that nobody linked, but that came with a person's e-mail."""
    return f"{provider}#e-mail"


def is_github_identity(external_id: str, login: str) -> bool:
    return bool(_GITHUB_ID.fullmatch(external_id) and _GITHUB_LOGIN.fullmatch(login))
