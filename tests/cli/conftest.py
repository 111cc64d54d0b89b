"""What the command line's tests start from."""

from collections.abc import Iterator

import pytest

from tests.cli.command_line import CommandLine, token_of
from tests.cli.double import ServiceDouble, served


@pytest.fixture
def service() -> Iterator[ServiceDouble]:
    with served() as double:
        yield double


@pytest.fixture
def placet(service: ServiceDouble) -> CommandLine:
    """Ann's command line, before that service."""
    return CommandLine({"PLACET_URL": service.url, "PLACET_TOKEN": token_of("ann@example.com", projects=["acme/app"])})
