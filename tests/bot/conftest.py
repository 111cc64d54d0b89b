"""A conversation on the scripted platform, over both databases."""

import pytest

from tests.bot.conversation import Conversation
from tests.world import World


@pytest.fixture
def talk(world: World) -> Conversation:
    return Conversation(world)
