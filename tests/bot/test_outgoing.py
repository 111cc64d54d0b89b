"""What is decided is shown wherever it is discussed: soon, once, and as it is by then."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from api.cli.register import Register
from bot.cards import Card, State
from bot.plain_card import plain_card
from core.domain.effects import ShowCard
from core.domain.executions import Execution
from core.engine.relay import Relay
from core.engine.run_flow import RunFlow, RunOrder
from core.engine.withdraw_answer import WithdrawAnswer
from core.errors import Invalid
from core.ports.dispatch import TryLater
from integrations.database.announcing import Announcing
from integrations.database.changes import changes_of
from integrations.database.tables import approvals
from integrations.embedded.engine import EmbeddedFlowEngine
from tests.doubles.scripted_home import HERE, ScriptedHome
from tests.world import PROJECT, World, new_id

HOOK = {"type": "webhook", "url": "https://ci.example.com/hook"}


@dataclass
class Town:
    """A company whose requests are discussed at an issue and in a thread."""

    world: World
    issue: ScriptedHome
    chat: ScriptedHome
    relay: Relay

    def asks(self, **more: Any) -> Execution:
        """ann asks for access, at the issue and in the thread."""
        payload: dict[str, Any] = {
            "id": "request-elevated-privileges", "repositoryIdentifier": PROJECT, "username": "ann@acme.org", "targetOrg": "payments-prod",
            "accessLevel": "Admin", "durationMinutes": 60, "workItemRef": {"type": "github-issue", "key": "7"}}
        run = RunFlow(database=self.world.database, registry=self.world.registry, vault=self.world.vault, new_id=new_id).run(
            self.world.caller("ann"), RunOrder(payload=payload | more, callback={"type": "slack", "channel": "C1", "threadTs": "17.5"}))
        self.world.work()
        return run

    def delivers(self) -> None:
        """Let this process deliver all that is due."""
        while self.relay.deliver() + self.relay.carry():
            pass

    def left(self) -> list[str]:
        return [str(kind) for (kind,) in self.world.rows("SELECT kind FROM outbox ORDER BY id")]


def card_in(home: ScriptedHome) -> Card:
    [(_, _, card)] = home.cards.values()
    return card


@pytest.fixture
def town(world: World) -> Town:
    issue, chat = ScriptedHome(now=world.clock.now), ScriptedHome(now=world.clock.now)
    world.at_home(issue.home(), replace(chat.home(), provider="slack"))
    return Town(world, issue, chat, world.relay())


def test_a_request_is_shown_wherever_it_is_discussed_and_both_places_tell_how_it_goes_on(town: Town) -> None:
    run = town.asks()
    town.delivers()
    assert [card_in(home).state for home in (town.issue, town.chat)] == [State.OPEN, State.OPEN]
    assert card_in(town.issue).may_answer == ("bob@acme.org", "cat@acme.org")

    town.world.approves("bob", run)
    town.delivers()
    assert card_in(town.issue).status == card_in(town.chat).status == "approved by bob@acme.org, running"

    town.world.work()
    town.delivers()
    assert "access until" in card_in(town.chat).status
    town.world.later(hours=2)
    town.world.work()
    town.delivers()
    assert [card_in(home).state for home in (town.issue, town.chat)] == [State.FINISHED, State.FINISHED]
    assert town.left() == []


def test_whoever_asked_is_told_once_when_people_have_answered_and_once_when_it_is_over(town: Town) -> None:
    run = town.asks()
    town.world.approves("bob", run)
    town.world.work()
    town.delivers()
    town.world.later(hours=2)
    town.world.work()
    town.delivers()
    agreed, over = [said.text for said in town.issue.said]
    assert agreed.startswith("ann@acme.org: ")
    assert "approved by bob@acme.org" in agreed
    assert "done" in over
    assert [said.text for said in town.chat.said] == [agreed, over]


def test_a_rejection_is_told_with_its_reason(town: Town) -> None:
    run = town.asks()
    town.world.rejects("cat", run, reason="two hours are enough, ask again")
    town.world.work()
    town.delivers()
    assert card_in(town.issue).state is State.REJECTED
    assert [said.text.count("two hours are enough") for said in town.issue.said] == [1]


def test_an_answer_that_is_taken_back_is_gone_from_the_card(town: Town) -> None:
    view = town.world.requests("ann", callback={"type": "github", "repositoryIdentifier": PROJECT, "issueNumber": 7})
    with town.world.database.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE approvals SET required = 2")
    town.world.approves("bob", view.approval.ref)
    town.delivers()
    assert card_in(town.issue).count == "1 of 2"
    WithdrawAnswer(database=town.world.database).withdraw(town.world.caller("bob"), view.approval.ref)
    town.delivers()
    assert card_in(town.issue).count == ""


def test_a_card_is_changed_only_when_something_else_is_to_be_seen(town: Town) -> None:
    run = town.asks()
    town.delivers()
    shown = [town.world.rows("SELECT conversation, message_id, shown FROM cards ORDER BY conversation")]
    town.issue.cards.clear()
    with town.world.database.begin() as tx:
        approval = town.world.approval(run).approval
        tx.outbox.put(ShowCard(execution_id=run.id, approval_id=approval.id, provider="github", conversation=HERE), tx.now())
    town.delivers()
    assert town.issue.cards == {}
    assert [town.world.rows("SELECT conversation, message_id, shown FROM cards ORDER BY conversation")] == shown


def test_r05_an_answer_that_is_lost_after_posting_leads_to_no_second_card(town: Town) -> None:
    town.issue.loses = 1
    town.asks()
    town.delivers()
    assert (len(town.issue.cards), town.left()) == (1, ["show-card"])
    town.world.later(seconds=30)
    fresh = town.world.relay()
    assert fresh.carry() == 1
    assert (len(town.issue.cards), town.left()) == (1, [])


def test_r06_a_conversation_that_is_gone_fails_its_card_and_no_other(town: Town) -> None:
    town.issue.gone.add(HERE)
    run = town.asks()
    town.delivers()
    assert (town.issue.cards, card_in(town.chat).state, town.left()) == ({}, State.OPEN, [])
    assert town.world.rows("SELECT conversation, failed FROM cards WHERE failed IS NOT NULL") == [(HERE, "the issue was deleted")]
    with town.world.database.read() as tx:
        assert tx.figures.failed_cards() == 1
    town.world.approves("bob", run)
    town.delivers()
    assert (town.issue.cards, town.left()) == ({}, [])


def test_r06_a_home_that_wishes_to_be_left_alone_is_left_alone_and_the_other_one_is_not(town: Town) -> None:
    town.issue.away, town.issue.wish = True, 30.0
    run = town.asks()
    town.delivers()
    assert (town.issue.cards, card_in(town.chat).state) == ({}, State.OPEN)
    town.issue.away = False
    town.world.later(seconds=25)
    town.world.approves("bob", run)
    town.delivers()
    assert (town.issue.cards, card_in(town.chat).state) == ({}, State.RUNNING)
    town.world.later(seconds=10)
    town.relay = town.world.relay()
    town.delivers()
    assert card_in(town.issue).state is State.RUNNING


def test_r07_a_home_is_down_for_two_hours_from_before_the_request_and_shows_all_within_a_minute_of_its_return(town: Town) -> None:
    town.issue.away = True
    runs = [town.asks(durationMinutes=60 + n) for n in range(5)]
    for _ in range(12):
        town.relay = town.world.relay()
        town.delivers()
        town.world.later(minutes=10)
    town.world.approves("bob", runs[0])
    assert (town.issue.cards, len(town.chat.cards)) == ({}, 5)
    assert {town.world.approval(run).approval.status for run in runs[1:]} == {"pending"}

    town.issue.away = False
    town.world.later(seconds=60)
    town.relay = town.world.relay()
    town.delivers()
    assert town.left() == []
    states = [card.state for _, _, card in town.issue.cards.values()]
    assert sorted(states) == sorted([State.RUNNING, *[State.OPEN] * 4])


def test_people_are_reminded_at_half_and_at_three_quarters_each_once_and_by_name(town: Town) -> None:
    run = town.asks()
    town.delivers()
    whole = town.world.approval(run).approval.expires_at - town.world.approval(run).approval.requested_at
    for part, count in ((0.4, 0), (0.1, 1), (0.1, 1), (0.15, 2), (0.1, 2), (0.12, 2)):
        town.world.later(seconds=(whole * part).total_seconds() + 1)
        town.world.sweep()
        town.world.sweep()
        town.delivers()
        reminders = [said for said in town.issue.said if said.marker.startswith("reminder:")]
        assert len(reminders) == count
    assert reminders[0].text.startswith("bob@acme.org or cat@acme.org: ")


def test_two_reminders_that_a_home_missed_are_one_when_it_is_back(town: Town) -> None:
    run = town.asks()
    town.delivers()
    town.issue.away = True
    whole = town.world.approval(run).approval.expires_at - town.world.approval(run).approval.requested_at
    for part in (0.51, 0.25):
        town.world.later(seconds=(whole * part).total_seconds())
        town.world.sweep()
        town.delivers()
    town.issue.away = False
    town.world.later(seconds=60)
    town.relay = town.world.relay()
    town.delivers()
    assert [len(home.said) for home in (town.issue, town.chat)] == [1, 2]
    assert town.issue.said[0].marker.endswith(":2")


def test_whoever_was_not_there_at_either_time_reminds_once_and_nobody_is_reminded_of_what_is_decided(town: Town) -> None:
    first = town.asks()
    town.delivers()
    approval = town.world.approval(first).approval
    town.world.later(seconds=(approval.expires_at - approval.requested_at).total_seconds() * 0.8)
    town.world.sweep()
    town.world.approves("bob", first)
    town.world.sweep()
    town.delivers()
    assert [said.marker for said in town.issue.said if said.marker.startswith("reminder:")] == []
    assert town.world.rows("SELECT sent, next_at FROM reminders") == [(2, None)]


def test_a_card_that_another_process_holds_waits_for_it_and_shows_what_is_true_in_the_end(town: Town) -> None:
    run = town.asks()
    town.relay.deliver()
    approval = town.world.approval(run).approval
    with town.world.database.begin() as tx:
        assert tx.cards.claim(approval.id, HERE, timedelta(seconds=60)) is not None
    with town.world.database.begin() as tx:
        assert tx.cards.claim(approval.id, HERE, timedelta(seconds=60)) is None
    town.delivers()
    assert town.issue.cards == {}
    town.world.later(seconds=61)
    town.delivers()
    assert card_in(town.issue).state is State.OPEN


def test_a_state_that_moves_while_its_card_is_posted_is_shown_by_the_same_delivery(town: Town) -> None:
    run = town.asks()
    town.relay.deliver()
    conversations = town.world.conversations(town.world.database)
    whole = town.issue.show

    class Deciding(ScriptedHome):
        def show(self, conversation: str, marker: str, card: Card, message_id: str | None) -> str:
            posted = whole(conversation, marker, card, message_id)
            if card.state is State.OPEN:
                town.world.approves("bob", run)
            return posted

    town.world.homes["github"] = replace(town.issue.home(), messenger=Deciding(now=town.world.clock.now))
    approval = town.world.approval(run).approval
    conversations.talk(ShowCard(execution_id=run.id, approval_id=approval.id, provider="github", conversation=HERE))
    assert card_in(town.issue).state is State.RUNNING


def test_a_provider_without_a_home_here_is_another_process_s(town: Town) -> None:
    run = town.asks()
    approval = town.world.approval(run).approval
    with pytest.raises(TryLater, match="teams is not set up here"):
        town.world.conversations(town.world.database).talk(
            ShowCard(execution_id=run.id, approval_id=approval.id, provider="teams", conversation="teams:x"))


def test_r09_a_home_that_hangs_delays_neither_the_other_home_nor_the_run_and_two_homes_agree_within_5_s(town: Town) -> None:
    released, hanging = threading.Event(), threading.Event()

    class Hanging(ScriptedHome):
        def show(self, conversation: str, marker: str, card: Card, message_id: str | None) -> str:
            hanging.set()
            released.wait(60)
            return town.issue.show(conversation, marker, card, message_id)

    town.world.homes["github"] = replace(town.issue.home(), messenger=Hanging(now=town.world.clock.now))
    engine = EmbeddedFlowEngine(town.world.advance, changes_of(town.world.database), slots=2, deliver=town.relay.deliver,
                                couriers=[town.relay.carry] * 2)
    town.world.database.nudge, town.world.database.post = engine.wake, engine.post
    engine.start()
    try:
        run = town.asks()
        assert hanging.wait(10)
        began = time.monotonic()
        town.world.approves("bob", run)
        until(lambda: [card.state for _, _, card in town.chat.cards.values()] == [State.RUNNING])
        until(lambda: town.world.see(run).execution.status == "running")
        assert time.monotonic() - began <= 5
        assert town.issue.cards == {}
        released.set()
        began = time.monotonic()
        until(lambda: [card.state for _, _, card in town.issue.cards.values()] == [State.RUNNING])
        assert time.monotonic() - began <= 5
    finally:
        released.set()
        engine.stop()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_home_that_fails_is_left_alone_by_everything_else_that_waits_for_it_until_it_answers_again(town: Town) -> None:
    tried: list[str] = []

    class Counting(ScriptedHome):
        def show(self, conversation: str, marker: str, card: Card, message_id: str | None) -> str:
            tried.append(marker)
            return town.issue.show(conversation, marker, card, message_id)

    town.world.homes["github"] = replace(town.issue.home(), messenger=Counting(now=town.world.clock.now))
    town.issue.away = True
    for n in range(5):
        town.asks(durationMinutes=60 + n)
    town.delivers()
    assert (len(tried), len(town.chat.cards), town.left()) == (1, 5, ["show-card"] * 5)
    town.issue.away = False
    town.world.later(seconds=5)
    until(lambda: town.relay.carry() > 0)
    town.delivers()
    assert (len(town.issue.cards), town.left()) == (5, [])


def test_nothing_is_announced_of_what_nobody_wants_to_know(town: Town) -> None:
    town.world.asks_for_access()
    assert town.left() == []
    town.world.database.announcing = Announcing()
    town.asks()
    assert town.left() == []


def test_a_callback_wants_to_know_too(world: World) -> None:
    world.database.announcing = Announcing(callbacks=True)
    world.requests("ann")
    assert world.rows("SELECT kind FROM outbox") == []
    asked = world.requests("ann", "job-2").approval
    with world.database.begin() as tx:
        tx.connection.execute(update(approvals).where(approvals.c.id == asked.id).values(callback=HOOK))
    world.approves("bob", asked.ref)
    assert world.rows("SELECT kind FROM outbox") == [("announce",)]


def test_the_relay_is_nudged_only_where_something_was_announced(town: Town) -> None:
    posted: list[str] = []
    town.world.database.post = lambda: posted.append("posted")
    quiet = town.world.asks_for_access()
    town.world.approves("bob", quiet)
    assert posted == []
    town.world.approves("cat", town.asks())
    assert len(posted) >= 2


def test_an_answer_costs_one_statement_more_where_somebody_wants_to_know_and_none_elsewhere(town: Town) -> None:
    costs = []
    for announcing in (Announcing(), Announcing(providers=frozenset({"github"}), callbacks=True), Announcing(callbacks=True)):
        run = town.asks()
        town.world.database.announcing = announcing
        with counted(town.world) as statements:
            town.world.approves("bob", run)
        costs.append(sum("marks" not in statement for statement in statements))  # SQLite's clock writes its mark once a second
    assert costs == [costs[0], costs[0] + 1, costs[0]]


def test_what_a_card_shows_of_a_pipeline_leads_there(town: Town) -> None:
    run = town.asks()
    town.delivers()
    with town.world.database.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE executions SET cicd_run_url = 'https://ci.example.com/runs/9'")
    town.world.approves("bob", run)
    town.delivers()
    assert "[Pipeline](https://ci.example.com/runs/9)" in plain_card(card_in(town.issue))


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    found: list[str] = []

    def note(connection: Any, cursor: Any, sql: str, *_: Any) -> None:
        found.append(sql)

    event.listen(world.database.writer, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(world.database.writer, "before_cursor_execute", note)


# -- a work item or a callback may name any place there is (H10) ------------------------------------------------------------------

def test_h10_a_card_is_not_shown_at_a_place_that_the_project_is_not_bound_to(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    town.issue.places[HERE] = "github:1/99"
    run = town.asks()
    town.delivers()
    assert (town.issue.cards, town.issue.said, town.left()) == ({}, [], [])
    assert card_in(town.chat).state is State.OPEN
    [why] = [record.__dict__["why"] for record in caplog.records if record.message == "card.failed"]
    assert why == f"{PROJECT} is not at home there: `placet projects bind {PROJECT} github:1/99` would say that it is"
    with town.world.database.read() as tx:
        assert [(each.conversation, each.why) for each in tx.cards.unshown(10)] == [(HERE, why)]
        assert tx.cards.unshown(10, "another project's id") == []

    town.world.approves("bob", run)
    town.world.work()
    town.delivers()
    assert (town.issue.cards, town.issue.said, town.left()) == ({}, [], [])
    assert town.chat.said


def test_a_card_is_shown_once_its_project_is_bound_to_the_place(town: Town) -> None:
    town.issue.places[HERE] = "github:1/99"
    run = town.asks()
    town.delivers()
    Register(database=town.world.database, new_id=new_id, operator="op").bind(PROJECT, "github:1/99")
    with town.world.database.read() as tx:
        assert tx.cards.unshown(10) == []
    town.delivers()
    assert card_in(town.issue).state is State.OPEN

    town.issue.places[HERE] = "github:1/100"  # the issue is another's by now, as after a transfer
    town.world.approves("bob", run)
    town.world.work()
    town.delivers()
    assert card_in(town.issue).state is State.OPEN
    assert town.issue.said == []


def test_a_place_of_another_project_is_none_of_this_one(town: Town) -> None:
    town.issue.places[HERE] = "github:1/99"
    town.world.bind("github", project="other/app", place="github:1/99")
    town.asks()
    town.delivers()
    assert town.issue.cards == {}


def test_nobody_is_reminded_at_a_place_that_the_project_has_left(town: Town) -> None:
    town.asks()
    town.delivers()
    town.issue.places[HERE] = "github:1/99"
    town.world.later(hours=13)
    town.world.sweep()
    town.delivers()
    assert town.issue.said == []
    assert len(town.chat.said) == 1


def test_where_a_conversation_belongs_is_asked_again_after_the_platform_was_away(town: Town) -> None:
    town.issue.places[HERE] = "github:1/99"
    town.issue.away = True
    town.asks()
    town.delivers()
    assert town.left() == ["show-card"]
    town.issue.away = False
    town.issue.places.clear()
    town.world.later(minutes=1)
    town.relay = town.world.relay()
    town.delivers()
    assert card_in(town.issue).state is State.OPEN


def test_h10_a_callback_into_a_channel_that_is_none_of_the_projects_is_refused(world: World) -> None:
    """Where the project has a channel at all: else nothing of it is shown in any."""
    elsewhere = {"type": "slack", "channel": "C9", "threadTs": "1.5"}
    assert world.requests("ann", "before", callback=elsewhere).approval.callback == elsewhere
    world.bind("slack", place="slack:T1/C1")
    with pytest.raises(Invalid, match="C9"):
        world.requests("ann", "job-1", callback=elsewhere)
    with pytest.raises(Invalid, match="C9"):
        RunFlow(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id).run(world.caller("ann"), RunOrder(
            payload={"id": "request-elevated-privileges", "repositoryIdentifier": PROJECT, "username": "ann@acme.org",
                     "targetOrg": "payments-prod", "accessLevel": "Admin", "durationMinutes": 60}, callback=elsewhere))
    assert world.requests("ann", "job-1", callback=elsewhere | {"channel": "C1"}).approval.status == "pending"
