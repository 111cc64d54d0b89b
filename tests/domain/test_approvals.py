"""How an approval is decided."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.approvals import SAME_ANSWER_AGAIN, Approval, Risk, Status, Verdict, decide, expire, lapsed_authority, resolve, withdraw
from core.errors import AlreadyDecided, DigestNeeded, HighRisk, NotAnApprover, SelfApproval, WrongDigest
from tests.domain.build import DIGEST, NOON, answer, approval, decision, electorate, member, owners

LATER = NOON + timedelta(minutes=30)
END = NOON + timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


def test_one_yes_is_enough_where_one_is_required() -> None:
    decided = decide(approval(), decision("bob"), owners("bob"), now=LATER)
    assert (decided.status, decided.resolved_by, decided.resolved_at) == (Status.APPROVED, "bob@acme.org", LATER)
    assert [a.email for a in decided.approvals()] == ["bob@acme.org"]


def test_a_yes_keeps_its_reason() -> None:
    assert decide(approval(), decision("bob", reason="as agreed"), owners("bob"), now=LATER).reason == "as agreed"


def test_what_has_ended_tells_by_whom_when_and_why() -> None:
    ended = resolve(approval(), Status.REJECTED, by="bob@acme.org", reason="not on a Friday", now=NOON)
    with pytest.raises(AlreadyDecided) as refused:
        resolve(ended, Status.APPROVED, by="cat@acme.org", reason=None, now=LATER)
    error = refused.value
    assert (error.status, error.by, error.at, error.reason) == (Status.REJECTED, "bob@acme.org", NOON, "not on a Friday")


def test_owners_are_named_only_where_nobody_else_is() -> None:
    assert approval().named(("bob@acme.org",)).approvers == ("bob@acme.org",)
    assert approval(approvers=("cat@acme.org",)).named(("bob@acme.org",)).approvers == ("cat@acme.org",)


def test_a_quorum_of_two_needs_two_people() -> None:
    voters = owners("bob", "cat")
    first = decide(approval(required=2), decision("bob"), voters, now=NOON)
    assert (first.status, first.resolved_at) == (Status.PENDING, None)
    assert decide(first, decision("bob"), voters, now=LATER) is first
    second = decide(first, decision("cat"), voters, now=LATER)
    assert (second.status, second.resolved_by) == (Status.APPROVED, "cat@acme.org")


def test_one_no_is_enough() -> None:
    first = decide(approval(required=3), decision("bob"), owners("bob", "cat", "dan"), now=NOON)
    rejected = decide(first, decision("cat", Verdict.REJECT, reason="not on a Friday"), owners("bob", "cat", "dan"), now=LATER)
    assert (rejected.status, rejected.resolved_by, rejected.reason) == (Status.REJECTED, "cat@acme.org", "not on a Friday")


def test_the_yes_of_somebody_who_may_not_answer_any_more_does_not_count() -> None:
    first = decide(approval(required=2), decision("bob"), owners("bob", "cat", "dan"), now=NOON)
    assert decide(first, decision("cat"), owners("cat", "dan"), now=LATER).status is Status.PENDING


def test_whoever_says_yes_may_still_say_no() -> None:
    yes = decide(approval(required=2), decision("bob"), owners("bob", "cat"), now=NOON)
    no = decide(yes, decision("bob", Verdict.REJECT), owners("bob", "cat"), now=LATER)
    assert no.status is Status.REJECTED
    assert [(a.person_id, a.verdict) for a in no.answers] == [("bob", Verdict.REJECT)]


def test_a_withdrawn_yes_does_not_count_and_may_be_given_again() -> None:
    voters = owners("bob", "cat")
    taken_back = withdraw(decide(approval(required=2), decision("bob"), voters, now=NOON), "bob", now=LATER)
    assert taken_back.approvals() == ()
    assert [a.withdrawn_at for a in taken_back.answers] == [LATER]
    alone = decide(taken_back, decision("cat"), voters, now=LATER)
    assert alone.status is Status.PENDING
    assert decide(alone, decision("bob"), voters, now=LATER).status is Status.APPROVED


def test_only_the_own_answer_is_withdrawn_and_only_once() -> None:
    yes = decide(approval(required=2), decision("bob"), owners("bob", "cat"), now=NOON)
    assert withdraw(yes, "cat", now=LATER) == yes
    once = withdraw(yes, "bob", now=LATER)
    assert withdraw(once, "bob", now=LATER + INSTANT) == once


def test_nothing_is_withdrawn_from_what_has_ended() -> None:
    decided = decide(approval(), decision("bob"), owners("bob"), now=NOON)
    with pytest.raises(AlreadyDecided):
        withdraw(decided, "bob", now=LATER)
    with pytest.raises(AlreadyDecided):
        withdraw(approval(answers=(answer("bob"),)), "bob", now=END)


# -- again, and against -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_same_answer_again_changes_nothing(verdict: Verdict) -> None:
    decided = decide(approval(), decision("bob", verdict), owners("bob"), now=NOON)
    assert decide(decided, decision("bob", verdict, reason="again", name="Robert"), owners("bob"), now=LATER) is decided


def test_the_same_answer_again_long_after_the_decision_is_the_same_record() -> None:
    decided = decide(approval(), decision("bob"), owners("bob"), now=NOON)
    assert decide(decided, decision("bob"), owners("bob"), now=END + timedelta(days=400)) is decided


@pytest.mark.parametrize(("name", "verdict"), [("bob", Verdict.REJECT), ("cat", Verdict.APPROVE), ("cat", Verdict.REJECT)])
def test_anything_else_on_an_ended_approval_is_told_who_ended_it(name: str, verdict: Verdict) -> None:
    decided = decide(approval(), decision("bob"), owners("bob", "cat"), now=NOON)
    with pytest.raises(AlreadyDecided) as refused:
        decide(decided, decision(name, verdict), owners("bob", "cat"), now=LATER)
    assert (refused.value.status, refused.value.by, refused.value.at) == ("approved", "bob@acme.org", NOON)


def test_whoever_comes_after_a_rejection_is_told_its_reason() -> None:
    decided = decide(approval(), decision("bob", Verdict.REJECT, reason="not on a Friday"), owners("bob", "cat"), now=NOON)
    with pytest.raises(AlreadyDecided) as refused:
        decide(decided, decision("cat"), owners("bob", "cat"), now=LATER)
    assert refused.value.reason == "not on a Friday"


def test_an_answer_that_was_given_and_withdrawn_is_no_same_answer() -> None:
    withdrawn = approval(status=Status.APPROVED, resolved_by="cat@acme.org", resolved_at=NOON, answers=(
        answer("bob", withdrawn_at=NOON), answer("cat")))
    with pytest.raises(AlreadyDecided):
        decide(withdrawn, decision("bob"), owners("bob", "cat"), now=LATER)


# -- time -------------------------------------------------------------------------------------------------------------------------


def test_the_last_instant_is_in_time_and_the_end_is_not() -> None:
    assert decide(approval(), decision("bob"), owners("bob"), now=END - INSTANT).status is Status.APPROVED
    with pytest.raises(AlreadyDecided) as refused:
        decide(approval(), decision("bob"), owners("bob"), now=END)
    assert (refused.value.status, refused.value.by, refused.value.at) == ("expired", None, END)


def test_it_expires_exactly_at_its_end_whenever_that_is_noticed() -> None:
    assert expire(approval(), now=END - INSTANT) is None
    for noticed in (END, END + INSTANT, END + timedelta(days=9)):
        expired = expire(approval(), now=noticed)
        assert expired is not None
        assert (expired.status, expired.resolved_by, expired.resolved_at) == (Status.EXPIRED, None, END)


def test_what_has_ended_does_not_expire() -> None:
    decided = decide(approval(), decision("bob"), owners("bob"), now=NOON)
    assert expire(decided, now=END + timedelta(days=1)) is None
    assert decided.at(END + timedelta(days=1)) is decided


def test_an_overdue_one_is_shown_as_expired_before_that_is_recorded() -> None:
    assert approval().at(END - INSTANT).status is Status.PENDING
    assert (approval().at(END).status, approval().at(END).resolved_at) == (Status.EXPIRED, END)


def test_a_yes_below_the_quorum_is_not_repeated_into_an_expired_approval() -> None:
    waiting = decide(approval(required=2), decision("bob"), owners("bob", "cat"), now=NOON)
    with pytest.raises(AlreadyDecided):
        decide(waiting, decision("bob"), owners("bob", "cat"), now=END)


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.PENDING])
def test_nothing_ends_twice(status: Status) -> None:
    ended = resolve(approval(), status, by=None, reason=None, now=NOON)
    for other in Status:
        with pytest.raises(AlreadyDecided):
            resolve(ended, other, by="bob@acme.org", reason=None, now=LATER)


# -- what the answer is meant for -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digest", [DIGEST, DIGEST[:8], DIGEST.upper(), DIGEST[:8].upper()])
def test_a_digest_is_named_by_its_beginning_in_any_case(digest: str) -> None:
    assert decide(approval(), decision("bob", digest=digest), owners("bob"), now=NOON).status is Status.APPROVED


@pytest.mark.parametrize("digest", ["f" * 8, DIGEST[1:9], DIGEST + "0", "1" + DIGEST[1:]])
def test_the_digest_of_something_else_is_refused(digest: str) -> None:
    with pytest.raises(WrongDigest) as refused:
        decide(approval(), decision("bob", digest=digest), owners("bob"), now=NOON)
    assert refused.value.digest == DIGEST


def test_a_wrong_digest_is_refused_also_where_the_answer_is_the_same() -> None:
    decided = decide(approval(), decision("bob"), owners("bob"), now=NOON)
    with pytest.raises(WrongDigest):
        decide(decided, decision("bob", digest="f" * 8), owners("bob"), now=NOON)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_repeated_answer_does_not_fall_through_to_the_next_gate(verdict: Verdict) -> None:
    again = decision("bob", verdict, last_answer=answer("bob", verdict, at=NOON))
    with pytest.raises(DigestNeeded) as refused:
        decide(approval(), again, owners("bob"), now=NOON + SAME_ANSWER_AGAIN - INSTANT)
    assert refused.value.digest == DIGEST
    assert decide(approval(), again, owners("bob"), now=NOON + SAME_ANSWER_AGAIN).status is not Status.PENDING
    assert decide(approval(), replace(again, digest=DIGEST[:8]), owners("bob"), now=NOON).status is not Status.PENDING


def test_the_other_answer_is_no_repetition() -> None:
    after_a_no = decision("bob", Verdict.APPROVE, last_answer=answer("bob", Verdict.REJECT, at=NOON))
    assert decide(approval(), after_a_no, owners("bob"), now=NOON).status is Status.APPROVED


def test_who_may_not_answer_is_told_so_before_the_digest() -> None:
    outsider = decision("eve", last_answer=answer("eve", at=NOON))
    with pytest.raises(NotAnApprover):
        decide(approval(), outsider, owners("bob"), now=NOON)
    with pytest.raises(SelfApproval):
        decide(approval(), decision("ann"), electorate(member("ann"), member("bob"), excluded=("ann",)), now=NOON)


# -- passing the gate -------------------------------------------------------------------------------------------------------------


def approved(*names: str) -> Approval:
    return approval(required=len(names), status=Status.APPROVED, resolved_at=NOON, answers=tuple(answer(name) for name in names))


def test_an_approved_gate_opens_while_its_people_still_may() -> None:
    assert lapsed_authority(approved("bob", "cat"), owners("bob", "cat"), ()) is None


def test_an_approved_gate_stays_shut_when_a_decider_may_not_any_more() -> None:
    assert lapsed_authority(approved("bob", "cat"), owners("cat"), ()) == "bob@acme.org approved it and may not any more"
    assert lapsed_authority(approved("cat", "bob"), owners(), ()) == "bob@acme.org, cat@acme.org approved it and may not any more"
    assert lapsed_authority(approved("bob"), electorate(member("bob", disabled=True)), ()) is not None


def test_an_approved_gate_stays_shut_when_whoever_asked_was_disabled() -> None:
    assert lapsed_authority(approved("bob"), owners("bob"), ["ann"]) == "ann@acme.org, who asked, has been disabled"
    assert lapsed_authority(approved("bob"), owners("bob"), ["somebody else"]) is None


def test_one_yes_too_many_makes_up_for_one_that_lapsed() -> None:
    three = replace(approved("bob", "cat", "dan"), required=2)
    assert lapsed_authority(three, owners("bob", "dan"), ()) is None


@pytest.mark.parametrize("digest", [None, "", DIGEST[:7], "f" * 8, DIGEST + "0"])
def test_a_yes_of_high_risk_needs_the_digest_and_a_no_does_not(digest: str | None) -> None:
    asked = approval(risk=Risk.HIGH)
    with pytest.raises(HighRisk):
        decide(asked, decision("bob", digest=digest), owners("bob"), now=NOON)
    assert decide(asked, decision("bob", Verdict.REJECT), owners("bob"), now=NOON).status is Status.REJECTED
    assert decide(asked, decision("bob", digest=DIGEST[:8].upper()), owners("bob"), now=NOON).status is Status.APPROVED


def test_what_was_of_high_risk_and_has_ended_says_how_it_ended() -> None:
    asked = approval(risk=Risk.HIGH)
    with pytest.raises(AlreadyDecided):
        decide(asked, decision("bob"), owners("bob"), now=asked.expires_at)
    with pytest.raises(NotAnApprover):
        decide(asked, decision("eve"), owners("bob"), now=NOON)
