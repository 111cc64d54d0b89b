"""Access by a provider that knows no keys: given once, taken once, never from somebody who had it otherwise, and compared now and then."""

import pytest

from core.domain.identities import Identity
from core.engine.grant_access import AccessRequest
from core.engine.keyed_access import JustTaken, KeyedAccess
from core.engine.reconcile_access import ReconcileAccess
from core.flows.context import Effect, EffectRefused
from core.ports.access_keys import AccessKey, Where
from tests.fakes.keyless import FakeKeyless
from tests.world import World

pytestmark = pytest.mark.database
TEAM = Where(target="acme", level="sre")


@pytest.fixture
def outside(world: World) -> FakeKeyless:
    for who in ("ann", "dan"):
        with world.database.begin() as tx:
            tx.identities.link(Identity(provider="github", external_id=f"{who}-1", person_id=world.people[f"{who}@acme.org"].id, login=who,
                                        linked_at=tx.now()))
    return FakeKeyless()


def effect(key: str = "run-1:2") -> Effect:
    return Effect(key=key, seconds=5, attempt=1)


def of(who: str = "ann") -> AccessRequest:
    return AccessRequest(subject=f"{who}@acme.org", target="acme", level="sre", minutes=60, reason="", execution_id="run-1")


def keyed(world: World, outside: FakeKeyless) -> KeyedAccess:
    return KeyedAccess(database=world.database, provider=outside)


def test_it_is_given_and_taken_back(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    access.grant(of(), effect())
    assert outside.there == {TEAM: {"ann-1"}}
    access.revoke(of(), effect())
    assert outside.there == {TEAM: set()}


def test_an_answer_that_was_lost_is_no_reason_to_think_that_they_had_it_before(world: World, outside: FakeKeyless) -> None:
    access, outside.lost = keyed(world, outside), 1
    with pytest.raises(ConnectionError):
        access.grant(of(), effect())
    access.grant(of(), effect())
    access.revoke(of(), effect())
    assert outside.there == {TEAM: set()}


def test_a_revoked_key_stays_revoked_also_if_it_never_gave_anything(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    access.revoke(of(), effect())
    with pytest.raises(EffectRefused, match="for good"):
        access.grant(of(), effect())
    assert outside.calls == []


def test_what_somebody_has_otherwise_is_neither_given_nor_taken(world: World, outside: FakeKeyless) -> None:
    outside.there[TEAM] = {"ann-1"}
    access = keyed(world, outside)
    with pytest.raises(EffectRefused, match="already, and not by Placet"):
        access.grant(of(), effect())
    access.revoke(of(), effect())
    assert outside.there == {TEAM: {"ann-1"}}


def test_two_grants_of_the_same_end_with_the_later_one(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    access.grant(of(), effect("run-1:2"))
    access.grant(of(), effect("run-2:2"))
    access.revoke(of(), effect("run-1:2"))
    assert outside.there == {TEAM: {"ann-1"}}
    access.revoke(of(), effect("run-2:2"))
    assert outside.there == {TEAM: set()}


def test_what_is_being_taken_back_is_not_taken_for_somebody_elses_grant(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    access.grant(of(), effect("run-1:2"))
    access.revoke(of(), effect("run-1:2"))
    outside.there[TEAM] = {"ann-1"}
    with pytest.raises(JustTaken):
        access.grant(of(), effect("run-2:2"))
    world.later(minutes=11)
    with pytest.raises(EffectRefused, match="not by Placet"):
        access.grant(of(), effect("run-2:2"))


def test_whoever_has_no_account_there_or_two_gets_nothing(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    for who in ("bob", "nobody"):
        with pytest.raises(EffectRefused, match="has no account linked there"):
            access.grant(of(who), effect())
    with world.database.begin() as tx:
        tx.identities.link(Identity(provider="github", external_id="dan-2", person_id=world.people["dan@acme.org"].id, login="dan2",
                                    linked_at=tx.now()))
    with pytest.raises(EffectRefused, match="more than one account"):
        access.grant(of("dan"), effect())


def test_it_is_taken_from_the_account_that_it_was_given_to_though_another_is_linked_since(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    access.grant(of(), effect())
    with world.database.begin() as tx:
        tx.identities.unlink("github", "ann-1")
        tx.identities.link(Identity(provider="github", external_id="ann-2", person_id=world.people["ann@acme.org"].id, login="ann2",
                                    linked_at=tx.now()))
    access.revoke(of(), effect())
    assert outside.there == {TEAM: set()}


# -- compared now and then --------------------------------------------------------------------------------------------------------


def compared(world: World, outside: FakeKeyless) -> dict[str, object]:
    run = world.asks_for_access("ann")
    found = ReconcileAccess(database=world.database, provider=outside).reconcile({}, effect=effect(f"{run.id}:1"))
    return {name: found[name] for name in ("takenBack", "unknown", "missing")}


NOTHING: dict[str, object] = {"takenBack": [], "unknown": [], "missing": []}


def test_a_call_that_came_late_is_mended(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    access.grant(of(), effect())
    access.revoke(of(), effect())
    outside.there[TEAM] = {"ann-1"}
    world.later(minutes=11)
    assert compared(world, outside) == NOTHING | {"takenBack": ["@ann-1 had sre on acme"]}
    assert outside.there == {TEAM: set()}
    assert world.rows("SELECT count(*) FROM audit WHERE kind = 'reconcile'") == [(1,)]


def test_what_is_being_taken_back_is_left_to_whoever_takes_it(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    access.grant(of(), effect())
    access.revoke(of(), effect())
    outside.there[TEAM] = {"ann-1"}
    assert compared(world, outside) == NOTHING
    assert outside.there == {TEAM: {"ann-1"}}


def test_what_placet_does_not_know_is_reported_and_left_alone(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    access.grant(of("dan"), effect())
    outside.there[TEAM] |= {"admin-9"}
    world.later(minutes=11)
    assert compared(world, outside) == NOTHING | {"unknown": ["@admin-9 has sre on acme"]}
    assert outside.there == {TEAM: {"dan-1", "admin-9"}}


def test_what_comes_back_days_later_is_somebody_elses_doing(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    access.grant(of(), effect())
    access.revoke(of(), effect())
    outside.there[TEAM] = {"ann-1"}
    world.later(hours=25)
    assert compared(world, outside) == NOTHING | {"unknown": ["@ann-1 has sre on acme"]}
    assert outside.there == {TEAM: {"ann-1"}}


def test_access_that_should_be_there_and_is_not_is_reported(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    access.grant(of(), effect())
    outside.there[TEAM] = set()
    assert compared(world, outside) == NOTHING
    world.later(minutes=11)
    assert compared(world, outside) == NOTHING | {"missing": ["ann@acme.org should have sre on acme"]}
    assert outside.there == {TEAM: set()}


def test_a_key_that_was_revoked_stays_so_in_the_books(world: World, outside: FakeKeyless) -> None:
    access = keyed(world, outside)
    access.revoke(of(), effect())
    with world.database.begin() as tx:
        first = tx.access_keys.lock("run-1:2")
        assert isinstance(first, AccessKey)
        tx.access_keys.save(first.revoked(tx.now()))
        assert tx.access_keys.lock("run-1:2") == first
