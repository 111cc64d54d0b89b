"""A project's own words, in conversations: they answer what is asked for it, and nothing that is asked for another."""

from collections.abc import Mapping, Sequence

import pytest

from bot.wordbook import Wordbook
from bot.words import ENGLISH, vocabulary
from core.domain.executions import Execution
from core.domain.people import Role
from tests.bot.conversation import Conversation
from tests.world import PROJECT, World

OTHER = "acme/lab"


def talk_with(world: World, packs: Sequence[str] = ("de",), own: Mapping[str, Sequence[str]] | None = None) -> Conversation:
    """A conversation where the project of the company has words of its own, and the other one at that place has none."""
    for name in ("ann", "bob"):
        world.person(f"{name}@acme.org", Role.OWNER if name == "bob" else Role.MEMBER, OTHER)
    talk = Conversation(world, Wordbook(projects={PROJECT: vocabulary(packs, own)}))
    talk.bind(OTHER)
    return talk


def asks_for_the_other(talk: Conversation) -> Execution:
    run = talk.world.run("ann", project=OTHER, username="ann@acme.org", targetOrg="lab", accessLevel="Admin",
                         workItemRef={"type": "github-issue", "key": "7", "repository": PROJECT})
    talk.world.work()
    return run


@pytest.mark.parametrize(("says", "becomes"), [
    ("genehmigt", "approved"), ("Freigegeben: passt", "approved"), ("ja", "approved"), ("make it so", "approved"), ("approve", "approved"),
    ("abgelehnt: falsche Organisation", "rejected"), ("nein", "rejected"), ("nope, not today", "pending"), ("nyet", "rejected"),
])
def test_the_words_of_a_project_answer_what_is_asked_for_it(world: World, says: str, becomes: str) -> None:
    talk = talk_with(world, own={"approve": ["make it so"], "reject": ["nyet"]})
    run = talk.asks()
    talk.says("bob", says)
    assert talk.status(run) == becomes


@pytest.mark.parametrize("says", ["nicht genehmigt", "ich weiß nicht", "genehmigt jemand das?", "ja aber"])
def test_talk_in_another_language_is_no_answer(world: World, says: str) -> None:
    talk = talk_with(world)
    run = talk.asks()
    talk.says("bob", says)
    assert talk.status(run) == "pending"


@pytest.mark.parametrize("says", ["genehmigt", "ja", "make it so", "承認", "aprobado"])
def test_where_nobody_turned_them_on_they_are_talk(world: World, says: str) -> None:
    talk = Conversation(world)
    run = talk.asks()
    talk.says("bob", says)
    assert talk.status(run) == "pending"


@pytest.mark.parametrize("says", ["genehmigt, aber erst morgen", "genehmigt?", "genehmigt und abgelehnt"])
def test_what_is_not_certain_in_another_language_is_asked_back(world: World, says: str) -> None:
    talk = talk_with(world)
    run = talk.asks()
    assert talk.says("bob", says) != []
    assert talk.status(run) == "pending"


def test_a_word_of_one_project_answers_nothing_of_another_at_the_same_place(world: World) -> None:
    talk = talk_with(world)
    run = asks_for_the_other(talk)
    assert talk.status(run) == "pending"
    assert talk.says("bob", "genehmigt") == []
    talk.says("bob", f"genehmigt {talk.ref(run)}")
    assert talk.status(run) == "pending"
    talk.says("bob", "approve")
    assert talk.status(run) == "approved"


def test_where_both_are_open_each_is_answered_by_its_own_words(world: World) -> None:
    talk = talk_with(world)
    ours, theirs = talk.asks(), asks_for_the_other(talk)
    [which] = talk.says("bob", "genehmigt")
    assert talk.ref(ours) in which
    assert (talk.status(ours), talk.status(theirs)) == ("pending", "pending")
    talk.says("bob", f"genehmigt {talk.ref(theirs)}")
    assert talk.status(theirs) == "pending"
    talk.says("bob", f"genehmigt {talk.ref(ours)}")
    talk.says("bob", f"reject {talk.ref(theirs)}: not now")
    assert (talk.status(ours), talk.status(theirs)) == ("approved", "rejected")


def test_a_word_that_contradicts_in_the_projects_own_language_is_asked_back_though_another_project_does_not_know_it(world: World) -> None:
    talk = talk_with(world)
    ours, _ = talk.asks(), asks_for_the_other(talk)
    assert talk.says("bob", f"approve {talk.ref(ours)}: abgelehnt") != []
    assert talk.status(ours) == "pending"


def test_english_answers_everything_at_once_whatever_words_each_has(world: World) -> None:
    talk = talk_with(world)
    ours, theirs = talk.asks(), asks_for_the_other(talk)
    [confirm] = talk.says("bob", "approve all")
    code = confirm.split("`approve all ")[1].split("`")[0]
    talk.says("bob", f"approve all {code}")
    assert (talk.status(ours), talk.status(theirs)) == ("approved", "approved")


def test_help_tells_the_words_that_count_there(world: World) -> None:
    talk = talk_with(world)
    talk.asks()
    [told] = talk.says("bob", "@placet help")
    assert "`genehmigt`" in told
    asks_for_the_other(talk)
    [told] = talk.says("bob", "@placet help")
    assert "`genehmigt`" not in told, "it would not answer both"
    assert "`approve`" in told


def test_an_answer_in_a_projects_words_at_a_place_that_it_is_not_bound_to_is_in_the_audit(world: World) -> None:
    talk = talk_with(world)
    run = talk.asks()
    talk.unbind()
    talk.says("bob", "genehmigt")
    assert (talk.status(run), talk.security()) == ("pending", ["PlaceNotBound"])


def test_common_words_are_those_that_mean_the_same_in_each() -> None:
    one, another = vocabulary(own={"approve": ["go"]}), vocabulary(own={"reject": ["go"], "approve": ["so be it"]})
    book = Wordbook(projects={"a/a": one, "b/b": another})
    assert book.common(["A/A"]) == book.of("a/a")
    assert book.common(["a/a", "b/b"]) == book.common([]) == ENGLISH
