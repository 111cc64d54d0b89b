"""A platform on which people talk, as bad as platforms are: it drops, delays, doubles and reorders deliveries, is away, shows old data."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from bot.cards import Card
from bot.homes import Home, HomeAway, NotThere
from core.domain.messages import Author, Delivery, Message

PROVIDER, PLATFORM = "github", "GitHub"
HERE, PLACE = "github:acme/app#7", "github:1/11"
SECRET = b"what the platform signs with"
SIGNATURE = "x-signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`id` stays; the login may become another's. `refused`: why it does not count there."""

    id: str
    login: str
    human: bool = True
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Something written. `by`: whose words it is sent with, where that is somebody else. `edited`: since it was written."""

    id: str
    conversation: str
    place: str
    author: Account
    text: str
    at: datetime
    edited: bool = False
    sender: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    conversation: str
    text: str
    to: str | None
    marker: str


@dataclass
class ScriptedHome:
    """`now`: its clock. `mail`: deliveries on their way, in order. `said`, `acknowledged`, `cards`: its own ledger of what we wrote.

    `away`: it answers nothing, and wishes to be asked again after `wish` seconds. `lag`: what is younger is not shown when it is read.
    `places`: where conversations belong that are not at PLACE. `gone`: conversations that there are no more.
    `loses`: so many answers to what we write get lost after it was done.
    """

    now: Callable[[], datetime]
    posts: list[Post] = field(default_factory=list)
    mail: list[Delivery] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    cards: dict[str, tuple[str, str, Card]] = field(default_factory=dict)
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    away: bool = False
    wish: float | None = None
    lag: timedelta = timedelta()
    gone: set[str] = field(default_factory=set)
    loses: int = 0
    accounts: dict[str, Account] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def home(self, every: float = 120) -> Home:
        return Home(provider=PROVIDER, reader=self, directory=self, messenger=self, history=self, every=every, door=self)

    # -- what people do -----------------------------------------------------------------------------------------------------------

    def account(self, login: str, id: str, *, human: bool = True, refused: str | None = None) -> Account:
        """Give a login to an account; whoever had it before has it no more."""
        self.accounts[login] = Account(id=id, login=login, human=human, refused=refused)
        return self.accounts[login]

    def writes(self, login: str, text: str, *, at: str = HERE, place: str = PLACE, delivered: bool = True, ago: timedelta = timedelta(),
               sender: str | None = None) -> Post:
        """Write something; `delivered`: a delivery of it is on its way."""
        post = Post(id=str(next(self._ids)), conversation=at, place=place, author=self.accounts[login], text=text, at=self.now() - ago,
                    sender=sender)
        self.posts.append(post)
        if delivered:
            self.mail.append(self.delivery(post))
        return post

    def edits(self, post: Post, text: str, *, delivered: bool = True) -> Post:
        edited = replace(post, text=text, edited=True)
        self.posts[self.posts.index(post)] = edited
        if delivered:
            self.mail.append(self.delivery(edited))
        return edited

    def delivery(self, post: Post) -> Delivery:
        """A delivery of a post, by an id of its own."""
        body = json.dumps({
            "action": "edited" if post.edited else "created", "id": post.id, "conversation": post.conversation, "place": post.place,
            "author": post.author.id, "login": post.author.login, "human": post.author.human, "sender": post.sender or post.author.id,
            "text": post.text, "at": post.at.isoformat()})
        return Delivery(provider=PROVIDER, delivery_id=f"d{next(self._ids)}", headers={"x-event": "comment"}, body=body)

    # -- what the platform offers -------------------------------------------------------------------------------------------------

    def admit(self, headers: Mapping[str, str], body: bytes) -> Delivery | None:
        expected = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        given = headers.get(SIGNATURE, "")
        if not given.isascii() or not hmac.compare_digest(expected, given):
            return None
        return Delivery(provider=PROVIDER, delivery_id=headers.get("x-delivery", ""), headers={"x-event": headers.get("x-event", "")},
                        body=body.decode("utf-8", "replace"))

    def read(self, delivery: Delivery) -> Message | None:
        if delivery.headers.get("x-event") != "comment":
            return None
        told = json.loads(delivery.body)
        author = Author(provider=PROVIDER, id=told["author"], login=told["login"], name=told["login"], human=told["human"])
        return Message(
            provider=PROVIDER, id=told["id"], conversation=told["conversation"], place=told["place"], author=author, text=told["text"],
            written_at=datetime.fromisoformat(told["at"]), created=told["action"] == "created",
            sent_by_author=told["sender"] == told["author"])

    def refusal(self, message: Message) -> str | None:
        self._answer()
        return next((account.refused for account in self.accounts.values() if account.id == message.author.id), "It is not there any more.")

    def again(self, message: Message) -> Message | None:
        self._answer(message.conversation)
        post = next((post for post in self.posts if post.id == message.id), None)
        if post is None:
            return None
        if post.at > self.now() - self.lag:
            raise HomeAway(PLATFORM, self.wish)
        return self.read(self.delivery(post))

    def since(self, conversation: str, at: datetime) -> Iterator[Message]:
        self._answer(conversation)
        self.asked.append((conversation, at))
        for post in self.posts:
            if post.conversation == conversation and at <= post.at <= self.now() - self.lag:
                message = self.read(self.delivery(post))
                assert message is not None
                yield message

    def place_of(self, conversation: str) -> str:
        self._answer(conversation)
        return self.places.get(conversation, PLACE)

    def find(self, conversation: str, marker: str) -> str | None:
        self._answer(conversation)
        return next((id for id, (where, its, _) in self.cards.items() if where == conversation and its == marker), None)

    def show(self, conversation: str, marker: str, card: Card, message_id: str | None) -> str:
        self._answer(conversation)
        posted = message_id or f"card-{next(self._ids)}"
        self.cards[posted] = (conversation, marker, card)
        self._lose()
        return posted

    def say(self, conversation: str, text: str, *, to: str | None, marker: str) -> None:
        self._answer(conversation)
        if not any(said.marker == marker for said in self.said):
            self.said.append(Said(conversation=conversation, text=text, to=to, marker=marker))
        self._lose()

    def acknowledge(self, conversation: str, message_id: str) -> None:
        self._answer(conversation)
        if message_id not in self.acknowledged:
            self.acknowledged.append(message_id)
        self._lose()

    def _answer(self, conversation: str = "") -> None:
        if self.away:
            raise HomeAway(PLATFORM, self.wish)
        if conversation in self.gone:
            raise NotThere("the issue was deleted")

    def _lose(self) -> None:
        if self.loses:
            self.loses -= 1
            raise HomeAway(PLATFORM)
