"""When two e-mail addresses are one person's, and what is an address at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.people import Caller, Person, Project, Role, capped, email_key, is_email, project_key

# what looks like app@c and is somebody else's
LOOK_ALIKES = {
    "a space before": " app@c", "a space after": "app@c ", "a tag": "app+x@c", "a dot at the end": "app@c.", "a dot within": "a.pp@c",
    "fullwidth": "ａpp@c", "Cyrillic a": "аpp@c", "Cyrillic domain": "app@с", "zero width": "app\u200b@c", "soft hyphen": "ap\u00adp@c",
    "long s": "app\u017f@c", "fullwidth at": "app\uff20c", "another domain": "app@cc", "two": "app@c,app@c", "display name": "<app@c>",
    "accent": "àpp@c", "combining": "a\u0300pp@c", "bidi": "\u202eapp@c", "NUL": "app@c\x00",
}


@pytest.mark.parametrize("spelling", ["app@c", "APP@c", "App@C", "aPp@c"])
def test_ascii_case_makes_no_difference(spelling: str) -> None:
    assert email_key(spelling) == email_key("app@c")


@pytest.mark.parametrize("other", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_what_only_looks_alike_is_somebody_else(other: str) -> None:
    assert email_key(other) != email_key("app@c")


@pytest.mark.parametrize("kelvin", ["a\u212a\u212a@c", "a\u212aK@c", "a\u212ak@c"])
def test_the_kelvin_sign_is_no_k(kelvin: str) -> None:
    assert email_key(kelvin) not in (email_key("akk@c"), email_key("aKK@c"))


def test_the_kelvin_sign_is_no_k_in_a_domain() -> None:
    assert email_key("app@\u212a.org") != email_key("app@k.org")


def test_what_stands_behind_the_last_at_sign_is_the_domain() -> None:
    assert email_key('"\u00c4@B"@ACME.ORG') == '"\u00c4@B"@acme.org'


def test_a_dotless_i_is_no_i() -> None:
    assert len({email_key(each) for each in ("ian@c", "\u0131an@c", "\u0130an@c")}) == 3


def test_one_letter_written_in_two_ways_is_one_letter() -> None:
    assert email_key("jose\u0301@acme.org") == email_key("jos\u00e9@ACME.org")


def test_case_counts_in_a_local_part_beyond_ascii() -> None:
    assert email_key("José@acme.org") != email_key("josé@acme.org")


@given(st.text(st.characters(codec="ascii")), st.text(st.characters(codec="ascii")))
def test_two_ascii_addresses_are_one_exactly_if_they_differ_in_case_only(one: str, other: str) -> None:
    assert (email_key(one) == email_key(other)) == (one.lower() == other.lower())


@pytest.mark.parametrize("text", ["app@c", "ann.lee+x@acme.org", "josé@acme.org", "o.neil@acme.org", "a@b-c.example",
                                  "x" * 64 + "@acme.org"])
def test_an_address(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize("text", [
    "", "*", "@c", "app@", "@", "app", "app@c, evil@x", "app@c,evil@x", "app@c;evil@x", "app@c evil@x", " app@c", "app@c ", "app@c\n",
    "app@c\r\nx",
    "Ann <ann@acme.org>", "<app@c>", '"app"@c', "'app'@c", "*@acme.org", "app@*", "app@@c", "a@b@c", "app@c.", "app\\@c", "app\x00@c",
    "app\x7f@c", "app\t@c", "app\u00a0@c", "app\u200b@c", "app\u202e@c", "app\u2028@c", "\ufeffapp@c", "x" * 65 + "@acme.org",
    "app@" + "x" * 191])
def test_no_address(text: str) -> None:
    assert not is_email(text)


@given(st.text(max_size=300))
def test_an_address_is_one_word_with_one_at(text: str) -> None:
    if is_email(text):
        assert text.count("@") == 1
        assert text.isprintable()
        assert not set(text) & set(" ,;<>\"'*\\")


def test_projects_compare_by_ascii_case() -> None:
    assert project_key("Acme/App") == project_key("acme/APP")
    assert project_key("acme/\u212a") != project_key("acme/k")


def test_the_weaker_role_counts() -> None:
    assert capped(Role.OWNER, Role.OWNER) is Role.OWNER
    assert {capped(Role.OWNER, Role.MEMBER), capped(Role.MEMBER, Role.OWNER), capped(Role.MEMBER, Role.MEMBER)} == {Role.MEMBER}


def test_a_token_narrows_what_is_seen() -> None:
    app = Project(id="p1", identifier="Acme/App")
    narrow = Caller(subject="ci", role=Role.APPLICATION, projects=frozenset({"acme/app"}))
    assert narrow.sees(app)
    assert not narrow.sees(Project(id="p2", identifier="acme/app2"))
    assert not Caller(subject="ci", role=Role.APPLICATION, projects=frozenset()).sees(app)
    assert Caller(subject="ci", role=Role.APPLICATION).sees(app)


def test_an_application_is_never_named_like_a_person() -> None:
    ann = Person(id="1", email="ann@acme.org", name="Ann")
    assert Caller(subject="ann@acme.org", role=Role.MEMBER, person=ann).name == "ann@acme.org"
    assert Caller(subject="ann@acme.org", role=Role.APPLICATION).name == "app:ann@acme.org"
