"""Confirming whose account somewhere is: by an owner of all that the person belongs to, with a code that works once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from httpx import Response

from bot.link import hash_of
from core.domain.identities import Identity
from core.domain.messages import LinkCode
from core.domain.people import Role
from tests.pages.browse import Reader, Web, browsing

CODE = "AB2CD3EF4G"


@pytest.fixture
def web(database_url: str, tmp_path: Path) -> Iterator[Web]:
    with browsing(database_url, tmp_path) as web:
        given(web)
        yield web


def given(web: Web, code: str = CODE, account: str = "901", login: str = "octo-ann") -> None:
    with web.world.database.begin() as tx:
        now = tx.now()
        tx.link_codes.add(LinkCode(provider="github", external_id=account, login=login, expires_at=now + timedelta(minutes=15)),
                          hash_of(code), now)


def looks(web: Web, who: str = "bob", code: str = CODE, email: str = "ann@acme.org") -> Response:
    return web.browser(who).submit("/link", "/link", code=code, email=email)


def confirms(web: Web, who: str = "bob", code: str = CODE, email: str = "ann@acme.org") -> Response:
    """Send what the button sends, whatever was looked at before."""
    csrf = dict(web.browser(who).see("/account").form("/sign-out").fields)["csrf"]
    return web.browser(who).post("/link/confirm", {"csrf": csrf, "code": code, "email": email})


def whose(web: Web, account: str = "901") -> str | None:
    with web.world.database.read() as tx:
        found = tx.identities.find("github", account)
    return found[1].email if found else None


def test_an_owner_sees_whose_account_it_would_be_and_confirms_it_once(web: Web) -> None:
    assert "Confirm whose account it is" in web.browser("bob").see("/account").words
    shown = looks(web, code=f" {CODE.lower()} ")
    page = Reader(shown.text)
    assert all(word in page.words for word in ("octo-ann", "901", "ann@acme.org", "bob@acme.org"))
    assert whose(web) is None
    done = web.browser("bob").post("/link/confirm", dict(page.form("/link/confirm").fields))
    assert done.status_code == 303
    assert "octo-ann at github is ann@acme.org" in web.browser("bob").see("/link").words
    assert whose(web) == "ann@acme.org"
    [(actor, facts)] = web.world.rows("SELECT actor, facts FROM audit WHERE kind = 'link-person'")
    assert actor == "bob@acme.org"
    assert '"901"' in facts
    assert "octo-ann" in web.browser("cat").see("/audit").words
    again = confirms(web)
    assert (again.status_code, "it was used" in again.text) == (400, True)


def test_a_member_confirms_nothing_and_is_written_down(web: Web) -> None:
    assert "Confirm whose account" not in web.browser("ann").see("/account").words
    assert looks(web, "ann").status_code == 403
    assert confirms(web, "ann").status_code == 403
    assert whose(web) is None
    assert len(web.edge.security()) == 2


@pytest.mark.parametrize(("code", "email", "said"), [
    ("WRONGCODE2", "ann@acme.org", "There is no such code"), ("", "ann@acme.org", "There is no such code"),
    (CODE, "nobody@acme.org", "Nobody in the projects that you own"), (CODE, "", "Nobody in the projects that you own")])
def test_what_does_not_fit_is_said_and_uses_nothing_up(web: Web, code: str, email: str, said: str) -> None:
    for refused in (looks(web, code=code, email=email), confirms(web, code=code, email=email)):
        assert (refused.status_code, said in refused.text) == (400, True)
    assert confirms(web).status_code == 303


def test_a_code_is_late_after_fifteen_minutes(web: Web) -> None:
    web.world.later(minutes=15, seconds=1)
    assert looks(web).status_code == 400
    assert confirms(web).status_code == 400
    assert whose(web) is None


def test_nobody_confirms_for_a_person_who_answers_in_a_project_of_others(web: Web) -> None:
    """Else an owner of one project would take the voice of an approver of another."""
    web.world.person("ann@acme.org", Role.OWNER, project="other/app")
    refused = confirms(web)
    assert (refused.status_code, "an operator confirms it" in Reader(refused.text).words) == (400, True)
    assert whose(web) is None


def test_neither_an_account_nor_a_person_is_taken_over(web: Web) -> None:
    ann, cat = (web.world.caller(who).person for who in ("ann", "cat"))
    assert ann is not None
    assert cat is not None
    with web.world.database.begin() as tx:
        tx.identities.link(Identity(provider="github", external_id="901", person_id=cat.id, login="octo-ann", linked_at=tx.now()))
    assert "somebody else" in confirms(web).text
    given(web, "ZZ2CD3EF4G", account="902", login="octo-cat")
    assert "another account there already" in confirms(web, code="ZZ2CD3EF4G", email="cat@acme.org").text
    assert (whose(web), whose(web, "902")) == ("cat@acme.org", None)


def test_nothing_is_confirmed_without_the_form(web: Web) -> None:
    for fields in ({"code": CODE, "email": "ann@acme.org"}, {"code": CODE, "email": "ann@acme.org", "csrf": "x" * 64}):
        assert web.browser("bob").post("/link/confirm", fields).status_code == 403
    assert web.browser("bob").get(f"/link/confirm?code={CODE}&email=ann@acme.org").status_code in (404, 405)
    assert whose(web) is None
