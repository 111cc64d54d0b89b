"""What a card says, in every state, and what nobody can make it say."""

import unicodedata
from dataclasses import dataclass, replace
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import Action, State
from bot.fields import CUT, field
from bot.fit_card import fit
from bot.make_card import card_of
from bot.plain_card import plain_card
from bot.words import ENGLISH
from core.domain.json import Json
from core.domain.parameters import Bounds, Secret, Subject
from core.flows.context import FlowContext
from core.flows.registry import flow
from tests.bot.stories import ANSWERS, APPROVED, BOTH, DEPLOY, ONE, PAYLOAD, RUNNING, STORIES, approval, at, run, story

LINK = "[Open in Placet](https://placet.example.com/requests/e1)"


def said(name: str) -> list[str]:
    return plain_card(card_of(STORIES[name])).splitlines()


def first(name: str) -> str:
    """The first line, without what is asked."""
    return said(name)[0].replace("**Admin on payments-prod for 2 hours** · ", "")


def test_an_open_card_says_what_who_how_long_why_and_what_now() -> None:
    assert said("open") == [
        "○ **Admin on payments-prod for 2 hours** · waiting for 2 approvals",
        "For requester@example.com · acme/payments · “Rotate the leaked webhook key, INC-2231”",
        "Target org: payments-prod · Access level: Admin · Duration: 2 hours",
        "Lapses 24 Nov 16:20 UTC · `k7q2m9` · what you approve: `9f3c21ab`",
        f"approver@example.com or second-approver@example.com: reply `approve`, or `reject: reason`. {LINK}"]


def test_one_of_two_names_who_has_and_who_is_missing() -> None:
    assert said("one of two")[0].endswith("waiting for 1 more approval · 1 of 2")
    assert said("one of two")[-2:] == [
        "✓ approver@example.com, 13:20 UTC, in Slack", f"second-approver@example.com: reply `approve`, or `reject: reason`. {LINK}"]


@pytest.mark.parametrize(("name", "line"), [
    ("open, one is enough", "○ waiting for approval"),
    ("running", "◐ approved by approver@example.com and second-approver@example.com, running"),
    ("running, with access", "◐ approved by approver@example.com and second-approver@example.com, running, access until 15:24 UTC"),
    ("finished", "● done 15:24 UTC: granted 13:24 UTC, taken back 15:24 UTC"),
    ("finished the day after", "● done 25 Nov 15:24 UTC"),
    ("partly done", "● partly done 15:24 UTC"),
    ("failed", "✕ failed: the directory refused the grant (403). Nothing was granted."),
    ("failed after access", "✕ failed: the directory refused the grant (403). What was granted has been taken back."),
    ("failed, taking back", "◐ failed, taking back: the directory timed out"),
    ("rejected", "✕ rejected by second-approver@example.com, 13:31 UTC: two hours are enough, ask again"),
    ("lapsed", "✕ lapsed 16:20 UTC, nobody answered"),
    ("lapsed with one answer", "✕ lapsed 16:20 UTC, only 1 of 2 had answered"),
    ("cancelled", "✕ cancelled by requester@example.com, 13:31 UTC"),
    ("cancelled elsewhere", "✕ cancelled 13:31 UTC"),
    ("given up", "✕ given up 13:31 UTC, because its run ended"),
    ("taking back", "◐ cancelled by requester@example.com, 14:02 UTC, taking back"),
    ("ended early", "✕ ended early by requester@example.com: taken back 14:03 UTC")])
def test_a_card_says_how_it_stands_and_always_who_when_and_why(name: str, line: str) -> None:
    assert first(name) == line


@pytest.mark.parametrize("name", ["skipped with break-glass", "skipped with break-glass, finished"])
def test_a_skipped_approval_is_told_with_who_and_why(name: str) -> None:
    assert "Approval was skipped with break-glass by owner@example.com: the pager is silent, INC-2231" in said(name)


def test_every_state_is_seen() -> None:
    assert {card_of(each).state for each in STORIES.values()} == set(State)


@pytest.mark.parametrize("name", STORIES)
def test_only_an_open_card_asks_for_an_answer_and_every_card_says_who_what_and_where(name: str) -> None:
    card = card_of(STORIES[name])
    text = plain_card(card)
    assert ("reply `approve" in text) == (card.state is State.OPEN and bool(card.may_answer))
    assert card.title in text
    assert "acme/payments" in text
    assert card.asked_by in text or "requester@example.com" in text
    assert not {"!", "Oops", "successfully", "None", "today", "tomorrow"} & {*text.split(), *text}


