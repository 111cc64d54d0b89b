"""What counts as an answer: every example of the grammar, where one request is open and where several are."""

import pytest

from bot.commands import (
    AnswerAll,
    Approve,
    Asked,
    BadRequest,
    Cancel,
    Clarify,
    Command,
    ConfirmAll,
    Help,
    Link,
    NeedsCode,
    NoSuchRef,
    Reject,
    Request,
    Status,
    Unsure,
    WhichOne,
    Withdraw,
)
from bot.grammar import Here, read_command
from core.domain.approvals import Verdict
from tests.bot.talk import ADMIN, DIGEST, NEAR, RELEASE, read, several

APPROVE, REJECT = Approve(ref="K7Q2M9"), Reject(ref="K7Q2M9")
SILENCE = None


def clarify(why: Unsure) -> Clarify:
    return Clarify(why=why)


def which(verb: str, *asked: Asked) -> Clarify:
    return Clarify(why=WhichOne(verb=verb, requests=asked or (ADMIN, RELEASE)))


YES_OR_ASK = [
    "approve", "/approve", "!approve", "Approved!", "approved", "APPROVE!", "approve.", "approve...", "  approve  ", "\n\napprove",
    "@placet approve",
    "@Placet, approve", "@placet: approve", "@placet /approve", "LGTM", "lgtm!", "ship it", "Ship It", "yes", "Yes.", "+1",
    "👍", "👍🏽", "👍🏿", "✅", "✅\ufe0f", ":+1:", ":thumbsup:", ":thumbsup::skin-tone-4:", ":white_check_mark:", "ａｐｐｒｏｖｅ", "＋1",
    "aPPROVe"]
NO_OR_ASK = ["reject", "rejected", "deny", "denied", "decline", "declined", "no", "No.", "-1", "👎", "👎🏾", "❌", ":x:", ":-1:",
             ":thumbsdown:", "/reject"]
