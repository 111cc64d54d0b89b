"""J06: whoever changes, removes or moves a row of the audit is found out, row by row."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from core.domain.chains import Checkpoint, CheckpointForged, EndChanged, Link, RowChanged, RowsMissing
from core.engine.verify_audit import VerifyAudit
from integrations.database.tables import audit_checkpoints
from tests.fakes.signatures import FakeSignatures
from tests.world import World

pytestmark = pytest.mark.database
Meddle = Callable[..., None]


@pytest.fixture
def chain(world: World) -> str:
    """A chain of a day's work; return its project's id."""
    for _ in range(2):
        run = world.asks_for_access()
        world.approves("bob", run)
        world.work()
    assert faults(world, world.project().id) == []
    return world.project().id


@pytest.fixture
def meddle(world: World, chain: str) -> Meddle:
    def meddle(statement: str, **values: Any) -> None:
        with world.database.writer.begin() as connection:
            connection.execute(text(statement), {"project": chain, **values})

    return meddle


def verifying(world: World) -> VerifyAudit:
    return VerifyAudit(database=world.database, signatures=FakeSignatures())


def faults(world: World, project_id: str) -> list[tuple[str, int, int]]:
    """What is wrong: the kind of fault, with the first and last row that it names."""
    said = []
    for fault in verifying(world).verify(project_id).faults:
        match fault:
            case RowChanged(row=row):
                said.append(("changed", row.seq, row.seq))
            case RowsMissing(first=first, last=last):
                said.append(("missing", first, last))
            case CheckpointForged(checkpoint=checkpoint):
                said.append(("forged", checkpoint.seq, checkpoint.seq))
            case EndChanged(last=last):
                said.append(("end", last.seq, last.seq))
    return said


def last(world: World, project_id: str) -> int:
    head = verifying(world).verify(project_id).head
    assert head is not None
    return head.seq


@pytest.mark.parametrize("change", [
    "actor = 'eve@acme.org'", "kind = 'reject'", "facts = '{}'", "facts = 'no json'", "facts = '[1]'", "facts = '{\"n\": NaN}'",
    "execution_id = NULL", "approval_id = 'another'"])
def test_a_changed_row_is_named_alone(world: World, chain: str, meddle: Meddle, change: str) -> None:
    meddle(f"UPDATE audit SET {change} WHERE project_id = :project AND seq = 3")
    assert faults(world, chain) == [("changed", 3, 3)]


def test_a_time_that_was_changed_is_named(world: World, chain: str, meddle: Meddle) -> None:
    meddle("UPDATE audit SET at = (SELECT at FROM audit WHERE project_id = :project AND seq = 7) WHERE project_id = :project AND seq = 3")
    assert faults(world, chain) == [("changed", 3, 3)]


def test_a_row_that_was_changed_with_its_hash_breaks_the_next_one(world: World, chain: str, meddle: Meddle) -> None:
    meddle("UPDATE audit SET hash = :hash WHERE project_id = :project AND seq = 3", hash="f" * 64)
    assert faults(world, chain) == [("changed", 3, 3), ("changed", 4, 4)]


@pytest.mark.parametrize(("first", "most"), [(1, 1), (1, 3), (4, 4), (4, 6)])
def test_removed_rows_are_named(world: World, chain: str, meddle: Meddle, first: int, most: int) -> None:
    meddle("DELETE FROM audit WHERE project_id = :project AND seq BETWEEN :first AND :most", first=first, most=most)
    assert faults(world, chain) == [("missing", first, most)]


def test_rows_removed_from_the_end_are_named(world: World, chain: str, meddle: Meddle) -> None:
    end = last(world, chain)
    meddle("DELETE FROM audit WHERE project_id = :project AND seq > :kept", kept=end - 2)
    assert faults(world, chain) == [("missing", end - 1, end)]


def test_a_chain_of_which_nothing_is_left_is_missed(world: World, chain: str, meddle: Meddle) -> None:
    end = last(world, chain)
    meddle("DELETE FROM audit WHERE project_id = :project")
    assert faults(world, chain) == [("missing", 1, end)]
    meddle("DELETE FROM audit_heads WHERE project_id = :project")
    assert chain in verifying(world).projects()
    assert faults(world, chain) == [("end", 0, 0)]


def test_two_rows_that_changed_places_are_named(world: World, chain: str, meddle: Meddle) -> None:
    for old, new in ((4, 1_000), (5, 4), (1_000, 5)):
        meddle("UPDATE audit SET seq = :new WHERE project_id = :project AND seq = :old", old=old, new=new)
    assert faults(world, chain) == [("changed", 4, 4), ("changed", 5, 5), ("changed", 6, 6)]


def test_a_row_after_the_end_is_found(world: World, chain: str, meddle: Meddle) -> None:
    end = last(world, chain)
    meddle("UPDATE audit_heads SET seq = seq - 1, hash = (SELECT hash FROM audit WHERE project_id = :project AND seq = :before) "
           "WHERE project_id = :project", before=end - 1)
    assert faults(world, chain) == [("end", end, end)]


def test_a_row_of_another_project_does_not_pass_for_ones_own(world: World, chain: str, meddle: Meddle) -> None:
    meddle("DELETE FROM audit WHERE project_id = :project AND seq = 1")
    meddle("INSERT INTO audit SELECT :project, 1, at, kind, actor, execution_id, approval_id, facts, hash FROM audit "
           "WHERE project_id = :project AND seq = 2")
    assert faults(world, chain) == [("changed", 1, 1), ("changed", 2, 2)]


def test_each_chain_is_judged_by_itself(world: World, chain: str, meddle: Meddle) -> None:
    world.run("eve", project="other/app", username="eve@other.org", targetOrg="x", accessLevel="Admin", durationMinutes=5)
    meddle("DELETE FROM audit WHERE project_id = :project AND seq = 2")
    other = world.project("other/app").id
    assert set(verifying(world).projects()) == {chain, other}
    assert faults(world, other) == []
    assert faults(world, chain) == [("missing", 2, 2)]


def test_a_signed_checkpoint_stands_for_what_was_purged_and_a_forged_one_does_not(world: World, chain: str, meddle: Meddle) -> None:
    hash_of_four = world.rows("SELECT hash FROM audit WHERE project_id = :project AND seq = 4", project=chain)[0][0]
    unsigned = Checkpoint(project_id=chain, seq=4, hash=hash_of_four, at=world.now())
    meddle("DELETE FROM audit WHERE project_id = :project AND seq <= 4")

    def put(signature: str) -> None:
        with world.database.writer.begin() as connection:
            connection.execute(audit_checkpoints.delete())
            connection.execute(audit_checkpoints.insert(), {
                "project_id": chain, "seq": 4, "hash": hash_of_four, "at": unsigned.at, "signature": signature})

    put(FakeSignatures().sign(unsigned.text()))
    assert faults(world, chain) == []
    assert verifying(world).verify(chain).start == Link(seq=4, hash=hash_of_four)
    put(FakeSignatures("eve").sign(unsigned.text()))
    assert faults(world, chain) == [("forged", 4, 4), ("missing", 1, 4)]


def test_a_chain_longer_than_a_page_is_read_whole(world: World, chain: str) -> None:
    in_pages = VerifyAudit(database=world.database, signatures=FakeSignatures(), page=3)
    assert [row.seq for row in in_pages.rows(chain)] == list(range(1, last(world, chain) + 1))
    assert in_pages.verify(chain).faults == ()


def test_it_gives_up_after_as_many_faults_as_one_wants_to_read(world: World, chain: str, meddle: Meddle) -> None:
    meddle("UPDATE audit SET actor = 'eve' WHERE project_id = :project")
    assert len(verifying(world).verify(chain, most=5).faults) == 5
