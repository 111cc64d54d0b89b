"""Where the tests of the grammar are spoken: one request that is open, or several."""

from typing import Any

from bot.commands import Asked, Command
from bot.grammar import Here, read_command

DIGEST, OTHER = "9f3c21ab" * 8, "00aa11bb" * 8
ADMIN = Asked(ref="K7Q2M9", digest=DIGEST, title="Admin on payments-prod", requester="requester@example.com")
RELEASE = Asked(ref="B81XQ0", digest=OTHER, title="Release 7 to uat", requester="owner@example.com")
NEAR = Asked(ref="K7Q2XX", digest="77" * 32, title="Admin on billing-prod", requester="owner@example.com")


def read(text: str, *asked: Asked, **more: Any) -> Command | None:
    """Read what somebody wrote where these are asked; by default, one is."""
    return read_command(text, Here(requests=asked or (ADMIN,), **more))


def several(text: str, **more: Any) -> Command | None:
    return read(text, ADMIN, RELEASE, **more)
