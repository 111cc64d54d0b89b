"""Collecting people's addresses by their names elsewhere."""

import json
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from core.domain.identities import GITHUB, Identity
from core.domain.people import Role
from core.engine.rate import MOST_NAMES, Rate
from core.errors import TooOften
from tests.api.edge import Edge
from tests.domain.build import NOON
from tests.rest.talk import run, said

pytestmark = pytest.mark.database


def link(edge: Edge, who: str, external_id: str, login: str) -> None:
    person = edge.world.caller(who).person
    assert person is not None
    with edge.world.database.begin() as tx:
        tx.identities.link(Identity(provider=GITHUB, external_id=external_id, person_id=person.id, login=login, linked_at=tx.now()))


def look_up(edge: Edge, login: str, who: str | None = "ann", **more: Any) -> Response:
    return edge.get(f"/users/email-by-github/{login}", who, **more)


def looked_up(edge: Edge) -> list[tuple[str, str, bool]]:
    rows = edge.world.rows("SELECT actor, facts FROM audit WHERE kind = 'look-up' ORDER BY seq")
    return [(actor, json.loads(facts)["login"], json.loads(facts)["found"]) for actor, facts in rows]


def test_b29_a_login_is_found_in_any_case_and_who_asked_is_written_down(edge: Edge) -> None:
    link(edge, "dan", "583231", "OctoDan")
    for who, login in (("ann", "octodan"), ("app:ci", "OCTODAN")):
        answer = look_up(edge, login, who)
        assert (answer.status_code, answer.json()) == (200, {"username": "OctoDan", "email": "dan@acme.org"})
    assert look_up(edge, "nobody").status_code == 404
    assert looked_up(edge) == [("ann@acme.org", "octodan", True), ("app:ci", "OCTODAN", True), ("ann@acme.org", "nobody", False)]


@pytest.mark.parametrize("login", [
    "*", "%25", "_ctodan", "octo%25", "octodan%20", "", "octodan%00", "octodan@acme.org", "583231", "' OR '1'='1", "%D0%BEctodan"])
def test_b29_there_is_nothing_to_guess_with(edge: Edge, login: str) -> None:
    link(edge, "dan", "583231", "octodan")
    assert look_up(edge, login).status_code == 404


def test_b29_only_people_of_a_project_that_one_sees(edge: Edge) -> None:
    link(edge, "eve", "1", "octoeve")
    link(edge, "dan", "2", "octodan")
    unseen = [look_up(edge, "octoeve", "ann"), look_up(edge, "octodan", "eve"), look_up(edge, "nobody", "ann")]
    assert {(answer.status_code, answer.text) for answer in unseen} == {(404, unseen[2].text)}
    assert said(unseen[0]).startswith("There is no person of this id that you can see.")
    assert [look_up(edge, login, "app:ci").status_code for login in ("octoeve", "octodan")] == [200, 200]
    narrow = edge.issuer.mint(edge.remember("app:ci", projects=("acme/app",)))
    bound = edge.issuer.mint(edge.remember("app:ci", execution=run(edge, "chatty")))
    assert [look_up(edge, login, None, headers={"Authorization": f"Bearer {token}"}).status_code
            for token in (narrow, bound) for login in ("octoeve", "octodan")] == [404, 200, 404, 404]
    edge.world.admit("dan", None)
    assert look_up(edge, "octodan", "app:ci").status_code == 404


def test_b29_a_person_who_is_shut_out_is_not_told_of(edge: Edge) -> None:
    link(edge, "dan", "2", "octodan")
    edge.world.disable("dan")
    assert look_up(edge, "octodan").status_code == 404


def test_b29_a_login_that_somebody_else_has_by_now_is_theirs(edge: Edge) -> None:
    link(edge, "dan", "2", "octo")
    link(edge, "bob", "3", "Octo")
    assert look_up(edge, "octo").json()["email"] == "bob@acme.org"


def test_b29_thirty_times_a_minute_and_no_more_for_one_token(edge: Edge) -> None:
    link(edge, "dan", "583231", "octodan")
    answers = [look_up(edge, "octodan" if n % 2 else f"guess-{n}").status_code for n in range(30)]
    assert sorted(answers) == [200] * 15 + [404] * 15
    refused = look_up(edge, "octodan")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert said(refused) == "This may be asked 30 times in 60 seconds, and that is the limit. Wait a little, and ask again."
    assert look_up(edge, "octodan", "app:ci").status_code == 200
    assert look_up(edge, "octodan", role=Role.MEMBER).status_code == 200
    assert len(looked_up(edge)) == 32
    edge.world.later(seconds=61)
    assert look_up(edge, "octodan").status_code == 200


def test_a_rate_holds_in_every_span_and_forgets_who_is_long_gone() -> None:
    rate = Rate(most=2, within=timedelta(minutes=1))
    for seconds, taken in ((0, True), (40, True), (59, False), (60, True), (99, False), (100, True)):
        if taken:
            rate.take("ann", NOON + timedelta(seconds=seconds))
        else:
            with pytest.raises(TooOften):
                rate.take("ann", NOON + timedelta(seconds=seconds))
    for n in range(MOST_NAMES + 5):
        rate.take(f"token-{n}", NOON + timedelta(hours=n))
    assert len(rate._taken) < 10
