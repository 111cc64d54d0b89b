"""What a GitHub id and login look like, and when two logins are one."""

import pytest

from core.domain.identities import is_github_identity, login_key


def test_two_spellings_of_a_login_are_one() -> None:
    assert login_key("Ann-Acme") == login_key("ANN-acme") == "ann-acme"


def test_a_letter_that_only_looks_alike_stays_another() -> None:
    """U+212A is the kelvin sign, whose lower case is an ordinary k."""
    assert login_key("\u212aim") == "\u212aim"
    assert login_key("\u212aim") != login_key("kim")


def test_an_identity_is_a_number_and_a_login() -> None:
    assert is_github_identity("583231", "octo-Cat_7")
    assert is_github_identity("9" * 20, "x" * 100)


@pytest.mark.parametrize(("number", "login"), [
    ("0", "ann"), ("007", "ann"), ("", "ann"), ("-1", "ann"), ("ann", "ann"), ("9" * 21, "ann"), ("1\n", "ann"), ("\u0661", "ann"),
    ("7", ""), ("7", "ann@acme.org"), ("7", "a b"), ("7", "x" * 101), ("7", "ann\n"), ("7", "\u212aim")])
def test_all_else_is_none(number: str, login: str) -> None:
    assert not is_github_identity(number, login)
