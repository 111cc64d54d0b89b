"""A company on GitHub, over both databases."""

from collections.abc import Iterator

import pytest

from tests.doubles.github.contract import misfits
from tests.doubles.github.double import GitHub
from tests.github.stage import GitHubStage
from tests.world import World


@pytest.fixture
def stage(world: World) -> Iterator[GitHubStage]:
    with GitHub(now=world.now) as github:
        yield GitHubStage(world, github)
        assert github.problems == []
        assert misfits(github.ledger, github.hooks.sent, of_each=2) == []
