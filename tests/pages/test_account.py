"""A person's own account: identities, tokens, sessions."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.domain.identities import Identity
from core.domain.people import Role
from core.engine.own_tokens import MOST, OwnTokens
from core.errors import Invalid, NotFound
from tests.pages.browse import Reader, Web, browsing
from tests.world import PROJECT, new_id

ASKED: dict[str, Any] = {"hours": "1", "role": "member", "repositoryIdentifier": PROJECT}


@pytest.fixture
def web(database_url: str, tmp_path: Path) -> Iterator[Web]:
    with browsing(database_url, tmp_path) as web:
        yield web


def mint(web: Web, who: str = "bob", **fields: str) -> str:
    """Make a token on the page; return its text."""
    answer = web.browser(who).submit("/account", "/account/tokens", **{**ASKED, **fields})
    assert answer.status_code == 200, answer.text
    found = re.search(r'<pre class="token mono"[^>]*>([^<]+)</pre>', answer.text)
    assert found is not None
    return found[1]


def called(web: Web, token: str, method: str = "GET", path: str = f"/runs?repositoryIdentifier={PROJECT}") -> int:
    return web.edge.call(method, path, None, headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_is_shown_once_and_does_what_was_asked_for(web: Web) -> None:
    token = mint(web)
    assert called(web, token) == 200
    assert token not in web.browser("bob").get("/account").text
    assert web.world.rows("SELECT role, projects, act_for, break_glass FROM tokens") == [("member", f'["{PROJECT}"]', 0, 0)]
    claims = web.edge.issuer.verify(token)
    assert (claims.role, claims.projects, claims.break_glass) == ("member", (PROJECT,), False)
    assert claims.expires_at == pytest.approx((datetime.now(UTC) + timedelta(hours=1)).timestamp(), abs=60)
    assert called(web, token, "POST", "/schedules/x/pause") == 403
    stored = str(web.world.rows("SELECT * FROM tokens")) + str(web.world.rows("SELECT facts FROM audit"))
    assert token.rpartition(".")[2] not in stored
    assert ("mint-token",) in web.world.rows("SELECT kind FROM audit WHERE actor = 'bob@acme.org'")


def test_a_member_makes_no_owners_token_of_themselves(web: Web) -> None:
    token = mint(web, "ann", role="owner")
    assert web.edge.call("POST", "/types/request-elevated-privileges/disable", None, json={"repositoryIdentifier": PROJECT},
                         headers={"Authorization": f"Bearer {token}"}).status_code == 403


@pytest.mark.parametrize(("fields", "status"), [
    ({"hours": "9"}, 400), ({"hours": "0"}, 400), ({"hours": "-1"}, 400), ({"hours": "1e1"}, 400), ({"role": "application"}, 400),
    ({"role": ""}, 400), ({"repositoryIdentifier": "other/app"}, 404), ({"repositoryIdentifier": "no/such"}, 404)])
def test_no_more_is_made_than_one_may(web: Web, fields: dict[str, str], status: int) -> None:
    answer = web.browser("bob").submit("/account", "/account/tokens", **{**ASKED, **fields})
    assert answer.status_code == status
    assert web.world.rows("SELECT id FROM tokens") == []


def test_own_tokens_last_eight_hours_and_are_twenty_at_most(web: Web) -> None:
    own, bob = web.edge.service.use_cases.own_tokens, web.world.caller("bob")
    assert isinstance(own, OwnTokens)
    for _ in range(MOST):
        own.mint(bob, role=Role.OWNER, project=None, life=timedelta(hours=8))
    with pytest.raises(Invalid, match="20 tokens of yours"):
        own.mint(bob, role=Role.OWNER, project=None, life=timedelta(hours=8))
    with pytest.raises(Invalid, match="up to 8 hours"):
        own.mint(bob, role=Role.OWNER, project=None, life=timedelta(hours=8, seconds=1))
    web.world.later(hours=9)
    assert own.list(bob) == []
    own.mint(bob, role=Role.OWNER, project=None, life=timedelta(hours=1))


def test_a_token_is_revoked_by_whose_it_is_and_by_nobody_else(web: Web) -> None:
    token = mint(web)
    (token_id,) = web.world.rows("SELECT id FROM tokens")[0]
    csrf = dict(web.browser("ann").see("/account").form("/sign-out").fields)["csrf"]
    assert web.browser("ann").post(f"/account/tokens/{token_id}/revoke", {"csrf": csrf}).status_code == 404
    assert token_id[-8:] not in web.browser("ann").get("/account").text
    assert called(web, token) == 200
    assert web.browser("bob").submit("/account", f"/account/tokens/{token_id}/revoke").status_code == 303
    assert called(web, token) == 401


def test_a_narrowed_caller_hands_nothing_wider_on(web: Web) -> None:
    bob = web.world.caller("bob", Role.MEMBER)
    token, _ = web.edge.service.use_cases.own_tokens.mint(bob, role=Role.OWNER, project=None, life=timedelta(hours=1))
    assert token.role is Role.MEMBER


def test_sessions_are_listed_and_ended_one_by_one_or_all_but_this(web: Web) -> None:
    first, others = web.browser("bob"), [web.stranger() for _ in range(3)]
    for other in others:
        other.http.headers["User-Agent"] = "<b>Browser</b>"
        assert other.submit(web.link("bob"), "/sign-in").status_code == 303
    page = first.get("/account")
    assert "<b>Browser" not in page.text
    actions = sorted({f.action for f in Reader(page.text).forms.values() if re.fullmatch(r"/account/sessions/[^/]+/end", f.action)})
    assert len(actions) == 3
    ann = dict(web.browser("ann").see("/account").form("/sign-out").fields)["csrf"]
    assert web.browser("ann").post(actions[0], {"csrf": ann}).status_code == 404
    assert [other.get("/account").status_code for other in others] == [200, 200, 200]
    assert first.submit("/account", actions[0]).status_code == 303
    assert sorted(other.get("/account").status_code for other in others) == [200, 200, 303]
    first.submit("/account", "/account/sessions/end-others")
    assert [other.get("/account").status_code for other in others] == [303, 303, 303]
    assert "2 other sessions ended" in first.see("/account").words


def test_one_sees_who_one_is_elsewhere_and_not_who_others_are(web: Web) -> None:
    with web.world.database.begin() as tx:
        for who, number, login in (("bob", "7", "bob<b>dev"), ("ann", "8", "ann-dev")):
            person = web.world.caller(who).person
            assert person is not None
            tx.identities.link(Identity(provider="github", external_id=number, person_id=person.id, login=login, linked_at=tx.now()))
    page = web.browser("bob").get("/account")
    assert "bob<b>dev" in Reader(page.text).words
    assert "<b>dev" not in page.text
    assert "ann-dev" not in page.text


def test_whoever_is_not_signed_in_is_led_to_sign_in(web: Web) -> None:
    ours = ("/account", "/history", "/new", "/schedules", "/audit", "/access", f"/access/{new_id()}/end", f"/requests/{new_id()}/again")
    for path in ours:
        assert web.stranger().get(path).status_code == 303, path


def test_mail_is_turned_off_and_on_by_whoever_it_is_for(web: Web) -> None:
    off = "SELECT count(*) FROM mailboxes WHERE off_at IS NOT NULL"
    assert "You are told by mail" in web.browser("bob").see("/account").words
    assert web.browser("bob").submit("/account", "/account/mail").status_code == 303
    assert "You get no mail." in web.browser("bob").see("/account").words
    assert "You are told by mail" in web.browser("ann").see("/account").words
    assert web.world.rows(off) == [(1,)]
    assert web.browser("bob").submit("/account", "/account/mail").status_code == 303
    assert web.world.rows(off) == [(0,)]
    assert [kind for (kind,) in web.world.rows("SELECT kind FROM audit WHERE actor = 'bob@acme.org'")].count("mail") == 2


def test_the_audit_says_which_token_was_made_for_what_and_which_was_revoked(web: Web) -> None:
    own, bob = web.edge.service.use_cases.own_tokens, web.world.caller("bob")
    assert isinstance(own, OwnTokens)
    made, _ = own.mint(bob, role=Role.MEMBER, project=PROJECT, life=timedelta(hours=8))
    everywhere, _ = own.mint(bob, role=Role.OWNER, project=None, life=timedelta(minutes=1))
    for _ in range(2):
        own.revoke(bob, made.id)
    said = [(kind, facts if isinstance(facts, dict) else json.loads(facts)) for kind, facts in web.world.rows(
        "SELECT kind, facts FROM audit WHERE actor = 'bob@acme.org' AND kind LIKE '%-token' ORDER BY seq")]
    whose = {"subject": "bob@acme.org"}
    assert said == [
        ("mint-token", whose | {"token": made.id, "role": "member", "projects": [PROJECT]}),
        ("mint-token", whose | {"token": everywhere.id, "role": "owner", "projects": None}),
        ("revoke-token", whose | {"token": made.id})]
    assert [each.id for each in own.list(bob)] == [everywhere.id]


def test_a_caller_of_one_project_makes_no_token_for_all(web: Web) -> None:
    bob = replace(web.world.caller("bob"), projects=frozenset({PROJECT}))
    made, _ = web.edge.service.use_cases.own_tokens.mint(bob, role=Role.OWNER, project=None, life=timedelta(hours=1))
    assert made.projects == (PROJECT,)


def test_a_session_that_is_ended_stands_in_the_audit_and_one_of_somebody_else_is_not_there(web: Web) -> None:
    web.browser("ann")
    own, bob = web.edge.service.use_cases.own_account, web.world.caller("bob")
    web.browser("bob")
    ended = str(web.world.rows("SELECT s.id FROM sessions s JOIN people p ON p.id = s.person_id WHERE p.email = 'bob@acme.org'")[0][0])
    with pytest.raises(NotFound, match="session"):
        own.end_session(web.world.caller("ann"), ended)
    own.end_session(bob, ended)
    with pytest.raises(NotFound, match="session"):
        own.end_session(bob, ended)
    said = [(actor, facts if isinstance(facts, dict) else json.loads(facts)) for actor, facts in web.world.rows(
        "SELECT actor, facts FROM audit WHERE kind = 'sign-out'")]
    assert said == [("bob@acme.org", {"session": ended})]
