"""What is asked back, and the other replies of a thread: each says what would work."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import sayings
from bot.asking_back import ask_back
from bot.commands import Asked, BadRequest, Clarify, ConfirmAll, Doubt, NeedsCode, NoSuchRef, Unsure, WhichOne
from bot.make_card import card_of
from bot.words import ENGLISH
from core.domain.approvals import Verdict
from tests.bot.stories import STORIES, at
from tests.bot.talk import ADMIN, DIGEST, NEAR, RELEASE, read, several

RISKY = Asked(ref="R15KY0", digest=DIGEST, title="Owner of everything", requester="requester@example.com", high_risk=True)


def asked_back(text: str, *asked: Asked) -> str:
    meant = read(text, *asked)
    assert isinstance(meant, Clarify)
    return ask_back(meant.why)


def test_what_was_not_certain_is_said_with_what_would_count() -> None:
    assert asked_back("approve this please") == "I did not count that. Write `approve` or `reject: reason` as the first line."
    assert asked_back("approve, but later") == (
        "I did not count that: it may be meant under a condition, or not as an answer. "
        "Write `approve` without one, or `reject: reason`, as the first line.")


def test_several_are_listed_with_the_line_that_answers_each() -> None:
    assert asked_back("approve", ADMIN, RELEASE, NEAR) == (
        "Three requests are open here. Which one? `approve k7q2m9` (Admin on payments-prod, requester@example.com) · "
        "`approve b81xq0` (Release 7 to uat, owner@example.com) · `approve k7q2xx` (Admin on billing-prod, owner@example.com)")
    assert "`approve r15ky0 9f3c21ab` (Owner of everything" in asked_back("approve", ADMIN, RISKY)
    assert "`reject r15ky0` (Owner of everything" in asked_back("reject", ADMIN, RISKY)
    assert "`withdraw b81xq0`" in asked_back("withdraw", ADMIN, RELEASE)


def test_of_very_many_the_first_are_listed() -> None:
    many = tuple(Asked(ref=f"0000{n:02}", digest=DIGEST, title="Release", requester="owner@example.com") for n in range(30))
    said = ask_back(WhichOne(verb="approve", requests=many))
    assert said.startswith("30 requests are open here.")
    assert said.endswith("· and 20 more")
    assert said.count("`approve") == 10


def test_all_names_every_one_and_the_line_that_confirms_exactly_those() -> None:
    said = asked_back("approve all", ADMIN, RELEASE, RISKY)
    meant = several("approve all")
    assert isinstance(meant, Clarify)
    assert isinstance(meant.why, ConfirmAll)
    assert said == (
        "That would approve `k7q2m9` (Admin on payments-prod, requester@example.com) · `b81xq0` (Release 7 to uat, owner@example.com). "
        f"To approve exactly these, write `approve all {meant.why.code}`. "
        "Not among them, because each needs its own code: `approve r15ky0 9f3c21ab` (Owner of everything).")


def test_a_high_risk_asks_for_its_code() -> None:
    assert asked_back("approve", RISKY) == (
        "This one needs its code, so that you approve exactly what is written above: `approve r15ky0 9f3c21ab`.")
    assert asked_back("approve r15ky0 00aa11bb", RISKY) == (
        "That code belongs to another request, or to an earlier one. Read what is asked now, then write `approve r15ky0 9f3c21ab`.")


def test_a_ref_that_is_none_here_is_told_what_is_open() -> None:
    assert asked_back("approve zzzz99") == (
        "No request here has the ref `zzzz99`, so I did not count that. "
        "One request is open: `approve k7q2m9` (Admin on payments-prod, requester@example.com)")


def test_a_request_that_cannot_be_read_says_from_where_on_and_how() -> None:
    assert asked_back("/placet deploy version") == (
        "I could not read this from `version` on. Nothing was started. Write one line: `/placet flow key=value key=\"several words\"`.")


@pytest.mark.parametrize("why", [*Unsure, BadRequest(at="x"), NeedsCode(request=ADMIN, verb="approve"),
                                 NoSuchRef(typed="ZZZZ", requests=()),
                                 ConfirmAll(verdict=Verdict.REJECT, requests=(ADMIN,), code="12345678")])
def test_every_question_is_calm(why: Doubt) -> None:
    said = ask_back(why)
    assert said[0].isupper()
    assert said.endswith((".", "`."))
    assert not {"!", "Oops", "None", "sorry"} & {*said.split(), *said}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_g03_what_people_write_cannot_leave_its_place_in_a_reply(title: str, who: str) -> None:
    for nasty, calm in zip(all_questions(title, who), all_questions("title", "who"), strict=True):
        said = ask_back(nasty)
        assert said.isprintable()
        assert said.count("`") == ask_back(calm).count("`")


def all_questions(title: str, who: str) -> list[Doubt]:
    asked = Asked(ref="K7Q2M9", digest=DIGEST, title=title, requester=who)
    return [WhichOne(verb="approve", requests=(asked, RELEASE)), NoSuchRef(typed=title, requests=(asked,)), BadRequest(at=title),
            ConfirmAll(verdict=Verdict.APPROVE, requests=(asked,), code="12345678")]


def test_the_thread_is_told_what_a_person_must_know() -> None:
    assert sayings.unknown_person("octo-dev") == (
        "I do not know who `octo-dev` is yet. Reply `link` to connect your account, or ask an operator of Placet. Then answer again.")
    assert sayings.not_started("`duration` must be between 1 minute and 8 hours, got `3 days`.") == (
        "I could not start this: `duration` must be between 1 minute and 8 hours, got `3 days`. Nothing was started.")
    assert sayings.not_checked("GitHub", at("13:45")) == (
        "GitHub did not answer when I checked who you are. I will try again until 24 Nov 13:45 UTC; nothing is decided yet.")


@pytest.mark.parametrize(("page", "where"), [
    ("https://placet.example.com", "https://placet.example.com/link"), (None, "`/link` on the page of Placet")])
def test_a_code_is_said_with_where_it_is_entered_and_by_whom(page: str | None, where: str) -> None:
    assert sayings.link_code("12ab34cd", 15, page) == (
        f"Your code is `12ab34cd`, for 15 minutes and one use. Open {where} while you are signed in, and enter it there, "
        "or give it to an operator of Placet. Give it to nobody else: this account answers as whoever enters it.")


def test_a_reminder_names_those_who_must_act_and_until_when() -> None:
    assert sayings.reminder(card_of(STORIES["one of two"]), timedelta(minutes=99)) == (
        "second-approver@example.com: Admin on payments-prod for 2 hours still waits for 1 approval. It lapses in 1 hour 39 minutes, "
        "24 Nov 16:20 UTC. Reply `approve`, or `reject: reason`.")


def test_status_says_what_is_open_and_who_may_answer() -> None:
    assert sayings.status([]) == "Nothing is open here."
    assert sayings.status([card_of(STORIES["one of two"])]) == (
        "`k7q2m9` Admin on payments-prod for 2 hours · waiting for 1 more approval · 1 of 2. "
        "second-approver@example.com may answer, until 24 Nov 16:20 UTC.")


def test_help_gives_one_line_for_each_thing_that_can_be_said() -> None:
    said = sayings.help_text(ENGLISH, "https://placet.example.com").splitlines()
    assert len(said) == 9
    assert said[0].startswith("`approve`, `approved`, `ship it`, `lgtm`, `yes`, `+1`, `✅` and `👍`: to approve")
    assert said[-1] == "All requests: https://placet.example.com"


@pytest.mark.parametrize("said", [
    sayings.started("Release 7", "K7Q2M9"), sayings.started("Release 7", None), sayings.withdrawn("Admin", 0, 2),
    sayings.cancelled("Admin", approved=True), sayings.cancelled("Admin", approved=False), sayings.edited(),
    sayings.link_code("12ab34cd", 15, None), sayings.not_checked_in_time("GitHub"),
    sayings.not_counted_here("You are a guest here.")])
def test_every_reply_is_whole_sentences(said: str) -> None:
    assert said[0].isupper()
    assert said.endswith(".")
    assert not {"!", "Oops", "None", "successfully"} & {*said.split(), *said}