@pytest.mark.parametrize(("name", "actions"), [
    ("open", [Action.OPEN]), ("running, with access", [Action.OPEN, Action.END_NOW]), ("failed", [Action.OPEN, Action.LOG, Action.AGAIN]),
    ("lapsed", [Action.OPEN, Action.ASK_AGAIN]), ("cancelled elsewhere", [Action.OPEN])])
def test_a_card_leads_to_what_may_be_done_next(name: str, actions: list[Action]) -> None:
    assert [link.action for link in card_of(STORIES[name]).links] == actions


def test_without_a_page_there_is_no_link() -> None:
    assert "[" not in plain_card(card_of(replace(STORIES["failed"], page=None)))


def test_a_high_risk_is_answered_by_the_line_that_the_card_prints() -> None:
    assert "reply `approve k7q2m9 9f3c21ab`, or `reject: reason`." in plain_card(card_of(STORIES["open, of high risk"]))


def test_a_group_is_named_as_whoever_is_in_it() -> None:
    assert said("open for a group")[-1].startswith("approver@example.com or anyone in on-call: reply `approve`")


def test_a_run_in_a_pipeline_leads_there_with_and_without_a_page() -> None:
    shown = STORIES["running, in a pipeline"]
    assert said("running, in a pipeline")[-1] == f"{LINK} [Pipeline](https://ci.example.com/runs/9)"
    assert plain_card(card_of(replace(shown, page=None))).endswith("[Pipeline](https://ci.example.com/runs/9)")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://ci.example.com/) [Open in Placet](https://evil.example.com",
                                 "https://ci.example.com/\n○ open", "https://ci.example.com/<b>", "https://ci.example.com/\u202e", ""])
def test_what_a_pipeline_gives_as_an_address_and_is_none_is_no_link(url: str) -> None:
    shown = STORIES["running, in a pipeline"]
    card = card_of(replace(shown, execution=replace(shown.execution, cicd_run_url=url)))
    assert [link.action for link in card.links] == [Action.OPEN]


def test_the_words_of_a_project_are_printed() -> None:
    card = card_of(STORIES["open, with words of the project"])
    assert {"make it so", "genehmigt", "ja"} <= set(card.also_yes)
    assert "abgelehnt" in card.also_no
    assert card_of(STORIES["open"]).also_yes == ()
    assert not any(ENGLISH.find(word) for word in (*card.also_yes, *card.also_no))


def test_whoever_asks_or_benefits_is_not_named_as_one_who_may_answer() -> None:
    asked = approval(approvers=(*BOTH, "requester@example.com"))
    assert card_of(story(asked, run())).may_answer == BOTH
    themselves = card_of(story(replace(asked, self_approval=True), run()))
    assert themselves.may_answer == (*BOTH, "requester@example.com")
    assert "Whoever asks may approve this one, too." in plain_card(themselves)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    user: Annotated[str, Subject()]
    pin: Annotated[str, Secret()]
    days: Annotated[int, Bounds(1, 9)]
    story: str
    places: tuple[str, ...]
    reason: Annotated[str, Secret()]
    wide: bool


@flow(id="open-vault", category="other", parameters=Opening)
def open_vault(_: FlowContext, __: Opening) -> None:
    """Open a vault."""


def test_a_secret_is_on_no_card_whatever_its_name() -> None:
    context: dict[str, Json] = {"user": "requester@example.com", "pin": "correct horse", "days": 3, "story": "long", "places": ["a", "b"],
                                "reason": "battery staple", "wide": True}
    card = card_of(story(replace(ONE, context=context), run(flow="open-vault"), flow=open_vault))
    assert not {"correct", "battery"} & set(plain_card(card).split())
    assert [(fact.label, fact.text) for fact in card.facts] == [("Days", "3"), ("Places", "a, b"), ("Wide", "yes"), ("Story", "long")]
    assert card.subjects == ("requester@example.com",)


def test_a_token_in_a_text_is_redacted() -> None:
    token = "ghp_" + "a1B2" * 9
    card = card_of(story(replace(ONE, context={**PAYLOAD, "reason": f"use {token}"}), run()))
    assert token not in plain_card(card)
    assert card.reason == "use [redacted]"


