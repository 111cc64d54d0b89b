"""No text outside the grammar is a yes, and every text of it is one."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.commands import AnswerAll, Approve, Clarify, Reject
from tests.bot.oracle import is_yes
from tests.bot.talk import ADMIN, NEAR, RELEASE, read

ONE = {ADMIN.ref: ADMIN.digest}
THREE = {each.ref: each.digest for each in (ADMIN, RELEASE, NEAR)}
PIECES = [
    "approve", "Approved", "LGTM", "ship it", "ship", "it", "+1", "👍", "✅", "🏽", "\ufe0f", ":+1:", ":thumbsup:", ":skin-tone-3:", "yes",
    "no", "reject",
    "deny", "denied", "-1", "👎", "k7q2m9", "#k7q2m9", "k7q2", "b81xq0", "K7Q2XX", "zzzz", "9f3c21ab", "00aa11bb", "all", "@placet",
    "/placet", "@bob",
    "/", "!", ".", "?", "？", ":", ",", " - ", " — ", "-", " because ", "because", "\n", "\n\n", " ", "  ", "\t", "but", "if", "not",
    "don't", "don’t", "n't",
    "never", "after 17:00", "when", "wait", "pending", "I", "do", "please", "tested", "on staging", "this", "а", "р", "е", "о", "ο",
    "\u200b", "\u200d", "\u202e",
    "\u00ad", "\u0301", "\u0336", "ａ", "ﬁ", "İ", "ı", "ſ", "ß", "𝐚𝐩𝐩𝐫𝐨𝐯𝐞", "\u2800", "\u3164", "\x00", "\x1b", "\u2028", "\x85", "\r\n",
    ">", "*", "`", "spam"]
TALK = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join),
    st.tuples(st.sampled_from(["approve", "yes", "lgtm", "👍", "@placet approve", "approve k7q2m9"]), st.text(max_size=12)).map("".join),
    st.tuples(st.text(max_size=6), st.sampled_from(["approve", "yes", "👍"]), st.text(max_size=6)).map("".join),
    st.text(max_size=60))


@settings(max_examples=800, deadline=None)
@given(TALK)
@example("approve: спасибо")
@example("approve deny")
@example("/placet approve")
@example("APPROVE\n\U000f0000")
@example("APPROVE\n\ue000")
def test_no_text_outside_the_grammar_is_a_yes(text: str) -> None:
    if isinstance(read(text), Approve | AnswerAll):
        assert is_yes(text, ONE)
    if isinstance(read(text, ADMIN, RELEASE, NEAR), Approve | AnswerAll):
        assert is_yes(text, THREE)


SPACE = st.sampled_from([" ", "  ", "\t"])
SURELY = st.text(alphabet="xyzXYZ äöü 0123456789_;()", max_size=30)
MENTION = st.sampled_from(["", "@placet ", "@Placet, ", "@PLACET: "])
PREFIX = st.sampled_from(["", "/", "!"])
VERB = st.sampled_from(["approve", "Approved", "LGTM", "sHIP iT", "+1", "ａｐｐｒｏｖｅ"])
REF = st.sampled_from(["k7q2m9", "#K7Q2M9", "k7q2m", "K7Q2M9 9f3c21ab", f"k7q2m9\t{ADMIN.digest}"])


@st.composite
def a_yes(draw: st.DrawFn, *, named: bool) -> str:
    """Build a yes as the grammar does."""
    ref = draw(SPACE) + draw(REF) if named else ""
    reason = draw(SURELY.filter(str.strip))
    tail = draw(st.one_of(
        st.text(alphabet=".!", max_size=3),
        st.sampled_from([":", ",", " - ", " – ", " — ", " because "]).map(lambda sep: sep + reason),
        st.just("\n" + reason)))
    return draw(st.sampled_from(["", "\n \n"])) + draw(MENTION) + draw(PREFIX) + draw(VERB) + ref + tail + draw(st.sampled_from(["", " ",
                                                                                                                                 "\n"]))


@settings(max_examples=200, deadline=None)
@given(a_yes(named=False))
def test_every_yes_of_the_grammar_is_one_where_one_is_open(text: str) -> None:
    assert is_yes(text, ONE)
    assert isinstance(read(text), Approve)
    assert isinstance(read(text, ADMIN, RELEASE), Clarify)


@settings(max_examples=200, deadline=None)
@given(a_yes(named=True))
def test_every_yes_that_names_its_request_is_one_wherever_it_is_said(text: str) -> None:
    meant = read(text, ADMIN, RELEASE, NEAR)
    assert is_yes(text, THREE)
    assert isinstance(meant, Approve)
    assert meant.ref == ADMIN.ref


@settings(max_examples=150, deadline=None)
@given(a_yes(named=False), st.sampled_from("\u200b\u200c\u200d\u2060\u202e\u2066\ufeff\u00ad\u3164\u2800\u034f\u180e\u061c"),
       st.integers(0, 200))
def test_a_yes_with_something_unseen_in_it_is_never_one(text: str, unseen: str, place: int) -> None:
    where = place % (len(text) + 1)
    assert not isinstance(read(text[:where] + unseen + text[where:]), Approve | Reject)


@settings(max_examples=150, deadline=None)
@given(a_yes(named=False), st.sampled_from(["but", "if", "when", "until", "not", "don't", "never", "only", "except", "wait", "hold",
                                            "once", "pending", "?", "no"]))
def test_a_yes_with_a_hedge_after_it_is_never_one(text: str, hedge: str) -> None:
    for hedged in (f"{text} {hedge}", f"{text}\n{hedge} tests", f"{text}\nwell {hedge}"):
        assert not isinstance(read(hedged), Approve)


@settings(max_examples=150, deadline=None)
@given(TALK)
def test_whatever_is_said_is_understood_or_asked_about_or_passed_over(text: str) -> None:
    for meant in (read(text), read(text, addressed=True)):
        if isinstance(meant, Approve | Reject):
            assert meant.ref == ADMIN.ref
            assert len(meant.reason or "") <= 2_000
