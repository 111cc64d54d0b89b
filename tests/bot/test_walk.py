"""From the bytes of an `approve` to the committed decision: how many calls of ours that is, one below the other, and in how many files."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from bot.handle import Handle
from bot.receive import ReceiveDeliveries
from core.domain.messages import PAGE, Author, Message
from core.engine.decide_approval import DecideApproval
from tests.bot.conversation import Conversation
from tests.world import World

ROOT = Path(__file__).parents[2]
MOST_CALLS, MOST_FILES = 9, 4
NO_CALLS = ("<", "__")  # what Python itself calls: comprehensions, what makes a dataclass


@dataclass
class Walk:
    """The chains of calls of ours from `first` down to each port that is called while a decision is made; a port is one leaf."""

    first: Any
    chains: set[tuple[str, ...]] = field(default_factory=set)

    def follow(self, do: Callable[[], object]) -> None:
        before = sys.getprofile()
        sys.setprofile(self._seen)
        try:
            do()
        finally:
            sys.setprofile(before)

    def _seen(self, frame: FrameType, event: str, argument: object) -> None:
        if event != "call" or _layer(frame) != "integrations" or frame.f_back is None or _layer(frame.f_back) not in ("core", "bot", "api"):
            return
        chain, deciding = [f"port {frame.f_code.co_name}"], False
        above: FrameType | None = frame.f_back
        while above is not None:
            if _layer(above) in ("core", "bot", "api") and not above.f_code.co_name.startswith(NO_CALLS):
                chain.append(f"{Path(above.f_code.co_filename).relative_to(ROOT)} {above.f_code.co_name}")
                deciding = deciding or above.f_code is DecideApproval.decide.__code__
            if above.f_code is self.first.__code__:
                if deciding:
                    self.chains.add(tuple(reversed(chain)))
                return
            above = above.f_back

    def longest(self) -> tuple[str, ...]:
        return max(self.chains, key=len)

    def files(self) -> int:
        return max(len({each.split()[0] for each in chain[:-1]}) for chain in self.chains)


def _layer(frame: FrameType) -> str:
    path = Path(frame.f_code.co_filename)
    return path.relative_to(ROOT).parts[0] if path.is_relative_to(ROOT) else ""


@pytest.fixture
def talk(world: World) -> Conversation:
    return Conversation(world)


def held(walk: Walk) -> None:
    assert any(chain[-1] == "port append" for chain in walk.chains)
    assert len(walk.longest()) <= MOST_CALLS, "\n".join(walk.longest())
    assert walk.files() <= MOST_FILES, [c for c in walk.chains if len({e.split()[0] for e in c[:-1]}) > 4]


def test_from_a_delivery_to_the_decision(talk: Conversation) -> None:
    run = talk.asks()
    talk.home.writes("bob", "approve")
    talk.delivered(talk.home.mail.pop())
    walk = Walk(ReceiveDeliveries._try)
    walk.follow(talk.receive.work)
    assert talk.status(run) == "approved"
    held(walk)


def test_from_what_is_written_on_the_page_to_the_decision(talk: Conversation) -> None:
    """The page's own function, which reads the form and calls this, is one call in one file more."""
    run, caller = talk.asks(), talk.world.caller("bob")
    assert caller.person is not None
    author = Author(provider=PAGE, id=caller.person.id, login=caller.person.email, name=caller.person.name, human=True)
    message = Message(provider=PAGE, id="1", conversation=f"{PAGE}:{run.id}", place="", author=author, text="approve",
                      written_at=talk.world.now(), addressed=True)
    walk = Walk(Handle.handle)
    walk.follow(lambda: talk.handle.handle(message, caller=caller))
    assert talk.status(run) == "approved"
    assert len(walk.longest()) + 1 <= MOST_CALLS, "\n".join(walk.longest())
    assert walk.files() + 1 <= MOST_FILES
