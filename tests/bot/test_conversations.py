"""Answers as people give them where they talk, and what they are told."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

from bot.link import hash_of
from core.domain.parameters import Secret
from core.flows.context import FlowContext
from core.flows.registry import build_registry, flow
from tests.bot.conversation import HERE, PROVIDER, Conversation
from tests.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    host: str
    password: Annotated[str, Secret()]


@flow(id="log-in", category="access", parameters=Login)
def log_in(ctx: FlowContext, request: Login) -> None:
    """Takes a secret."""


@flow(id="careful", category="access", parameters=Nothing, required=2)
def careful(ctx: FlowContext, request: Nothing) -> None:
    """Asks two."""
    ctx.approval("May they?")


def test_an_approver_says_yes_and_the_run_goes_on(talk: Conversation) -> None:
    run = talk.asks()
    assert talk.says("bob", "approve") == []
    assert (talk.status(run), talk.home.acknowledged) == ("approved", ["1"])
    [answer] = talk.world.approval(run).approval.answers
    assert (answer.email, answer.surface, answer.name) == ("bob@acme.org", PROVIDER, "bob")
    talk.world.work()
    assert str(talk.world.see(run).execution.status) != "suspended"


def test_a_no_with_its_reason_ends_it_and_the_reason_is_kept(talk: Conversation) -> None:
    run = talk.asks()
    assert talk.says("bob", "reject: wrong org, use uat first") == []
    approval = talk.world.approval(run).approval
    assert (approval.status, approval.resolved_by, approval.reason) == ("rejected", "bob@acme.org", "wrong org, use uat first")


def test_the_wrong_person_is_told_who_can_answer_and_keeps_nobody_from_it(talk: Conversation) -> None:
    run = talk.asks()
    assert talk.says("dan", "approve") == ["Only bob@acme.org and cat@acme.org can answer this one."]
    assert talk.says("eve", "lgtm") == ["Only bob@acme.org and cat@acme.org can answer this one."]
    assert (talk.status(run), talk.security()) == ("pending", ["NotAnApprover", "NotAnApprover"])
    assert talk.says("cat", "approve") == []
    assert talk.status(run) == "approved"


def test_whoever_asked_does_not_answer(talk: Conversation) -> None:
    run = talk.asks("bob")
    assert talk.says("bob", "+1") == ["You asked for this, started it or benefit from it, so someone else has to answer it."]
    assert (talk.status(run), talk.security()) == ("pending", ["SelfApproval"])


def test_of_two_open_requests_one_has_to_be_named(talk: Conversation) -> None:
    first, second = talk.asks(), talk.asks(targetOrg="billing-prod")
    [which] = talk.says("bob", "approve")
    assert which.startswith("Two requests are open here. Which one?")
    assert talk.ref(first) in which
    assert talk.ref(second) in which
    assert (talk.status(first), talk.status(second)) == ("pending", "pending")
    assert talk.says("bob", f"approve {talk.ref(second)}") == []
    assert (talk.status(first), talk.status(second)) == ("pending", "approved")


def test_all_of_them_are_answered_after_exactly_these_were_confirmed(talk: Conversation) -> None:
    first, second = talk.asks(), talk.asks(targetOrg="billing-prod")
    [asked] = talk.says("bob", "approve all")
    confirmation = asked.split("`approve all ")[1].split("`")[0]
    third = talk.asks(targetOrg="crm-prod")
    [again] = talk.says("bob", f"approve all {confirmation}")
    assert "That would approve" in again
    assert {talk.status(run) for run in (first, second, third)} == {"pending"}
    confirmation = again.split("`approve all ")[1].split("`")[0]
    assert talk.says("bob", f"approve all {confirmation}") == []
    assert {talk.status(run) for run in (first, second, third)} == {"approved"}


def test_some_of_all_may_be_refused_and_the_rest_counts(talk: Conversation) -> None:
    own, other = talk.asks("bob"), talk.asks("ann")
    [asked] = talk.says("bob", "approve all")
    [told] = talk.says("bob", "approve all " + asked.split("`approve all ")[1].split("`")[0])
    assert told == f"`{talk.ref(own)}`: You asked for this, started it or benefit from it, so someone else has to answer it."
    assert (talk.status(own), talk.status(other)) == ("pending", "approved")


def test_an_answer_after_its_time_is_told_that_it_lapsed(talk: Conversation) -> None:
    run = talk.asks()
    talk.world.later(hours=25)
    [told] = talk.says("bob", "approve")
    assert told.startswith("This lapsed at ")
    assert talk.status(run) == "expired"


def test_a_second_answer_is_told_how_it_ended(talk: Conversation) -> None:
    talk.asks()
    talk.says("bob", "approve")
    [told] = talk.says("cat", "reject: too broad")
    assert told.startswith("This was approved by bob@acme.org at ")


def test_a_hedged_yes_is_asked_back_from_who_could_answer_and_nobody_else(talk: Conversation) -> None:
    run = talk.asks()
    assert talk.says("bob", "approve, but only after 17:00")[0].startswith("I did not count that: it may be meant under a condition")
    assert talk.says("dan", "approve, but only after 17:00") == []
    assert len(talk.says("dan", "@placet approve, but only after 17:00")) == 1
    assert talk.status(run) == "pending"


def test_talk_is_silence_and_not_kept(talk: Conversation) -> None:
    run = talk.asks()
    for text in ("No problem, looks good", "oh yes that makes sense", "please /approve this", "> approve", ""):
        assert talk.says("bob", text) == []
    assert (talk.status(run), talk.world.rows("SELECT count(*) FROM messages")) == ("pending", [(0,)])


def test_an_answer_is_taken_back_while_it_is_open(talk: Conversation) -> None:
    run = talk.asks()
    assert talk.says("bob", "withdraw") == [
        "There is no answer of yours here to withdraw. If you want to answer, say approve, or reject and why."]
    assert talk.status(run) == "pending"


def test_the_requester_takes_the_request_back_and_nobody_else(talk: Conversation) -> None:
    run = talk.asks()
    ref = talk.ref(run)
    assert talk.says("dan", f"cancel {ref}")[0].startswith("Only ann@acme.org, who asked, can cancel this one here.")
    [told] = talk.says("ann", f"cancel {ref}")
    assert told.endswith("is cancelled. Nothing was done.")
    assert talk.world.see(run).execution.status == "cancelled"


def test_a_request_of_another_project_is_not_cancelled_from_here(talk: Conversation) -> None:
    eve = talk.world.caller("eve")
    run = talk.world.run("eve", project="other/app", username="eve@other.org", targetOrg="x", accessLevel="Admin", durationMinutes=60)
    talk.world.person("fay@other.org", project="other/app")
    talk.world.work()
    refs = talk.world.rows("SELECT ref FROM approvals WHERE execution_id = :id", id=run.id)
    assert eve.person is not None
    for (ref,) in refs:
        assert talk.says("eve", f"cancel {ref}") == [
            "There is no approval of this id that you can see. Check the id, and that the project is one of yours."]
    assert talk.world.see(run, "eve").execution.status != "cancelled"


def test_status_and_help_answer_whoever_asks(talk: Conversation) -> None:
    run = talk.asks()
    [status] = talk.says("dan", "status")
    assert f"`{talk.ref(run)}`" in status
    assert "bob@acme.org or cat@acme.org may answer" in status
    [help_text] = talk.says("dan", "help")
    assert "https://placet.acme.org" in help_text


def test_an_unknown_account_is_told_how_to_link_it_and_counts_once_it_is_linked(talk: Conversation) -> None:
    run = talk.asks()
    talk.unlink("102")
    assert talk.says("bob", "approve") == [
        "I do not know who `bob` is yet. Reply `link` to connect your account, or ask an operator of Placet. Then answer again."]
    assert (talk.status(run), talk.security()) == ("pending", ["UnknownPerson"])
    [told] = talk.says("bob", "link")
    assert told.startswith("Your code is `")
    assert "Open https://placet.acme.org/link while you are signed in" in told
    talk.link("bob", "102")
    assert talk.status(run) == "pending"
    assert talk.says("bob", "approve") == []
    assert talk.status(run) == "approved"


def test_a_code_is_made_when_it_is_said_and_stands_in_no_outbox(talk: Conversation) -> None:
    talk.asks()
    talk.unlink("102")
    talk.home.writes("bob", "link")
    talk.delivered(talk.home.mail.pop(0))
    talk.receive.work()
    assert talk.world.rows("SELECT * FROM link_codes") == []
    [(waiting,)] = talk.world.rows("SELECT content FROM outbox WHERE kind = 'say'")
    assert "Your code is `{code}`, for 15 minutes" in str(waiting)
    talk.speak()
    code = talk.replies[-1].split("`")[1]
    assert [(hash, login) for hash, login in talk.world.rows("SELECT hash, login FROM link_codes")] == [(hash_of(code), "bob")]


def test_a_login_that_now_belongs_to_another_account_is_nobody(talk: Conversation) -> None:
    run = talk.asks()
    talk.home.account("bob", "666")
    assert talk.says("bob", "approve")[0].startswith("I do not know who `bob` is yet.")
    assert talk.status(run) == "pending"


def test_a_guest_a_bot_and_a_disabled_person_do_not_count(talk: Conversation) -> None:
    run = talk.asks()
    talk.home.account("bob", "102", refused="You are a guest here.")
    assert talk.says("bob", "approve") == [
        "You are a guest here. So I did not count that; answer with an account of your organisation, or in Placet."]
    talk.home.account("cat", "103", human=False)
    assert talk.says("cat", "approve") == []
    talk.home.account("cat", "103")
    talk.world.disable("cat")
    assert talk.says("cat", "approve")[0].startswith("Your account is disabled in Placet.")
    assert (talk.status(run), talk.security()) == ("pending", ["NotCountedThere", "Disabled"])


def test_words_that_another_sent_are_nobodys(talk: Conversation) -> None:
    run = talk.asks()
    assert talk.says("bob", "approve", sender="900") == []
    assert talk.status(run) == "pending"


def test_what_comes_from_a_place_that_is_not_bound_has_no_effect_and_stands_in_the_audit(talk: Conversation) -> None:
    run = talk.asks()
    assert talk.says("bob", "approve", place="github:1/99") == []
    assert talk.says("bob", "just talk", place="github:1/99") == []
    assert (talk.status(run), talk.security()) == ("pending", ["PlaceNotBound"])
    talk.unbind()
    assert talk.says("bob", "approve") == []
    assert (talk.status(run), talk.security()) == ("pending", ["PlaceNotBound", "PlaceNotBound"])


def test_the_place_of_another_project_does_not_reach_this_one(talk: Conversation) -> None:
    run = talk.asks()
    talk.unbind()
    talk.bind("other/app")
    assert talk.says("bob", "approve") == []
    assert (talk.status(run), talk.security()) == ("pending", ["PlaceNotBound"])


def test_a_message_older_than_the_request_is_no_answer_to_it(talk: Conversation) -> None:
    talk.world.later(hours=1)
    run = talk.asks()
    assert talk.says("bob", "approve", ago=timedelta(minutes=5)) == []
    assert talk.status(run) == "pending"


def test_an_edit_makes_no_answer_and_changes_none(talk: Conversation) -> None:
    run = talk.asks()
    post = talk.home.writes("bob", "let me see")
    talk.settle()
    edited = talk.home.edits(post, "approve")
    talk.settle()
    talk.redelivers(edited)
    talk.settle()
    assert talk.replies == ["I read a message only as it was first written. Please write your answer as a new one."]
    assert talk.status(run) == "pending"
    talk.says("bob", "reject: no")
    talk.home.edits(talk.home.posts[-1], "approve")
    talk.settle()
    assert (talk.status(run), len(talk.replies)) == ("rejected", 1)


def test_e08_what_was_changed_before_it_was_read_does_not_count_and_its_author_is_told(talk: Conversation) -> None:
    run = talk.asks()
    post = talk.home.writes("bob", "approve")
    talk.home.edits(post, "approve, if it rains", delivered=False)
    talk.settle()
    assert talk.replies == ["I read a message only as it was first written. Please write your answer as a new one."]
    assert talk.status(run) == "pending"
    assert talk.says("bob", "approve") == []
    assert talk.status(run) == "approved"


def test_what_was_taken_back_before_it_was_read_does_not_count(talk: Conversation) -> None:
    run = talk.asks()
    talk.home.posts.remove(talk.home.writes("bob", "approve"))
    talk.settle()
    assert (talk.status(run), talk.replies) == ("pending", [])


def test_e17_what_cannot_be_seen_yet_counts_once_it_can(talk: Conversation) -> None:
    run = talk.asks()
    talk.home.lag = timedelta(minutes=1)
    assert talk.says("bob", "approve") == []
    assert talk.status(run) == "pending"
    talk.world.later(minutes=2)
    talk.settle()
    assert talk.status(run) == "approved"


def test_what_was_heard_to_be_changed_does_not_count_when_it_is_found_again_as_if_it_were_not(talk: Conversation) -> None:
    run = talk.asks()
    post = talk.home.writes("bob", "let me see")
    edited = talk.home.edits(post, "approve")
    talk.settle()
    talk.home.posts[talk.home.posts.index(edited)] = replace(edited, edited=False)  # changed within the second in which it was written
    talk.home.mail.append(talk.home.delivery(talk.home.posts[-1]))
    talk.settle()
    assert (talk.status(run), len(talk.replies)) == ("pending", 1)


def test_a_run_is_asked_for_where_people_talk_and_its_request_is_discussed_there(talk: Conversation) -> None:
    [told] = talk.says(
        "ann", "/placet request-elevated-privileges username=ann@acme.org targetOrg=payments-prod accessLevel=Admin durationMinutes=60")
    assert told.startswith("Started: ")
    talk.world.work()
    [(status,)] = talk.world.rows("SELECT status FROM approvals")
    assert status == "pending"
    assert talk.says("bob", "approve") == []
    assert talk.world.rows("SELECT status FROM approvals") == [("approved",)]


def test_what_cannot_be_asked_for_by_chat_is_refused_with_the_reason(talk: Conversation) -> None:
    [told] = talk.says("ann", "/placet request-elevated-privileges skipApproval=true durationMinutes=soon")
    assert told == "I could not start this: skipApproval cannot be given here. Nothing was started."
    [told] = talk.says("ann", "/placet nonsense")
    assert "There is no flow type nonsense" in told
    [told] = talk.says("dan", "/placet request-elevated-privileges durationMinutes=soon")
    assert "durationMinutes must be a whole number, got 'soon'." in told
    assert talk.world.rows("SELECT count(*) FROM executions") == [(0,)]


def test_what_is_kept_of_a_message_is_bounded_and_free_of_secrets_and_nul(talk: Conversation) -> None:
    talk.asks()
    talk.says("bob", "reject: the token ghp_0123456789012345678901234567 leaked\n" + "x" * 1000 + "\x00")
    [(text,)] = talk.world.rows("SELECT text FROM messages")
    assert "ghp_" not in text
    assert "\x00" not in text
    assert talk.world.rows("SELECT conversation FROM messages") == [(HERE,)]


def test_one_of_two_approvals_is_taken_back_in_time(world: World) -> None:
    world.deploy(build_registry([careful], {}))
    talk = Conversation(world)
    run = world.run("ann", "careful", workItemRef={"type": "github-issue", "key": "7"})
    world.work()
    assert talk.says("bob", "approve") == []
    [told] = talk.says("bob", "withdraw")
    assert told == "Your answer to May they? is taken back. 0 of 2 have approved it."
    assert talk.says("cat", "approve") == []
    assert talk.status(run) == "pending"
    assert talk.says("bob", "approve") == []
    assert talk.status(run) == "approved"
    assert talk.says("bob", "withdraw")[0].startswith("This was approved by bob@acme.org at ")


def test_a_secret_that_was_typed_all_the_same_is_not_kept_with_the_message(world: World) -> None:
    world.deploy(build_registry([log_in], {}))
    talk = Conversation(world)
    [told] = talk.says("ann", '/placet log-in host=db password="correct horse"')
    assert "password is secret, and nothing secret belongs into a message" in told
    assert world.rows("SELECT text FROM messages") == [("/placet log-in host=... password=...",)]