SAME_HERE_AND_THERE: list[tuple[str, Command | None]] = [
    # of that one, however many are open
    ("approve k7q2m9", APPROVE), ("approve #K7Q2M9", APPROVE), ("lgtm k7q2", APPROVE), ("yes k7q2m9", APPROVE),
    ("approve k7q2m9!", APPROVE),
    ("approve k7q2m9 9f3c21ab", Approve(ref="K7Q2M9", digest="9f3c21ab")),
    (f"approve k7q2m9 {DIGEST}", Approve(ref="K7Q2M9", digest=DIGEST)),
    ("approve k7q2m9: tested", Approve(ref="K7Q2M9", reason="tested")),
    ("reject k7q2m9 - wrong org", Reject(ref="K7Q2M9", reason="wrong org")),
    ("reject k7q2m9\nwrong org\nask again", Reject(ref="K7Q2M9", reason="wrong org\nask again")),
    # quotes, code and comments are gone before anything is read
    ("not yet", SILENCE), ("", SILENCE), (" \n\t\n ", SILENCE),
    # negated, hedged, or two answers
    ("I do not approve", clarify(Unsure.HEDGED)), ("I don't approve", clarify(Unsure.HEDGED)), ("I don’t approve", clarify(Unsure.HEDGED)),
    ("approve but only after 17:00", clarify(Unsure.HEDGED)), ("approve, but only after 17:00", clarify(Unsure.HEDGED)),
    ("approve: if tests pass", clarify(Unsure.HEDGED)), ("approve if tests pass", clarify(Unsure.HEDGED)),
    ("approved - no wait", clarify(Unsure.TWO_ANSWERS)), ("approve?", clarify(Unsure.HEDGED)), ("approve？", clarify(Unsure.HEDGED)),
    ("approved by Bob?", clarify(Unsure.HEDGED)), ("approve\nreject", clarify(Unsure.TWO_ANSWERS)),
    ("approve, reject", clarify(Unsure.TWO_ANSWERS)), ("approve reject", clarify(Unsure.TWO_ANSWERS)),
    ("yes, no", clarify(Unsure.TWO_ANSWERS)),
    ("reject, or approve", clarify(Unsure.TWO_ANSWERS)), ("reject\napprove", clarify(Unsure.TWO_ANSWERS)),
    ("👍👎", clarify(Unsure.TWO_ANSWERS)),
    ("approve k7q2m9\nreject b81xq0", clarify(Unsure.TWO_ANSWERS)), ("approve deny", clarify(Unsure.TWO_ANSWERS)),
    ("I would approve if the tests pass", clarify(Unsure.HEDGED)), ("cannot approve", clarify(Unsure.HEDGED)),
    ("not approved", clarify(Unsure.HEDGED)), ("I disapprove", clarify(Unsure.HEDGED)), ("please do not /approve", clarify(Unsure.HEDGED)),
    # plainly meant, and not in the grammar
    ("approve this please", clarify(Unsure.UNCLEAR)), ("approve:", clarify(Unsure.UNCLEAR)), ("approve because", clarify(Unsure.UNCLEAR)),
    ("approve - ", clarify(Unsure.UNCLEAR)), ("+1 from me", clarify(Unsure.UNCLEAR)), ("yes, approved", clarify(Unsure.UNCLEAR)),
    ("👍👍", clarify(Unsure.UNCLEAR)), ("/placet approve", clarify(Unsure.UNCLEAR)), ("cancel", clarify(Unsure.CANCEL_NEEDS_REF)),
    ("yes k7q2m9: tested", clarify(Unsure.UNCLEAR)), ("👍 k7q2m9", clarify(Unsure.UNCLEAR)),
    ("cancel k7q2m9 please", clarify(Unsure.CANCEL_NEEDS_REF)),
    # ordinary talk
    ("No problem, looks good", SILENCE), ("No-op change", SILENCE), ("No-op change, looks good", SILENCE),
    ("oh yes that makes sense", SILENCE),
    ("no idea what this is", SILENCE), ("no idea", SILENCE), ("I approve of this idea", SILENCE), ("yes please", SILENCE),
    ("yes: ok", SILENCE),
    ("👍 nice work", SILENCE), ("please /approve this", SILENCE), ("we should /approve", SILENCE), ("approval is with Bob", SILENCE),
    ("help me with this", SILENCE), ("who did this?", SILENCE), ("status: all is well", SILENCE), ("the link is broken", SILENCE),
    ("> approve", SILENCE), ("Looks good.\n\n/approve", SILENCE), ("approver", SILENCE), ("@bob approve", SILENCE), ("/👍", SILENCE),
    # look-alikes, and what nobody sees
    ("аpprove", clarify(Unsure.LOOKALIKE)), ("approve\u200b", clarify(Unsure.LOOKALIKE)), ("a\u200dpprove", clarify(Unsure.LOOKALIKE)),
    ("\u202eapprove", clarify(Unsure.LOOKALIKE)), ("уеѕ", clarify(Unsure.LOOKALIKE)), ("appr\ufe0fove", clarify(Unsure.LOOKALIKE)),
    ("approve: b\u200but", clarify(Unsure.LOOKALIKE)), ("approve: bυt later", clarify(Unsure.LOOKALIKE)),
    ("approve\x1b[2K", clarify(Unsure.LOOKALIKE)),
    ("a̶p̶p̶r̶o̶v̶e̶", clarify(Unsure.LOOKALIKE)), ("approve\u2800", clarify(Unsure.LOOKALIKE)), ("ɑpprove", clarify(Unsure.LOOKALIKE)),
    ("пο", clarify(Unsure.LOOKALIKE)), ("Привет\u200b", SILENCE),
    # the rest of the words
    ("status", Status()), ("who", Status()), ("status k7q2m9", Status(ref="K7Q2M9")), ("link", Link()), ("help", Help()),
    ("@placet", Help()),
    ("/placet", Help()), ("/placet help", Help()), ("/placet link", Link()), ("cancel k7q2m9", Cancel(ref="K7Q2M9")),
    ("withdraw k7q2m9", Withdraw(ref="K7Q2M9")), ("unapprove k7q2m9", Withdraw(ref="K7Q2M9")), ("cancel zzzzz9", Cancel(ref="ZZZZZ9")),
]


@pytest.mark.parametrize("text", YES_OR_ASK)
def test_a_yes_is_one_where_one_is_open_and_a_question_where_several_are(text: str) -> None:
    assert read(text) == APPROVE
    assert several(text) == which("approve")


@pytest.mark.parametrize("text", NO_OR_ASK)
def test_a_no_likewise(text: str) -> None:
    assert read(text) == REJECT
    assert several(text) == which("reject")


@pytest.mark.parametrize(("text", "reason"), [
    ("reject: wrong org", "wrong org"), ("reject:wrong org", "wrong org"), ("denied because it is Friday", "it is Friday"),
    ("DENIED BECAUSE it is Friday", "it is Friday"), ("decline, wrong org", "wrong org"), ("reject - wrong org", "wrong org"),
    ("reject — Wrong Org", "Wrong Org"), ("no\nwrong org", "wrong org"), ("👎\nwrong org", "wrong org"),
    ("reject: wrong\norg", "wrong\norg"),
    ("reject: nobody has approved this budget", "nobody has approved this budget"), ("reject: not approved", "not approved"),
    ("reject: but why?", "but why?")])