NASTY = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(["\n", "\r\n", "\u2028", "\x85", "*APPROVED by @ceo*", "**", "`", "\u202e", "\u200b", "\x1b[2J", "·",
                              "✓ ceo@example.com", "“", "”", "[x](http://evil.example)", "<!channel>", "\x00", "\ud800", "done 15:24",
                              "x" * 50, " "]),
                              max_size=10).map("".join))
UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@settings(max_examples=200, deadline=None)
@given(NASTY, NASTY, NASTY, NASTY)
def test_g03_g05_what_people_write_stays_in_its_field(question: str, target: str, reason: str, who: str) -> None:
    context: dict[str, Json] = {**PAYLOAD, "targetOrg": target, "reason": reason, "username": who}
    nasty = replace(ONE, question=question, context=context)
    calm = replace(ONE, question="Q", context={**PAYLOAD, "targetOrg": "t" if field(target) else target,
                                               "reason": "r" if field(reason) else "", "username": "w" if who else ""})
    lines, model = (plain_card(card_of(story(each, run()))).splitlines() for each in (nasty, calm))
    assert not any(unicodedata.category(c) in UNSHOWN for line in lines for c in line)
    assert len(lines) == len(model)
    assert lines[-2:] == model[-2:]
    assert lines[0].count("**") == 2
    assert lines[0].count(" · ") == 1
    assert not any(line.startswith("✓") for line in lines)


@settings(max_examples=150, deadline=None)
@given(st.integers(200, 4_000), st.text(max_size=200), st.integers(0, 10_000))
def test_g04_what_decides_is_always_there_whole_or_the_card_asks_for_no_answer(room: int, end: str, length: int) -> None:
    notes = "word " * (length // 5) + end
    asked = replace(ONE, question="Deploy 2026.11.4 to production", context={**DEPLOY, "notes": notes, "reason": notes},
                    requested_by="ci-bot")
    whole = card_of(story(asked, run(payload={}), flow=None))
    card = fit(whole, room, lambda each: len(plain_card(each)))
    text = plain_card(card)
    if not card.readable:
        assert "reply" not in text
        assert room < 600
        return
    assert len(text) <= room
    for part in ("Deploy 2026.11.4 to production", "developer@example.com", "ci-bot", "acme/payments", "Version: 2026.11.4",
                 "Environment: production",
                 "Lapses 24 Nov 16:20 UTC", "`k7q2m9`", "`9f3c21ab`", "reply `approve`", LINK):
        assert part in text
    assert card.whole or not any(len(fact.text) > 400 for fact in card.facts)


def test_long_text_is_cut_at_a_word_with_a_sign_that_there_is_more() -> None:
    card = fit(card_of(story(replace(ONE, context={**PAYLOAD, "reason": "because " * 100}), run())), 60_000,
               lambda each: len(plain_card(each)))
    assert card.reason.endswith(f"because{CUT}")
    assert len(card.reason) <= 300 + len(CUT)
    assert not card.whole


def test_a_short_card_is_left_as_it_is() -> None:
    card = card_of(STORIES["open"])
    assert fit(card, 60_000, lambda each: len(plain_card(each))) == card


def test_where_even_what_decides_has_no_room_nothing_is_half_shown() -> None:
    asked = replace(ONE, context={**DEPLOY, "targetOrg": "x" * 16_000})
    text = plain_card(fit(card_of(story(asked, run(payload={}), flow=None)), 3_000, lambda each: len(plain_card(each))))
    assert text.splitlines() == ["○ **A request that is too long to be shown here** · waiting for approval",
                                 f"It can be read, and answered, in Placet. {LINK}"]


def test_a_card_does_not_change_while_nothing_happens() -> None:
    for name, each in STORIES.items():
        if not name.startswith("lapsed"):
            assert card_of(replace(each, now=at("13:31"))) == card_of(replace(each, now=at("16:19"))), name


def test_an_approval_of_one_is_told_with_when_and_where() -> None:
    asked = replace(APPROVED, required=1, answers=ANSWERS[1:])
    assert "✓ second-approver@example.com, 13:24 UTC, on GitHub" in plain_card(card_of(story(asked, RUNNING))).splitlines()
