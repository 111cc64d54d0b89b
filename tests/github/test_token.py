"""A small set-up: no App, but a token, as whose user Placet writes, and the repository's own webhook."""

from collections.abc import Iterator

import pytest

from core.domain.people import Role
from integrations.github.credentials import Pat
from tests.doubles.github.contract import misfits
from tests.doubles.github.double import GitHub
from tests.github.stage import HERE, GitHubStage
from tests.world import PROJECT, World


@pytest.fixture
def small(world: World) -> Iterator[GitHubStage]:
    with GitHub(now=world.now) as github:
        github.person("helper")
        stage = GitHubStage(world, github, credential=Pat(token=github.personal_token("helper")), bot="helper")
        github.role("helper", PROJECT, "write")
        github.hook(stage.app).active = False
        github.repository_hook(PROJECT, stage.receives)
        yield stage
        assert github.problems == []
        assert misfits(github.ledger, github.hooks.sent, of_each=2) == []


def test_a_request_is_shown_answered_and_told_as_the_tokens_user(small: GitHubStage) -> None:
    run = small.asks()
    comment = small.github.comment("bob", HERE, "/approve")
    small.settle()
    assert small.status(run) == "approved"
    assert small.github.reactions(comment) == [("helper", "eyes")]
    assert "approved by bob@acme.org" in small.card
    assert {call.who for call in small.github.ledger} == {"person:helper"}


def test_what_placet_writes_is_never_an_answer_though_a_person_could_have_written_it(small: GitHubStage) -> None:
    small.world.person("helper@acme.org", Role.OWNER)
    small.link("helper")
    run = small.asks()
    small.github.comment("helper", HERE, "approve\n\n<!-- placet:reply:1 -->")
    small.settle()
    assert (small.status(run), small.security()) == ("pending", [])
    small.github.comment("helper", HERE, "approve")
    small.settle()
    assert small.status(run) == "approved"


def test_a_card_whose_number_was_lost_is_found_among_what_the_tokens_user_wrote(small: GitHubStage) -> None:
    small.asks()
    [shown] = small.ours()
    small.github.comment("eve", HERE, shown.body)
    with small.world.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE cards SET message_id = NULL, shown = NULL")
    small.says("bob", "/approve")
    assert "approved by bob@acme.org" in small.card
    assert "waiting for approval" in small.github.comments_of("eve", HERE)[0].body
