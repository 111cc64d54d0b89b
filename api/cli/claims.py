"""Whose token it is that we send, read from it without checking it: the service does that."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from api.cli.problems import Problem
from core.domain.people import is_email


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    subject: str
    projects: tuple[str, ...]


def read_claims(token: str) -> Claims:
    try:
        body = token.split(".")[1]
        return _claims(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    except (IndexError, KeyError, TypeError, ValueError):
        raise no_token() from None


def _claims(claims: Any) -> Claims:
    subject, projects = claims["sub"], claims.get("projects", [])
    if isinstance(subject, str) and not is_email(subject):
        subject = claims.get("email", subject)  # an outside issuer's `sub` names an account; the service knows whose that is
    if not isinstance(subject, str) or not subject or not isinstance(projects, list) or not all(isinstance(p, str) for p in projects):
        raise ValueError("no claims of ours")
    return Claims(subject=subject, projects=tuple(projects))


def no_token() -> Problem:
    return Problem("PLACET_TOKEN holds no token of Placet: have one minted with `placet tokens mint --person YOU`.")
