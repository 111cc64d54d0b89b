"""Connecting an account elsewhere: by whoever is signed in, with themselves only, with a code that works once."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from httpx import Response

from bot.link import LASTS, LENGTH, hash_of
from core.domain.identities import Identity
from core.domain.messages import LinkCode
from core.domain.people import Person, Role
from core.engine.link_account import LinkAccount
from core.engine.open_approval import REF_ALPHABET
from core.errors import Invalid, RoleTooLow
from tests.pages.browse import Reader, Web, browsing
from tests.threats.at_once import at_once

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


def looks(web: Web, who: str = "ann", code: str = CODE) -> Response:
    return web.browser(who).submit("/link", "/link", code=code)


def csrf_of(web: Web, who: str) -> str:
    return dict(web.browser(who).see("/account").form("/sign-out").fields)["csrf"]


def confirms(web: Web, who: str = "ann", code: str = CODE, **more: str) -> Response:
    """Send what the button sends, whatever was looked at before."""
    return web.browser(who).post("/link/confirm", {"csrf": csrf_of(web, who), "code": code, **more})


def whose(web: Web, account: str = "901") -> str | None:
    with web.world.database.read() as tx:
        found = tx.identities.find("github", account)
    return found[1].email if found else None


def person(web: Web, who: str) -> Person:
    found = web.world.caller(who).person
    assert found is not None
    return found


def rows(web: Web, kind: str = "link-person") -> list[tuple[str, str, str]]:
    return [(str(actor), str(project), str(facts)) for actor, project, facts in
            web.world.rows(f"SELECT actor, project_id, facts FROM audit WHERE kind = '{kind}' ORDER BY project_id, seq")]


def test_a_member_sees_that_the_account_would_be_theirs_and_confirms_it_once(web: Web) -> None:
    assert "Connect an account" in web.browser("ann").see("/account").words
    shown = looks(web, code=f" {CODE.lower()} ")
    page = Reader(shown.text)
    assert all(word in page.words for word in ("octo-ann", "github", "901", "Is you", "ann@acme.org"))
    assert whose(web) is None
    done = web.browser("ann").post("/link/confirm", dict(page.form("/link/confirm").fields))
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert "octo-ann at github is you from now on." in web.browser("ann").see("/account").words
    assert whose(web) == "ann@acme.org"
    again = confirms(web)
    assert (again.status_code, "it was used" in again.text) == (400, True)


def test_the_owners_of_each_of_their_projects_are_told(web: Web) -> None:
    web.world.person("ann@acme.org", Role.MEMBER, project="other/app")
    assert confirms(web).status_code == 303
    told = rows(web)
    assert [(actor, project) for actor, project, _ in told] == [
        ("ann@acme.org", each) for each in sorted((web.world.project().id, web.world.project("other/app").id))]
    assert all(fact in facts for _, _, facts in told for fact in ('"901"', '"octo-ann"', '"high"'))
    for owner in ("cat", "eve"):
        assert "octo-ann" in web.browser(owner).see("/audit").words


def test_what_somebody_without_a_project_connects_is_written_down_too(web: Web) -> None:
    web.world.admit("dan", None)
    assert confirms(web, "dan").status_code == 303
    [(actor, project, facts)] = rows(web)
    assert (actor, project, '"high"' in facts) == ("dan@acme.org", "", True)


def test_an_owner_confirms_for_nobody_else(web: Web) -> None:
    """Else an owner would answer a second time, by a second account of theirs that is a colleague's here."""
    page = web.browser("bob").see("/link")
    assert [name for name, _ in page.form("/link").fields] == ["csrf", "code"]
    assert confirms(web, "bob", email="ann@acme.org", person="ann@acme.org", person_id=person(web, "ann").id).status_code == 303
    assert whose(web) == "bob@acme.org"


@pytest.mark.parametrize("code", ["WRONGCODE2", "", hash_of(CODE), CODE[:-1]])
def test_what_is_no_code_is_said_and_written_down_and_uses_nothing_up(web: Web, code: str) -> None:
    for refused in (looks(web, code=code), confirms(web, code=code)):
        assert (refused.status_code, "There is no such code" in refused.text) == (400, True)
    assert [actor for actor, _, _ in rows(web, "security")] == ["ann@acme.org"] * 2
    assert confirms(web).status_code == 303


