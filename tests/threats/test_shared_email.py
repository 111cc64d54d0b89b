"""Attacks by way of an e-mail that two people have."""

import json
import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from core.domain.identities import GITHUB, Identity
from core.domain.people import email_key
from integrations.database.tables import people
from tests.api.outside import Outside, outside_on
from tests.threats.at_once import at_once
from tests.world import World, new_id

pytestmark = pytest.mark.database


@pytest.fixture
def outside(database_url: str, tmp_path: Path) -> Iterator[Outside]:
    """Whose issuer is trusted with e-mails. Dan is linked to nothing."""
    with outside_on(database_url, tmp_path, oidc_email_claim="email") as outside:
        yield outside


def dan(outside: Outside, subject: str = "u-dan", email: str = "dan@acme.org") -> str:
    return outside.issuer.token(sub=subject, email=email, email_verified=True)


def told(outside: Outside, kind: str) -> list[list[str]]:
    return [json.loads(facts)["subjects"] for facts, in outside.edge.world.rows(
        "SELECT facts FROM audit WHERE kind = :kind ORDER BY seq", kind=kind)]


def test_b13_two_accounts_with_one_verified_email_are_both_refused_and_somebody_is_told(
        outside: Outside, caplog: pytest.LogCaptureFixture) -> None:
    assert [outside.status(dan(outside)) for _ in range(2)] == [200, 200]
    assert (told(outside, "known-by-email"), told(outside, "shared-email")) == ([["u-dan"]], [])
    with caplog.at_level(logging.ERROR, "placet.people"):
        refused = outside.call(dan(outside, "u-twin", "DAN@acme.org"))
    assert (refused.status_code, refused.json()["message"][:43]) == (403, "Another account comes with your e-mail, so ")
    assert [record.getMessage() for record in caplog.records if record.name == "placet.people"] == ["people.shared_email"]
    assert [outside.status(dan(outside, subject)) for subject in ("u-dan", "u-twin", "u-dan")] == [403, 403, 403]
    assert told(outside, "shared-email") == [["u-dan", "u-twin"]]
    rendered = outside.edge.service.metrics.render().decode()
    assert 'placet_notices_total{kind="shared-email"} 1.0' in rendered


def test_b13_an_operator_says_whose_it_is(outside: Outside) -> None:
    for subject in ("u-dan", "u-twin"):
        outside.status(dan(outside, subject))
    outside.link("dan", "u-dan")
    assert (outside.status(dan(outside)), outside.status(dan(outside, "u-twin"))) == (200, 401)


def test_b13_an_account_that_gets_another_email_is_not_two_people(outside: Outside) -> None:
    assert outside.status(dan(outside)) == 200
    assert outside.status(dan(outside, "u-dan", "cat@acme.org")) == 200
    assert outside.status(dan(outside, "u-new", "dan@acme.org")) == 200
    assert outside.status(dan(outside, "u-cat", "cat@acme.org")) == 403


def test_b13_twins_at_the_same_moment_are_refused_from_then_on(outside: Outside) -> None:
    at_once([partial(outside.status, dan(outside, subject)) for subject in ("u-dan", "u-twin")])
    assert [outside.status(dan(outside, subject)) for subject in ("u-dan", "u-twin")] == [403, 403]


def test_b13_an_application_that_names_a_persons_email_shuts_nobody_out(outside: Outside) -> None:
    machine = outside.issuer.token(sub="m-1", email="dan@acme.org", email_verified=True, roles="machines")
    assert [outside.status(token) for token in (machine, dan(outside), machine, dan(outside))] == [401, 200, 401, 200]


@pytest.mark.parametrize("again", ["bob@acme.org", "BOB@acme.org", "bob@ACME.ORG"])
def test_b13_the_database_takes_no_second_person_of_one_address(world: World, again: str) -> None:
    with pytest.raises(IntegrityError), world.database.writer.begin() as connection:
        connection.execute(people.insert(), {
            "id": new_id(), "email": again, "email_key": email_key(again), "name": "Bob the Second", "disabled": False})


def test_b13_one_account_elsewhere_is_one_person_and_a_login_that_two_had_is_nobodys(world: World) -> None:
    with world.database.begin() as tx:
        bob, cat, now = tx.people.find("bob@acme.org"), tx.people.find("cat@acme.org"), tx.now()
        assert bob is not None
        assert cat is not None
        tx.identities.link(Identity(provider=GITHUB, external_id="1", person_id=bob.id, login="octo", linked_at=now))
        tx.identities.link(Identity(provider=GITHUB, external_id="2", person_id=cat.id, login="OCTO", linked_at=now))
        found = tx.identities.by_login(GITHUB, "octo", None)
        assert found is not None
        assert found[1] == cat
        tx.identities.link(Identity(provider=GITHUB, external_id="1", person_id=cat.id, login="octo", linked_at=now))
        assert tx.identities.subjects(GITHUB, bob.id) == set()
        assert tx.identities.subjects(GITHUB, cat.id) == {"1", "2"}
    with world.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE identities SET login = 'octo', login_key = 'octo'")
    with world.database.read() as tx:
        assert tx.identities.by_login(GITHUB, "octo", None) is None
