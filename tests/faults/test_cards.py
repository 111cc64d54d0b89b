"""A card is posted or changed, and the process that does so dies (K3, K4); what is decided meanwhile is shown in the end."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.cards import Card
from integrations.database.announcing import Announcing
from tests.doubles.scripted_home import PLACE, ScriptedHome
from tests.faults.crew import Crew, Job, MortalWorld
from tests.faults.extent import STEP
from tests.faults.fate import Fate, die
from tests.world import PROJECT

pytestmark = pytest.mark.database

LEASE = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class Wall:
    """A platform whose posts stand in a file, whoever dies. Points: before and after each call. `blind`: it finds nothing, so soon."""

    file: Path
    fate: Fate = field(default_factory=Fate)
    blind: bool = False

    def place_of(self, conversation: str) -> str:
        return PLACE

    def find(self, conversation: str, marker: str) -> str | None:
        found = (each["id"] for each in self.deeds() if (each["where"], each["marker"]) == (conversation, marker))
        return None if self.blind else next(found, None)

    def show(self, conversation: str, marker: str, card: Card, message_id: str | None) -> str:
        self.fate.meet("before show")
        posted = message_id or f"m{time.monotonic_ns()}"
        self._write(deed="changed" if message_id else "posted", where=conversation, marker=marker, id=posted, state=card.state)
        self.fate.meet("after show")
        return posted

    def say(self, conversation: str, text: str, *, to: str | None, marker: str) -> None:
        self.fate.meet("before say")
        if not any((each["deed"], each["where"], each["marker"]) == ("said", conversation, marker) for each in self.deeds()):
            self._write(deed="said", where=conversation, marker=marker, id=marker, state=text)
        self.fate.meet("after say")

    def acknowledge(self, conversation: str, message_id: str) -> None:
        raise AssertionError("nobody has written here")

    def deeds(self, *kinds: str) -> list[dict[str, Any]]:
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [deed for deed in map(json.loads, lines) if not kinds or deed["deed"] in kinds]

    def _write(self, **deed: str) -> None:
        fd = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(fd, json.dumps(deed).encode() + b"\n")
        os.close(fd)


@dataclass(frozen=True, slots=True)
class Town:
    """A crew whose requests are shown on the wall."""

    crew: Crew
    wall: Wall
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def at_home(self, w: MortalWorld) -> MortalWorld:
        home = ScriptedHome(now=w.clock.now).home()
        w.homes["github"] = replace(home, messenger=replace(self.wall, fate=w.fate))
        w.sql.announcing = Announcing(providers=frozenset(w.homes))
        return w

    def asked(self) -> str:
        """Ask once more, in a conversation of its own; return the approval's ref."""
        number = next(self.numbers)
        self.crew.does(lambda w: w.bind("github"))
        return str(self.crew.does(lambda w: self.at_home(w).requests(
            "ann", f"job-{number}", callback={"type": "github", "repositoryIdentifier": PROJECT, "issueNumber": number}).approval.ref))

    def approves(self, ref: str) -> Job:
        return lambda w: str(self.at_home(w).approves("bob", ref).approval.status)

    def deliver(self, w: MortalWorld) -> None:
        relay = self.at_home(w).relay(w.database, LEASE)
        while relay.deliver() + relay.carry():
            pass

    def empty(self, w: MortalWorld) -> None:
        """Deliver until there is nothing left."""
        end = time.monotonic() + 20
        while w.rows("SELECT 1 FROM outbox"):
            assert time.monotonic() < end, w.rows("SELECT kind, tries, error FROM outbox")
            self.deliver(w)
            time.sleep(0.02)

    def last(self) -> dict[str, str]:
        """What each conversation shows in the end."""
        return {deed["where"]: deed["state"] for deed in self.wall.deeds("posted", "changed")}

    def posted(self) -> list[int]:
        """How many cards there are in each conversation."""
        where = [deed["where"] for deed in self.wall.deeds("posted")]
        return [where.count(each) for each in dict.fromkeys(where)]


@pytest.fixture
def town(crew: Crew, tmp_path: Path) -> Town:
    return Town(crew, Wall(tmp_path / "wall.jsonl"))


@pytest.mark.parametrize(("point", "deeds"), [("before show", ["posted"]), ("after show", ["posted", "changed"])])
def test_r05_killed_on_either_side_of_the_posting_there_is_one_card(town: Town, point: str, deeds: list[str]) -> None:
    town.asked()
    assert town.crew.child(town.deliver, Fate(point, 1)).killed
    town.crew.does(town.empty)
    assert [deed["deed"] for deed in town.wall.deeds()] == deeds
    assert town.last() == {"github:acme/app#1": "open"}


def test_r05_a_platform_that_does_not_find_what_was_just_posted_has_at_most_one_card_more_and_the_known_one_goes_on(
        town: Town) -> None:
    blind = replace(town, wall=replace(town.wall, blind=True))
    ref = blind.asked()
    assert blind.crew.child(blind.deliver, Fate("after show", 1)).killed
    blind.crew.does(blind.empty)
    assert blind.posted() == [2]
    assert blind.crew.does(blind.approves(ref)) == "approved"
    blind.crew.does(blind.empty)
    assert (blind.posted(), blind.last()) == ([2], {"github:acme/app#1": "running"})


def test_a_relay_that_is_killed_anywhere_leaves_one_card_for_each_request_and_tells_each_end_once(town: Town) -> None:
    """From the announcement over the posting to the mark that it is done, of a request and of its answer."""
    refs: list[str] = []

    def jobs() -> Iterator[Job]:
        while True:
            town.crew.does(town.empty)
            refs.append(town.asked())
            if len(refs) % 2:
                assert town.crew.does(town.approves(refs[-1])) == "approved"
            yield town.deliver

    for _ in town.crew.kills_everywhere(jobs(), step=max(1, STEP // 2)):
        pass
    assert town.crew.kills >= 8
    for ref in refs[1::2]:
        assert town.crew.does(town.approves(ref)) == "approved"
    town.crew.does(town.empty)
    assert town.posted() == [1] * len(refs)
    assert list(town.last().values()) == ["running"] * len(refs)
    assert sorted(deed["where"] for deed in town.wall.deeds("said")) == sorted(town.last())
    town.crew.check()


def test_an_answer_while_the_card_is_posted_by_a_process_that_dies_then_is_shown(town: Town) -> None:
    ref = town.asked()

    def meanwhile() -> None:
        town.crew.does(town.approves(ref))
        die()

    assert town.crew.child(town.deliver, Fate("before show", 1, meanwhile)).killed
    town.crew.does(town.empty)
    assert (town.posted(), town.last()) == ([1], {"github:acme/app#1": "running"})


def test_two_processes_at_once_post_one_card_each_request(town: Town) -> None:
    for _ in range(12):
        town.asked()
    relays = [town.crew.begin(town.empty) for _ in range(2)]
    for relay in relays:
        assert not town.crew.ends(relay).killed
    assert town.posted() == [1] * 12
