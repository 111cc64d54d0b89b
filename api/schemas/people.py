"""People, as they go out."""

from typing_extensions import TypedDict

from core.domain.identities import Identity
from core.domain.people import Person


class GithubEmailDto(TypedDict):
    username: str
    email: str


def github_email(identity: Identity, person: Person) -> GithubEmailDto:
    assert identity.login is not None
    return GithubEmailDto(username=identity.login, email=person.email)
