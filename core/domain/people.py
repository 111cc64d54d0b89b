"""People, projects, and on whose behalf a request is made."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

_ASCII_LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}
_EMAIL = re.compile(r"[^\s@,;<>\"'*\\\x00-\x20\x7f]{1,64}@[^\s@,;<>\"'*\\\x00-\x20\x7f]{1,190}")


class Role(StrEnum):
    OWNER = "owner"
    MEMBER = "member"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: str
    email: str
    name: str
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    id: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person with the role that a project gives, and those of its groups, and of others' teams, that were looked for."""

    person: Person
    role: Role
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: a person, or an application. A token narrows: `role` caps, `projects` and `execution` limit what is seen.

    `token`: its id, where there is one. `act_for`: an owner's token that answers for others; `break_glass`: one that skips approval.
    """

    subject: str
    role: Role
    person: Person | None = None
    projects: frozenset[str] | None = None
    execution: str | None = None
    token: str | None = None
    act_for: bool = False
    break_glass: bool = False

    @property
    def name(self) -> str:
        """What `triggeredBy` shows."""
        return self.person.email if self.person else f"app:{self.subject}"

    def sees(self, project: Project) -> bool:
        """Whether the token lets its bearer see a project at all."""
        return self.projects is None or project_key(project.identifier) in self.projects


def email_key(email: str) -> str:
    """Return what two spellings of one address have in common: ASCII case, nothing else."""
    local, at, domain = email.rpartition("@")
    local = local.lower() if local.isascii() else unicodedata.normalize("NFC", local)
    return local + at + unicodedata.normalize("NFC", domain.translate(_ASCII_LOWER))


def is_email(text: str) -> bool:
    """Tell whether a text can be one person's address: no list, no display name, no wildcard, no control character."""
    return bool(_EMAIL.fullmatch(text)) and not text.endswith(".") and text.isprintable()


def project_key(identifier: str) -> str:
    """Return what two spellings of one project have in common."""
    return identifier.translate(_ASCII_LOWER)


def capped(role: Role, cap: Role) -> Role:
    """Return the weaker of a person's role in the project and the token's."""
    return Role.MEMBER if Role.MEMBER in (role, cap) else role