def test_a_code_is_beyond_guessing() -> None:
    """A thousand guesses a second for as long as it lasts, while a hundred codes are open."""
    assert LASTS.total_seconds() * 1_000 * 100 / len(REF_ALPHABET) ** LENGTH < 1e-6


def test_a_code_is_late_after_fifteen_minutes(web: Web) -> None:
    web.world.later(minutes=15, seconds=1)
    assert looks(web).status_code == 400
    assert confirms(web).status_code == 400
    assert whose(web) is None


def test_a_code_that_two_send_at_once_is_one_persons(web: Web) -> None:
    forms = [(web.browser(who), {"csrf": csrf_of(web, who), "code": CODE}) for who in ("ann", "dan")]
    sent = at_once([partial(browser.post, "/link/confirm", form) for browser, form in forms])
    assert sorted(each.status_code for each in sent) == [303, 400]
    assert whose(web) == ("ann@acme.org" if sent[0].status_code == 303 else "dan@acme.org")
    assert len(rows(web)) == 1


def test_neither_an_account_nor_a_person_is_taken_over(web: Web) -> None:
    with web.world.database.begin() as tx:
        tx.identities.link(Identity(
            provider="github", external_id="901", person_id=person(web, "cat").id, login="octo-ann", linked_at=tx.now()))
    for refused in (looks(web), confirms(web)):
        assert (refused.status_code, "somebody else" in refused.text) == (400, True)
    given(web, "ZZ2CD3EF4G", account="902", login="octo-cat")
    for refused in (looks(web, "cat", "ZZ2CD3EF4G"), confirms(web, "cat", "ZZ2CD3EF4G")):
        assert (refused.status_code, "another account there already" in refused.text) == (400, True)
    assert (whose(web), whose(web, "902")) == ("cat@acme.org", None)
    assert [actor for actor, _, _ in rows(web, "security")] == ["ann@acme.org"] * 2 + ["cat@acme.org"] * 2
    assert confirms(web, "ann", "ZZ2CD3EF4G").status_code == 303


def test_whoever_is_disabled_connects_nothing(web: Web) -> None:
    csrf, use_case = csrf_of(web, "ann"), LinkAccount(database=web.world.database)
    web.world.disable("ann")
    assert web.browser("ann").post("/link/confirm", {"csrf": csrf, "code": CODE}).headers["location"] == "/sign-in"
    for tries in (use_case.look, use_case.confirm):
        with pytest.raises(Invalid, match="disabled"):
            tries(web.world.caller("ann"), hash_of(CODE))
    assert whose(web) is None


def test_an_application_is_nobody_who_could_have_an_account(web: Web) -> None:
    with pytest.raises(RoleTooLow):
        LinkAccount(database=web.world.database).confirm(web.world.caller("app:ci"), hash_of(CODE))
    assert [actor for actor, _, _ in rows(web, "security")] == ["app:ci"]


def test_nothing_is_confirmed_without_the_form_of_ones_own_session(web: Web) -> None:
    for csrf in ({}, {"csrf": "x" * 64}, {"csrf": csrf_of(web, "bob")}):
        assert web.browser("ann").post("/link/confirm", {"code": CODE, **csrf}).status_code == 403
    elsewhere = web.browser("ann").post("/link/confirm", {"csrf": csrf_of(web, "ann"), "code": CODE}, origin="https://elsewhere.example.com")
    assert elsewhere.status_code == 403
    assert web.browser("ann").get(f"/link/confirm?code={CODE}").status_code in (404, 405)
    assert web.stranger().post("/link/confirm", {"code": CODE}).headers["location"] == "/sign-in"
    assert whose(web) is None


def test_of_two_who_claim_one_account_at_once_one_has_it(web: Web) -> None:
    use = LinkAccount(database=web.world.database)

    def confirms(who: str, code: str) -> bool:
        try:
            use.confirm(web.world.caller(who), hash_of(code))
        except Invalid:
            return False
        return True

    for n in range(5):
        codes = (f"AAAAAAAA{n:02}", f"BBBBBBBB{n:02}")
        for code in codes:
            given(web, code, account=str(1_000 + n))
        won = at_once([partial(confirms, who, code) for who, code in zip(("ann", "dan"), codes, strict=True)])
        assert sorted(won) == [False, True]
        with web.world.database.begin() as tx:
            tx.identities.unlink("github", str(1_000 + n))