def test_a_no_has_its_reason(text: str, reason: str) -> None:
    assert read(text) == Reject(ref="K7Q2M9", reason=reason)
    assert several(text) == which("reject")


@pytest.mark.parametrize(("text", "reason"), [
    ("approve\ntested on staging", "tested on staging"), ("approve!\n\ntested on staging\n", "tested on staging"),
    ("LGTM, thanks", "thanks"), ("approve: Tested on STAGING", "Tested on STAGING"), ("yes\ntested", "tested"), ("👍\ntested", "tested"),
    ("approve: спасибо", "спасибо"), ("approve: 👩\u200d💻 tested", "👩💻 tested"), ("approve because it is tested", "it is tested")])
def test_a_yes_has_its_reason(text: str, reason: str) -> None:
    assert read(text) == Approve(ref="K7Q2M9", reason=reason)
    assert several(text) == which("approve")


@pytest.mark.parametrize(("text", "meant"), SAME_HERE_AND_THERE)
def test_what_means_the_same_wherever_it_is_said(text: str, meant: Command | None) -> None:
    assert read(text) == meant
    assert several(text) == meant


@pytest.mark.parametrize("hedge", [
    "but", "if", "when", "after", "before", "unless", "until", "not", "don't", "don’t", "never", "only", "except", "wait", "hold", "once",
    "pending", "don´t", "don t", "🚫", "🤔", ":thinking:", "just kidding", "но не сейчас", "maar", "sure?", "won't", "cannot",
    "assuming", "as long as", "nicht", "pero", "mais", "mas", "待って", "如果"])
def test_a_yes_whose_reason_hedges_is_asked_about(hedge: str) -> None:
    for text in (f"approve: well {hedge} tests", f"approve\nwell, {hedge.upper()} tests", f"👍\n{hedge}", f"approve k7q2m9 - {hedge}"):
        assert read(text) == clarify(Unsure.HEDGED), text


@pytest.mark.parametrize("text", ["yes please", "No problem, looks good", "👍 nice work", "what does approve do", "please /approve this",
                                  "yes: ok"])
def test_whoever_addresses_the_bot_is_asked_back(text: str) -> None:
    assert read(f"@placet {text}") is not None
    assert isinstance(read(text, addressed=True), Clarify)


def test_thanks_to_the_bot_need_no_answer() -> None:
    assert read("@placet thanks") is None


def test_a_ref_that_fits_none_or_several_is_asked_about() -> None:
    assert read("approve zzzzz9") == Clarify(why=NoSuchRef(typed="ZZZZZ9", requests=(ADMIN,)))
    assert read("cancel zzzz") == Clarify(why=NoSuchRef(typed="ZZZZ", requests=(ADMIN,)))
    assert read("approve k7q2", ADMIN, NEAR) == which("approve", ADMIN, NEAR)
    assert read("approve k7q2m", ADMIN, NEAR) == APPROVE
    assert read("approve k7q", ADMIN, NEAR) == clarify(Unsure.UNCLEAR)
    assert read("approve k7q2m9 9f3c21a") == clarify(Unsure.UNCLEAR)
    assert read("approve k7q2m9 b81xq0", ADMIN, RELEASE) == clarify(Unsure.UNCLEAR)


def test_a_code_of_another_request_is_none() -> None:
    wrong = Clarify(why=NeedsCode(request=ADMIN, verb="approve", wrong=True))
    assert several("approve k7q2m9 00aa11bb") == wrong
    assert read("approve k7q2m9 00aa11bb") == wrong


def test_a_high_risk_is_approved_by_its_whole_line_only() -> None:
    risky = Asked(ref="K7Q2M9", digest=DIGEST, title="Owner of everything", requester="requester@example.com", high_risk=True)
    needs = Clarify(why=NeedsCode(request=risky, verb="approve"))
    for text in ("approve", "lgtm", "👍", "yes", "approve k7q2m9", "approve: tested"):
        assert read(text, risky) == needs
    assert read("approve k7q2m9 9f3c21ab", risky) == Approve(ref="K7Q2M9", digest="9f3c21ab")
    assert read("reject: no", risky) == Reject(ref="K7Q2M9", reason="no")


