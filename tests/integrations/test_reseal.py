"""A rotation of keys from its beginning to the day on which the old ones are gone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from cryptography.fernet import Fernet

from core.domain.chains import Checkpoint
from core.domain.executions import Execution
from core.domain.parameters import Secret
from core.engine.reseal_secrets import Resealed, ResealSecrets
from core.errors import Unavailable
from core.flows.context import Effect, FlowContext, NamedEffect
from integrations.database.tables import audit_checkpoints, schedules
from integrations.keys.files import Keys, load_keys
from integrations.keys.signatures import Ed25519Signatures
from integrations.keys.signing import new_signing_key
from integrations.keys.vault import FernetVault
from tests.core.stage import teach
from tests.world import World

pytestmark = pytest.mark.database
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
OLD_SIGNING, NEW_SIGNING = new_signing_key(), new_signing_key()
KeysOf = Callable[..., Keys]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    password: Annotated[str, Secret()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    token: Annotated[str, Secret()]


OPEN = NamedEffect("session.open")


def connect(ctx: FlowContext, request: Connect) -> str:
    ctx.step("open", OPEN, request)
    ctx.approval("May it go on?")
    return "done"


def open_session(request: Any, *, effect: Effect) -> Session:
    return Session(token=f"t-{request['password'] if isinstance(request, dict) else request.password}")


@pytest.fixture
def keys(tmp_path: Path) -> KeysOf:
    def keys(data: str, signing: str = OLD_SIGNING) -> Keys:
        pem = tmp_path / "signing.pem"
        pem.touch(0o600)
        pem.write_text(signing)
        return load_keys(tmp_path, may_create=False, data_key=data, signing_key_file=pem, digest_key="A" * 43 + "=")

    return keys


def deploy(world: World, keys: Keys) -> None:
    """Let service and worker start anew with these keys."""
    world.vault = FernetVault(keys)  # type: ignore[assignment]
    teach(world, connect, {OPEN.name: open_session}, id="connect", parameters=Connect)


@pytest.fixture
def runs(world: World, keys: KeysOf) -> list[Execution]:
    """Runs with a secret of their own, of a step and of its result, and a schedule with one."""
    deploy(world, keys(OLD))
    made = [world.run("ann", "connect", password=f"hunter-{n}") for n in range(3)]
    world.work()
    project = world.project().id
    with world.database.writer.begin() as connection:
        connection.execute(schedules.insert(), {
            "name": "nightly", "project_id": project, "flow": "connect", "expression": "0 3 * * *", "input": {},
            "secrets": world.vault.seal({"password": "hunter-s"}), "enabled": True, "changed": False})
    assert len(sealed(world)) == 10
    return made


def sealed(world: World) -> list[str]:
    texts = []
    for table, column in (("executions", "secrets"), ("steps", "secrets"), ("steps", "result_secrets"), ("schedules", "secrets")):
        texts += [str(row[0]) for row in world.rows(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")]
    return texts


def opened(world: World, keys: Keys) -> int:
    """How many of the sealed texts these keys open."""
    vault, count = FernetVault(keys), 0
    for text in sealed(world):
        try:
            count += bool(vault.open(text))
        except Unavailable:
            continue
    return count


def reseal(world: World, keys: Keys, page: int = 2) -> Resealed:
    return ResealSecrets(database=world.database, vault=FernetVault(keys), signatures=Ed25519Signatures(keys), page=page).reseal()


def test_after_it_the_old_data_key_can_be_dropped(world: World, runs: list[Execution], keys: KeysOf) -> None:
    both = keys(f"{NEW},{OLD}")
    assert (opened(world, keys(NEW)), opened(world, both)) == (0, 10)

    done = reseal(world, both)
    assert (done.changed, done.busy, done.lost) == (10, [], [])
    assert (opened(world, keys(NEW)), opened(world, keys(OLD))) == (10, 0)

    deploy(world, keys(NEW))
    world.approves("bob", runs[0])
    world.work()
    assert world.see(runs[0]).execution.status == "completed"
    assert not any("hunter" in text for text in sealed(world))


def test_a_second_time_it_changes_nothing(world: World, runs: list[Execution], keys: KeysOf) -> None:
    both = keys(f"{NEW},{OLD}")
    reseal(world, both)
    before = sealed(world)
    assert reseal(world, both) == Resealed()
    assert sealed(world) == before


def test_what_is_started_amidst_a_rotation_is_sealed_with_the_new_key(world: World, runs: list[Execution], keys: KeysOf) -> None:
    deploy(world, keys(f"{NEW},{OLD}"))
    world.run("ann", "connect", password="hunter-9")
    world.work()
    assert opened(world, keys(NEW)) == 3


def test_a_run_that_a_worker_has_in_hand_is_left_for_another_try(world: World, runs: list[Execution], keys: KeysOf) -> None:
    world.approves("bob", runs[1])
    claim = world.advance.claim()
    assert claim is not None

    done = reseal(world, keys(f"{NEW},{OLD}"))
    assert (done.changed, done.busy) == (7, [runs[1].id])

    deploy(world, keys(f"{NEW},{OLD}"))
    world.advance.run(claim)
    assert reseal(world, keys(f"{NEW},{OLD}")).busy == []
    assert opened(world, keys(NEW)) == 10


def test_what_no_key_opens_is_named_and_hinders_nothing(world: World, runs: list[Execution], keys: KeysOf) -> None:
    third = FernetVault(keys(Fernet.generate_key().decode())).seal({"password": "x"})
    with world.database.writer.begin() as connection:
        connection.execute(schedules.update().values(secrets=third))
    done = reseal(world, keys(f"{NEW},{OLD}"))
    assert (done.changed, done.lost) == (9, ["schedules nightly secrets"])
    assert third in sealed(world)


def test_checkpoints_are_signed_anew_unless_they_are_forged(world: World, keys: KeysOf) -> None:
    project = world.project().id
    before, after = keys(OLD), keys(OLD, NEW_SIGNING + OLD_SIGNING)
    made = Checkpoint(project_id=project, seq=4, hash="a" * 64, at=world.now())
    row = {"project_id": project, "hash": made.hash, "at": made.at}
    with world.database.writer.begin() as connection:
        connection.execute(audit_checkpoints.insert(), [
            {**row, "seq": 4, "signature": Ed25519Signatures(before).sign(made.text())}, {**row, "seq": 5, "signature": "Zm9yZ2Vk"}])

    assert reseal(world, after).signed == 1
    assert reseal(world, after).signed == 0
    with world.database.read() as tx:
        genuine, forged = tx.audit_chains.checkpoints(project)
    assert Ed25519Signatures(keys(OLD, NEW_SIGNING)).signed(genuine.text(), genuine.signature)
    assert forged.signature == "Zm9yZ2Vk"
