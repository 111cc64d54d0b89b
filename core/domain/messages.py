"""What somebody says in a conversation, as an adapter has understood it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.domain.json import Json

LONGEST_TEXT = 64 * 1024
PAGE = "page"  # the provider whose conversations are our own


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote: `id` is the platform's own and stays what it is; `login` and `name` may change hands and are only shown."""

    provider: str
    id: str
    login: str
    name: str
    human: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A run that a message asks for beside its words. `values`: as a payload has them, or (`form`) as texts by the titles of a form.

    `wrong`: why it cannot be understood, as a sentence.
    """

    flow: str
    values: Mapping[str, Json]
    form: bool = False
    wrong: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it is delivered. `text` is plain: without quotes, code, hidden and struck text.

    `id`: the platform's own, unique there. `conversation`: the key of where it stands; `place`: what a project is bound to.
    `created`: it is new, not an edit or a deletion. `sent_by_author`: whoever sent it wrote it. `addressed`: it speaks to the bot.

    `asks`: it is a request, which its text only names.
    """

    provider: str
    id: str
    conversation: str
    place: str
    author: Author
    text: str
    written_at: datetime
    created: bool = True
    sent_by_author: bool = True
    addressed: bool = False
    asks: Asking | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.provider, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A run that a platform itself asks for, in nobody's words, as where a deployment waits. `id`: unique there, however often it comes."""

    provider: str
    id: str
    place: str
    flow: str
    parameters: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A pipeline's run that bears the id of a run of ours has moved, as somebody says: it is to be looked at."""

    provider: str
    execution_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message as it is kept, once: what people said about a run, in whatever home."""

    provider: str
    message_id: str
    id: str
    execution_id: str | None
    approval_id: str | None
    conversation: str
    person_id: str | None
    author: str
    text: str
    written_at: datetime
    heard_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Bytes that a platform delivered and whose signature has been verified. `headers`: those that its reading needs, never a secret."""

    provider: str
    delivery_id: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a project is at home on a platform: `github:<installation>/<repository id>`, `slack:<team>/<channel>`."""

    provider: str
    place: str
    project_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCode:
    """For whom a one-time code stands: an account somewhere, of which it is not known yet whose it is."""

    provider: str
    external_id: str
    login: str | None
    expires_at: datetime