def test_all_asks_back_and_is_confirmed_by_the_code_of_that_very_list() -> None:
    asked = several("approve all")
    assert isinstance(asked, Clarify)
    assert isinstance(asked.why, ConfirmAll)
    assert asked.why.requests == (ADMIN, RELEASE)
    code = asked.why.code
    assert several(f"approve all {code}: tested") == AnswerAll(verdict=Verdict.APPROVE, requests=(ADMIN, RELEASE), reason="tested")
    for other in ((ADMIN, RELEASE, NEAR), (ADMIN,), (ADMIN, NEAR)):
        again = read(f"approve all {code}", *other)
        assert isinstance(again, Clarify)
        assert isinstance(again.why, ConfirmAll)
        assert again.why.code != code


def test_all_leaves_out_what_is_of_high_risk() -> None:
    risky = Asked(ref="R15KY0", digest="ee" * 32, title="Owner of everything", requester="requester@example.com", high_risk=True)
    asked = read("approve all", ADMIN, risky)
    assert isinstance(asked, Clarify)
    assert isinstance(asked.why, ConfirmAll)
    assert (asked.why.requests, asked.why.left_out) == ((ADMIN,), (risky,))
    assert read("approve all", risky) == clarify(Unsure.NOTHING_OPEN)


def test_where_all_have_ended_an_answer_means_the_latest_so_that_its_author_is_told_how_it_ended() -> None:
    ended = Asked(ref="K7Q2M9", digest=DIGEST, title="Admin", requester="requester@example.com", open=False)
    assert read("approve", ended) == APPROVE
    assert read("approve k7q2m9", ended, RELEASE) == APPROVE
    assert read("approve", ended, RELEASE) == Approve(ref="B81XQ0")


def test_where_nothing_was_asked_nobody_is_bothered() -> None:
    for text in ("approve", "I do not approve", "approve?", "аpprove", "help", "who", "status", "link", "cancel events", "withdraw"):
        assert read_command(text, Here()) is None, text
    assert read_command("@placet who", Here()) == Status()
    assert read_command("/placet help", Here()) == Help()
    assert read_command("cancel k7q2m9", Here()) == Cancel(ref="K7Q2M9")
    assert read_command("cancel #events", Here()) == Cancel(ref="EVENTS")
    assert read_command("@placet approve", Here()) == clarify(Unsure.NOTHING_OPEN)


def test_withdraw_asks_which_one_where_several_are_open() -> None:
    assert read("withdraw") == Withdraw(ref="K7Q2M9")
    assert several("withdraw") == which("withdraw")


@pytest.mark.parametrize(("text", "flow", "values"), [
    ("/placet deploy", "deploy", {}),
    ("@placet /placet deploy version=1.2.3", "deploy", {"version": "1.2.3"}),
    ("/PLACET request-elevated-privileges targetOrg=payments-prod reason=\"Rotate the key, INC-2231\" durationMinutes=120",
     "request-elevated-privileges", {"targetOrg": "payments-prod", "reason": "Rotate the key, INC-2231", "durationMinutes": "120"}),
    ("/placet deploy reason=“two words” note='it’s'", "deploy", {"reason": "two words", "note": "it’s"}),
    ("/placet deploy reason=\"\" url=https://example.com/?a=b", "deploy", {"reason": "", "url": "https://example.com/?a=b"})])
def test_a_request_names_its_flow_and_its_parameters(text: str, flow: str, values: dict[str, str]) -> None:
    assert read(text) == Request(flow=flow, values=values)


@pytest.mark.parametrize(("text", "at"), [
    ("/placet deploy version", "version"), ("/placet deploy a=1 a=2", "a=2"), ("/placet deploy a=\"open", "a=\"open"),
    ("/placet deploy a=1\nb=2", "b=2"), ("/placet ../x", "../x"), ("/placet deploy =1", "=1"), ("/placet deploy a=", "a=")])
def test_a_request_that_cannot_be_read_says_from_where_on(text: str, at: str) -> None:
    assert read(text) == Clarify(why=BadRequest(at=at))


def test_an_answer_that_is_too_long_to_be_read_whole_is_asked_about() -> None:
    assert read("approve\n" + "fine " * 399) == Approve(ref="K7Q2M9", reason=("fine " * 399).strip())
    for text in ("approve\n" + "fine " * 401, "reject: " + "x" * 2_001, "approve\n" + "fine " * 700 + "but not now",
                 "approve" + "\n👍🏽" * 2_000):
        assert read(text) == clarify(Unsure.TOO_LONG), text[:40]
    assert read("Dear all, " + "fine " * 20_000) is None
