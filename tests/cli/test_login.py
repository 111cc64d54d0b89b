"""`placet login` leads to the page where somebody makes a token for themselves."""

import pytest

from tests.cli.command_line import CommandLine


def test_it_prints_the_address_of_the_account() -> None:
    assert CommandLine()("login").out == "http://127.0.0.1:8484/account\n"
    assert CommandLine({"PLACET_URL": "https://placet.example.com/"})("login", "--print").out == "https://placet.example.com/account\n"


@pytest.mark.parametrize("url", ["placet.example.com", "file:///etc/passwd", "javascript:alert(1)", "http://"])
def test_it_opens_nothing_that_is_no_address_of_a_service(url: str) -> None:
    ended = CommandLine({"PLACET_URL": url})("login")
    assert ended.code == 2
    assert ended.err.startswith("PLACET_URL must be like")
