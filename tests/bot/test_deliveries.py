"""Deliveries as platforms make them: doubled, reordered, late, lost, unreadable, while the platform or somebody's identity is away."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.outcome import note
from core.domain.messages import Delivery
from tests.bot.conversation import HERE, PROVIDER, Conversation


def test_r15_the_same_message_delivered_ten_times_in_any_order_and_a_day_later_has_one_effect(talk: Conversation) -> None:
    run = talk.asks()
    talk.world.later(minutes=1)
    refused, yes = talk.home.writes("dan", "approve"), talk.home.writes("bob", "approve")
    for post in (refused, yes) * 10:
        talk.redelivers(post)
    random.Random(7).shuffle(talk.home.mail)
    talk.settle()
    assert talk.status(run) == "approved"
    resolved_at = talk.world.approval(run).approval.resolved_at
    assert len(talk.replies) <= 1
    talk.world.later(hours=24)
    for post in (yes, refused):
        talk.redelivers(post)
    talk.settle()
    assert len(talk.replies) == 1
    assert talk.home.acknowledged == [yes.id]
    assert talk.world.approval(run).approval.resolved_at == resolved_at
    assert talk.world.audit(run).count("decide") == 1
    assert talk.world.rows("SELECT count(*) FROM messages") == [(2,)]


def test_r11_a_delivery_that_comes_again_under_its_own_id_is_kept_once(talk: Conversation) -> None:
    talk.asks()
    talk.home.writes("bob", "approve")
    [delivery] = talk.home.mail
    assert [talk.delivered(delivery) for _ in range(3)] == [True, False, False]
    assert talk.receive.work() == 1


def test_r23_a_handler_that_dies_after_the_decision_acknowledges_at_the_next_try_and_decides_nothing_more(talk: Conversation) -> None:
    run = talk.asks()
    post = talk.home.writes("bob", "approve")
    [delivery] = talk.home.mail
    talk.delivered(delivery)
    message = talk.home.read(delivery)
    assert message is not None
    with talk.world.database.begin() as tx:
        assert tx.inbox.take(timedelta(seconds=90)) is not None
    assert talk.handle.consider(message).acknowledged  # and the process dies here
    assert talk.home.acknowledged == []
    talk.home.mail.clear()
    talk.world.later(minutes=2)
    talk.settle()
    assert (talk.home.acknowledged, talk.status(run), talk.world.audit(run).count("decide")) == ([post.id], "approved", 1)


def test_r21_while_the_directory_is_away_nothing_is_decided_and_the_author_is_told_once(talk: Conversation) -> None:
    run = talk.asks()
    talk.home.away = True
    talk.home.writes("bob", "approve")
    delivery = talk.home.mail.pop()
    talk.delivered(delivery)
    for _ in range(12):
        assert talk.receive.work() == 0
        assert talk.status(run) == "pending"
        talk.world.later(minutes=3)
    talk.home.away = False
    talk.settle()
    assert talk.status(run) == "approved"
    [told] = talk.replies
    assert told.startswith("GitHub did not answer when I checked who you are. I will try again until ")


def test_r21_a_directory_that_stays_away_ends_in_a_refusal_and_a_delivery_set_aside_that_can_be_replayed(talk: Conversation) -> None:
    run = talk.asks()
    talk.home.away, talk.home.wish = True, 3_600.0
    talk.home.writes("bob", "approve")
    talk.delivered(talk.home.mail.pop())
    for _ in range(100):
        talk.receive.work()
        talk.world.later(minutes=6)
    talk.home.away = False
    talk.settle()
    assert talk.status(run) == "pending"
    assert talk.replies[-1].startswith("GitHub did not tell me in time who you are")
    assert len(talk.replies) == 2
    with talk.world.database.read() as tx:
        [filed] = tx.inbox.list(set_aside=True, limit=10)
        assert tx.inbox.counts()[2] == 1
    assert filed.error == "GitHub did not answer for 4 hours"
    with talk.world.database.begin() as tx:
        assert tx.inbox.replay(filed.id)
    talk.settle()
    assert talk.status(run) == "approved"


def test_what_cannot_be_understood_is_set_aside_and_keeps_nothing_back(talk: Conversation) -> None:
    run = talk.asks()
    talk.delivered(Delivery(provider=PROVIDER, delivery_id="bad", headers={"x-event": "comment"}, body="{not json"))
    talk.delivered(Delivery(provider=PROVIDER, delivery_id="other", headers={"x-event": "star"}, body="{}"))
    talk.delivered(Delivery(provider="nobody", delivery_id="1", headers={}, body="{}"))
    assert talk.says("bob", "approve") == []
    assert talk.status(run) == "approved"
    with talk.world.database.read() as tx:
        assert [filed.delivery.delivery_id for filed in tx.inbox.list(set_aside=True, limit=10)] == ["bad", "1"]


def test_a_mistake_of_ours_is_tried_eight_times_and_then_set_aside(talk: Conversation) -> None:
    talk.delivered(Delivery(provider=PROVIDER, delivery_id="odd", headers={"x-event": "comment"}, body="{}"))
    tries = 0
    for _ in range(20):
        talk.receive.work()
        with talk.world.database.read() as tx:
            tries = max(tries, *(f.tries for f in tx.inbox.list(set_aside=False, limit=10)))
        talk.world.later(minutes=6)
    with talk.world.database.read() as tx:
        [filed] = tx.inbox.list(set_aside=True, limit=10)
    assert (tries, filed.tries, filed.error) == (8, 8, "KeyError")


def test_a_message_that_claims_to_be_of_the_page_is_set_aside(talk: Conversation) -> None:
    run = talk.asks()
    bob = talk.world.caller("bob").person
    assert bob is not None
    person_id, reader = bob.id, talk.home.read
    delivery = talk.home.delivery(talk.home.writes("bob", "approve", delivered=False))

    class Liar:
        def read(self, delivery: Delivery) -> object:
            message = reader(delivery)
            assert message is not None
            author = replace(message.author, provider="page", id=person_id)
            return replace(message, provider="page", conversation=f"page:{run.id}", author=author)

    home = replace(talk.home.home(), reader=Liar())  # type: ignore[arg-type]
    talk.delivered(delivery)
    replace(talk.receive, homes={PROVIDER: home}).work()
    with talk.world.database.read() as tx:
        assert len(tx.inbox.list(set_aside=True, limit=10)) == 1
    assert talk.status(run) == "pending"


def test_r17_an_answer_whose_delivery_was_lost_is_found_within_five_minutes_and_checked_like_any_other(talk: Conversation) -> None:
    run = talk.asks()
    talk.reconcile.sweep()
    talk.home.writes("dan", "approve", delivered=False)
    talk.home.writes("bob", "approve", delivered=False)
    for _ in range(2):
        talk.world.later(seconds=125)
        talk.reconcile.sweep()
        talk.speak()
    assert talk.status(run) == "approved"
    assert talk.replies == ["Only bob@acme.org and cat@acme.org can answer this one."]
    assert talk.lost == [PROVIDER, PROVIDER]
    talk.home.mail = [talk.home.delivery(post) for post in talk.home.posts]
    talk.settle()
    assert (len(talk.replies), talk.world.audit(run).count("decide")) == (1, 1)


def test_what_was_delivered_is_not_counted_as_lost(talk: Conversation) -> None:
    talk.asks()
    talk.reconcile.sweep()
    talk.says("dan", "approve")
    talk.says("bob", "let me see")
    for _ in range(3):
        talk.world.later(seconds=125)
        assert talk.reconcile.sweep() == 0
    assert (talk.lost, len(talk.replies)) == ([], 1)


def test_r22_what_a_platform_shows_only_later_is_found_later(talk: Conversation) -> None:
    run = talk.asks()
    talk.reconcile.sweep()
    talk.home.lag = timedelta(minutes=5)
    talk.home.writes("bob", "approve", delivered=False)
    for _ in range(4):
        talk.world.later(seconds=125)
        talk.reconcile.sweep()
    assert talk.status(run) == "approved"


def test_a_platform_that_is_away_is_asked_less_and_found_again(talk: Conversation) -> None:
    run = talk.asks()
    talk.reconcile.sweep()
    talk.home.away, talk.home.wish = True, 600.0
    talk.home.writes("bob", "approve", delivered=False)
    talk.world.later(seconds=125)
    talk.reconcile.sweep()
    talk.home.away = False
    asked = len(talk.home.asked)
    talk.world.later(seconds=300)
    talk.reconcile.sweep()
    assert len(talk.home.asked) == asked
    talk.world.later(seconds=305)
    talk.reconcile.sweep()
    assert talk.status(run) == "approved"


def test_a_conversation_that_is_gone_keeps_no_other_from_being_read(talk: Conversation) -> None:
    run = talk.asks()
    talk.world.asks_for_access("ann", targetOrg="uat", workItemRef={"type": "github-issue", "key": "8"})
    talk.reconcile.sweep()
    talk.home.gone.add("github:acme/app#8")
    talk.home.writes("bob", "approve", delivered=False)
    for _ in range(2):
        talk.world.later(seconds=125)
        talk.reconcile.sweep()
    assert talk.status(run) == "approved"
    assert talk.world.rows("SELECT conversation, failed FROM reconciled") == [("github:acme/app#8", "the issue was deleted")]


def test_looks_are_spread_and_end_with_the_last_open_request(talk: Conversation) -> None:
    for number in range(1, 7):
        talk.world.asks_for_access("ann", targetOrg=f"org-{number}", workItemRef={"type": "github-issue", "key": str(number)})
    talk.reconcile.sweep()
    assert talk.home.asked == []
    looked = []
    for _ in range(6):
        talk.world.later(seconds=20)
        talk.reconcile.sweep()
        looked.append(len(talk.home.asked))
    assert looked == [1, 2, 3, 4, 5, 6]
    talk.world.later(hours=25)
    talk.world.sweep()
    talk.reconcile.sweep()
    assert talk.world.rows("SELECT count(*) FROM reconciled") == [(0,)]


def test_a_new_request_in_a_conversation_is_read_from_when_it_was_asked(talk: Conversation) -> None:
    talk.asks()
    talk.reconcile.sweep()
    talk.world.later(seconds=125)
    talk.reconcile.sweep()
    [(conversation, since)] = talk.home.asked
    asked = talk.world.rows("SELECT requested_at FROM approvals")[0][0]
    assert conversation == HERE
    assert str(since)[:19] == str(asked).replace("T", " ")[:19]


@pytest.mark.parametrize("again", [False, True])
def test_a_bound_place_and_another_delivery_at_the_same_moment_say_one_thing(talk: Conversation, again: bool) -> None:
    talk.asks()
    post = talk.home.writes("dan", "approve")
    talk.redelivers(post)
    first, second = (talk.home.read(each) for each in talk.home.mail)
    assert first is not None
    assert second is not None
    one, other = talk.handle.consider(first), talk.handle.consider(second, again=again)
    with talk.world.database.begin() as tx:
        assert (len(note(tx, one).said), note(tx, other).said) == (1, ())
