"""Cards and replies as comments: everybody's words stand there as words, and as nothing else."""

from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.cards import Card, Fact
from bot.fit_card import fit
from bot.make_card import card_of
from integrations.github.escape import escaped, line, reply
from integrations.github.render import render
from tests.bot.stories import STORIES

GFM = MarkdownIt("commonmark", {"html": True}).enable(["strikethrough", "table"])
EVIL = ["<script>alert(1)</script>", "@ceo", "@acme/owners", "<!-- placet:card:1 -->", "![x](https://evil.example/x.png)",
        "[x](https://evil.example)",
        "https://evil.example", "www.evil.example", "#1", "acme/app#1", "GH-1", "*APPROVED by @ceo*", "`approve`", "~~no~~", "| a |",
        "&lt;b&gt;", "\\*x\\*", "<b>x</b>", "<https://evil.example>", "$x$", "{x}", "mailto:a@b.example", "# x", "- x", "+ x", "1. x",
        "1) x", "> x", "=== x", "    x"]


def kinds(markdown: str) -> set[str]:
    found = set()
    for token in GFM.parse(markdown):
        found.add(token.type)
        found |= {child.type for child in token.children or ()}
    return found


@pytest.mark.parametrize("evil", EVIL)
def test_g01_g03_a_field_stays_text_on_its_line(evil: str) -> None:
    assert kinds(f"For {escaped(evil)} here") <= {"paragraph_open", "inline", "text", "paragraph_close"}
    assert kinds(line(evil)) <= {"paragraph_open", "inline", "text", "paragraph_close"}


@pytest.mark.parametrize("evil", EVIL)
def test_g01_nobody_is_mentioned_and_nothing_is_linked(evil: str) -> None:
    shown = unescape(escaped(evil))
    for sign in ("@", "#", "www", ":"):
        assert all(after.startswith("\u200b") or sign == ":" and not after.startswith("//") for after in shown.split(sign)[1:])


def test_what_is_said_reads_as_it_was_written() -> None:
    [paragraph] = [token for token in GFM.parse(escaped("2 * 3 < 7 & _x_ `y` [z] \\ #1 @ann")) if token.type == "inline"]
    assert "".join(child.content for child in paragraph.children or ()) == "2 * 3 < 7 & _x_ `y` [z] \\ #\u200b1 @\u200bann"


def test_a_reply_has_code_of_ours_and_text_of_theirs() -> None:
    said = reply("Only @ceo. Which one? `approve k7q2m9` (Admin *on* prod, ann@acme.org) · `approve b81xq0`\n- second line")
    assert said == ("Only @&#8203;ceo. Which one? `approve k7q2m9` (Admin \\*on\\* prod, ann@&#8203;acme.org) · `approve b81xq0`\n"
                    "\\- second line")
    assert kinds(said) == {"paragraph_open", "inline", "text", "code_inline", "softbreak", "paragraph_close"}
    assert reply("a `lonely backtick") == "a \\`lonely backtick"


@given(st.text(alphabet=st.sampled_from(list("ab@#`*_<>[]()!&\\~|$:/.-+=1 {}www")), max_size=40))
def test_no_text_becomes_anything_but_text(text: str) -> None:
    text = " ".join(text.split())
    assert kinds(f"For {escaped(text)} here") <= {"paragraph_open", "inline", "text", "paragraph_close"}
    assert kinds(line(text)) <= {"paragraph_open", "inline", "text", "paragraph_close"}


@given(st.text(alphabet=st.sampled_from(list("ab@#`*<>[]!&\\1.-+ ")), max_size=60))
def test_no_reply_becomes_a_picture_a_link_or_html(text: str) -> None:
    forbidden = {"html_inline", "html_block", "image", "link_open", "heading_open", "bullet_list_open"}
    assert kinds(reply(" ".join(text.split()))).isdisjoint(forbidden)


def card(**more: object) -> Card:
    return replace(card_of(STORIES["open"]), **more)  # type: ignore[arg-type]


def test_an_open_card_says_what_who_how_long_why_and_what_now() -> None:
    assert render(card()).splitlines() == [
        "○ **Admin on payments-prod for 2 hours** · waiting for 2 approvals",
        "For requester@&#8203;example.com · acme/payments · “Rotate the leaked webhook key, INC-2231”",
        "Target org: payments-prod · Access level: Admin · Duration: 2 hours",
        "Lapses 24 Nov 16:20 UTC · `k7q2m9` · what you approve: `9f3c21ab`",
        "To be answered by approver@&#8203;example.com or second-approver@&#8203;example.com: reply `approve`, or `reject: reason`.",
        "[Open in Placet](<https://placet.example.com/requests/e1>)"]


@pytest.mark.parametrize("name", sorted(STORIES))
def test_every_card_is_one_paragraph_with_a_bold_title_and_links_of_ours(name: str) -> None:
    shown = render(card_of(STORIES[name]))
    assert kinds(shown) <= {"paragraph_open", "paragraph_close", "inline", "text", "strong_open", "strong_close", "softbreak",
                            "code_inline", "link_open", "link_close"}
    assert shown.count("**") == 2


@pytest.mark.parametrize("evil", EVIL)
def test_g01_g03_g07_nothing_in_a_card_leaves_its_field(evil: str) -> None:
    dressed = card(title=evil, asked_by=evil, subjects=(evil,), project=evil, because=evil, reason=evil, skipped=evil, skip_reason=evil,
                   facts=(Fact(label="Which", text=evil), Fact(label="Why", text=evil, long=True)), may_answer=(evil, evil))
    plain = render(replace(
        dressed, title="x", asked_by="x", subjects=("x",), project="x", because="x", reason="x", skipped="x", skip_reason="x",
        facts=(Fact(label="Which", text="x"), Fact(label="Why", text="x", long=True)), may_answer=("x", "x")))
    assert kinds(render(dressed)) <= kinds(plain)
    assert len(render(dressed).splitlines()) == len(plain.splitlines())


def test_g04_what_decides_is_shown_whole_or_not_at_all_within_what_a_comment_holds() -> None:
    long = fit(card(reason="#" * 10_000), 60_000, lambda each: len(render(each)))
    assert "Duration: 2 hours" in render(long)
    assert len(render(long)) < 10_000
    endless = fit(card(title="#" * 10_000), 60_000, lambda each: len(render(each)))
    assert render(endless).splitlines()[0].startswith("○ **A request that is too long to be shown here** · ")
    assert "reply" not in render(endless)
