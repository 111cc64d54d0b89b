"""How refusals are said."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.replies import reply
from core.errors import (
    AlreadyDecided,
    AlreadyEnded,
    ApproversWidened,
    BreakGlassOnly,
    CoreError,
    DeniedTooOften,
    DigestNeeded,
    DirectoryAway,
    EventKeyTaken,
    HighRisk,
    Invalid,
    KeyReused,
    LinkSpent,
    LockTaken,
    NoAnswerYet,
    NotAnApprover,
    NotFound,
    NotLetIn,
    NotRegistrable,
    NotReportable,
    NotRerunnable,
    NotTheRequester,
    NotYourself,
    OpenAlready,
    OwnFlow,
    RoleTooLow,
    RunEnded,
    SelfApproval,
    SharedEmail,
    TooManyOpen,
    TooOften,
    Unavailable,
    Unguarded,
    WrongDigest,
)

AT = datetime(2026, 11, 24, 13, 31, tzinfo=UTC)
DIGEST = "9f3c21ab" * 8
SAID: list[tuple[CoreError, str]] = [
    (Invalid(("a must be b.", "c is missing.")), "a must be b. c is missing."),
    (NotFound("approval"), "There is no approval of this id that you can see. Check the id, and that the project is one of yours."),
    (RoleTooLow(("owner", "member")), "This needs the role owner or member. An owner of the project can do it, or give you the role."),
    (NotAnApprover(("ann@c", "bob@c")), "Only ann@c and bob@c can answer this one."),
    (NotAnApprover(("ann@c",)), "Only ann@c can answer this one."),
    (SelfApproval(), "You asked for this, started it or benefit from it, so someone else has to answer it."),
    (AlreadyDecided("rejected", "cat@c", AT, "two hours are enough"),
     "This was rejected by cat@c at 2026-11-24 13:31 UTC (two hours are enough). To ask anew, start the run again."),
    (AlreadyDecided("approved", "cat@c", AT.astimezone(timezone(timedelta(hours=2)))),
     "This was approved by cat@c at 2026-11-24 13:31 UTC. To ask anew, start the run again."),
    (AlreadyDecided("expired", None, AT),
     "This lapsed at 2026-11-24 13:31 UTC: nobody had answered in time. To ask anew, start the run again."),
    (WrongDigest(DIGEST), "That digest belongs to another request. Read what is asked now, then send the digest 9f3c21ab."),
    (AlreadyEnded("completed", 2), "This run has ended already (completed). 2 of its children still run: cancel-children ends those."),
]
OTHERS: list[CoreError] = [
    NotAnApprover(()), NotYourself("approverEmail"), ApproversWidened(), SharedEmail(), LinkSpent(), NotLetIn("ann@c"), BreakGlassOnly(),
    AlreadyDecided("stale", None, AT),
    AlreadyDecided("cancelled", "cat@c", AT), OpenAlready("job-1"), EventKeyTaken("key"), RunEnded("failed"), OwnFlow("access"),
    DigestNeeded(DIGEST), HighRisk(), KeyReused(), AlreadyEnded("failed", 0), NotRerunnable("it has not ended"), TooManyOpen(20),
    DeniedTooOften(AT),
    TooOften(30, 60), Unguarded("access", "deploy"), Unavailable("database"), DirectoryAway("GitHub"),
    NotRegistrable("its parent was cancelled"), NotReportable("it runs here"), LockTaken("prod"),
    NotTheRequester("ann@c"), NoAnswerYet()]


@pytest.mark.parametrize(("error", "sentence"), SAID)
def test_a_refusal_says_what_is_so_and_what_would_work(error: CoreError, sentence: str) -> None:
    assert reply(error) == sentence


@pytest.mark.parametrize("error", OTHERS)
def test_every_refusal_is_whole_sentences_in_a_calm_voice(error: CoreError) -> None:
    said = reply(error)
    assert said[0].isupper() or said.startswith(("approverEmail", "access", "20"))
    assert said.endswith(".")
    assert not {"!", "Oops", "successfully", "None"} & {*said.split(), *said}


def test_no_refusal_is_left_without_a_sentence() -> None:
    assert {type(e) for e, _ in SAID} | {type(e) for e in OTHERS} == {*leaves(CoreError), Unavailable}


def test_of_many_names_the_first_are_told() -> None:
    said = reply(NotAnApprover(tuple(f"p{n}@c" for n in range(100))))
    assert said == f"Only {', '.join(f'p{n}@c' for n in range(10))} and 90 more can answer this one."


def leaves(kind: type[CoreError]) -> Iterator[type[CoreError]]:
    below = kind.__subclasses__()
    for each in below:
        yield from leaves(each)
    if not below:
        yield kind
