from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.executions import Execution, Status
from core.domain.json import Json, parse_timestamp
from core.domain.people import Project
from core.engine.grant_access import AccessProvider, AccessRequest, GrantAccess, OtherProvider, RecordedAccess
from core.flows.context import Effect, EffectRefused
from core.ports.grants import Grant
from integrations.database.database import SqlDatabase
from integrations.webhooks.access import WebhookAccess
from integrations.webhooks.client import NoAnswer, WebhookClient
from tests.doubles.access_webhook import SECRET, AccessWebhook, Fault

pytestmark = pytest.mark.database

KEY, OTHER_KEY = "run-1:2", "run-1:5"
ANN: dict[str, Json] = {"username": "ann@c.example", "targetOrg": "prod", "accessLevel": "admin", "durationMinutes": 60, "reason": "fix it"}


@pytest.fixture
def database(database_url: str) -> Iterator[SqlDatabase]:
    database = SqlDatabase(database_url)
    with database.begin() as tx:
        tx.project_register.add(Project(id="p", identifier="acme/app"))
        tx.executions.add(Execution(id="run-1", project_id="p", flow="f", task_type="f", category="access", payload={}, triggered_by="ann",
                                    initiators=(), status=Status.RUNNING, created_at=tx.now()), due_at=None)
    yield database
    database.close()


@pytest.fixture
def receiver() -> Iterator[AccessWebhook]:
    with AccessWebhook() as receiver:
        yield receiver


@dataclass
class Scripted:
    """A provider that answers what it is told to, after doing whatever the test does meanwhile."""

    activated_at: datetime | None = None
    meanwhile: Callable[[], object] = lambda: None
    name: str = "scripted"
    calls: list[str] = field(default_factory=list)

    def grant(self, request: AccessRequest, effect: Effect) -> datetime | None:
        self.calls.append(f"grant {effect.key}")
        self.meanwhile()
        return self.activated_at

    def revoke(self, request: AccessRequest, effect: Effect) -> None:
        self.calls.append(f"revoke {effect.key}")
        self.meanwhile()


def by_webhook(database: SqlDatabase, receiver: AccessWebhook) -> GrantAccess:
    return GrantAccess(database=database, provider=WebhookAccess(receiver.url, [SECRET], WebhookClient()))


def by(database: SqlDatabase, provider: AccessProvider) -> GrantAccess:
    return GrantAccess(database=database, provider=provider)


def effect(key: str = KEY) -> Effect:
    return Effect(key=key, seconds=5, attempt=1)


def row(database: SqlDatabase, key: str = KEY) -> Grant | None:
    with database.begin() as tx:
        return tx.grants.lock(key)


def live(database: SqlDatabase) -> list[str]:
    with database.read() as tx:
        return [grant.effect_key for grant, _, _ in tx.grants.live()]


def test_a_recorded_grant_is_a_row_that_begins_now(database: SqlDatabase) -> None:
    answer = by(database, RecordedAccess()).grant(ANN, effect=effect())

    grant = row(database)
    assert grant is not None
    assert (grant.execution_id, grant.provider) == ("run-1", "record")
    assert (grant.subject, grant.target, grant.level) == ("ann@c.example", "prod", "admin")
    assert grant.until == grant.activated_at + timedelta(minutes=60)
    assert abs(grant.activated_at - datetime.now(UTC)) < timedelta(seconds=5)
    assert grant.activated_at - parse_timestamp(str(answer["activatedAt"])) < timedelta(milliseconds=1)
    assert live(database) == [KEY]


def test_a_repeated_key_answers_the_same_time(database: SqlDatabase, receiver: AccessWebhook) -> None:
    for access in (by(database, RecordedAccess()), by_webhook(database, receiver)):
        key = f"run-1:{access.provider.name}"
        assert access.grant(ANN, effect=effect(key)) == access.grant(ANN, effect=effect(key))

    assert receiver.deeds() == ["granted"]


def test_access_given_by_webhook_begins_when_the_receiver_says(database: SqlDatabase) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)

    assert by(database, Scripted(at)).grant(ANN, effect=effect()) == {"activatedAt": at.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    grant = row(database)
    assert grant is not None
    assert (grant.activated_at, grant.until) == (at, at + timedelta(minutes=60))


def test_a_try_after_a_lost_answer_gives_access_once(database: SqlDatabase, receiver: AccessWebhook) -> None:
    receiver.faults = [Fault(drop=True)]
    access = by_webhook(database, receiver)
    with pytest.raises(NoAnswer):
        access.grant(ANN, effect=effect())
    assert live(database) == []

    access.grant(ANN, effect=effect())
    assert receiver.deeds() == ["granted", "granted again"]
    assert live(database) == [KEY]


def test_a_revoke_ends_the_row_after_the_receiver_has_taken_access_away(database: SqlDatabase, receiver: AccessWebhook) -> None:
    access = by_webhook(database, receiver)
    access.grant(ANN, effect=effect())
    receiver.faults = [Fault(status=503)]
    with pytest.raises(NoAnswer):
        access.revoke(ANN, effect=effect())
    assert live(database) == [KEY]

    access.revoke(ANN, effect=effect())
    assert live(database) == []
    assert receiver.live() == set()


def test_a_revoke_that_is_written_down_is_not_sent_again(database: SqlDatabase, receiver: AccessWebhook) -> None:
    access = by_webhook(database, receiver)
    access.grant(ANN, effect=effect())
    access.revoke(ANN, effect=effect())
    first = row(database)

    access.revoke(ANN, effect=effect())
    assert row(database) == first
    assert receiver.deeds() == ["granted", "revoked"]


def test_a_revoked_key_is_refused_for_good(database: SqlDatabase, receiver: AccessWebhook) -> None:
    for access in (by(database, RecordedAccess()), by_webhook(database, receiver)):
        key = f"run-1:{access.provider.name}"
        access.grant(ANN, effect=effect(key))
        access.revoke(ANN, effect=effect(key))
        with pytest.raises(EffectRefused, match="for good"):
            access.grant(ANN, effect=effect(key))

    assert receiver.deeds() == ["granted", "revoked"]
    assert live(database) == []


def test_no_tombstone_a_key_revoked_before_it_was_granted_is_refused_for_good(database: SqlDatabase, receiver: AccessWebhook) -> None:
    for access in (by(database, RecordedAccess()), by_webhook(database, receiver)):
        key = f"run-1:{access.provider.name}"
        access.revoke(ANN, effect=effect(key))
        with pytest.raises(EffectRefused, match="for good"):
            access.grant(ANN, effect=effect(key))

    assert receiver.deeds() == ["revoked unseen"]
    assert live(database) == []


def test_no_tombstone_a_grant_that_was_under_way_while_its_key_was_revoked_is_refused(database: SqlDatabase) -> None:
    late = by(database, Scripted(meanwhile=lambda: by(database, Scripted()).revoke(ANN, effect=effect())))

    with pytest.raises(EffectRefused, match="for good"):
        late.grant(ANN, effect=effect())
    assert live(database) == []


def test_a_grant_that_was_written_down_while_it_was_repeated_answers_what_stands_there(database: SqlDatabase) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    late = by(database, Scripted(meanwhile=lambda: by(database, Scripted(first)).grant(ANN, effect=effect())))

    assert late.grant(ANN, effect=effect()) == {"activatedAt": "2026-01-01T00:00:00.000Z"}


def test_a_revoke_that_was_under_way_while_access_was_written_down_ends_it(database: SqlDatabase) -> None:
    late = by(database, Scripted(meanwhile=lambda: by(database, Scripted()).grant(ANN, effect=effect())))

    late.revoke(ANN, effect=effect())
    assert live(database) == []


def test_another_key_is_another_grant(database: SqlDatabase) -> None:
    access = by(database, RecordedAccess())
    access.grant(ANN, effect=effect())
    access.grant(ANN, effect=effect(OTHER_KEY))
    access.revoke(ANN, effect=effect())

    assert live(database) == [OTHER_KEY]


@pytest.mark.parametrize(("ahead", "refused"), [(timedelta(minutes=4), False), (timedelta(minutes=6), True), (timedelta(days=9), True)])
def test_access_that_begins_in_the_future_is_refused(database: SqlDatabase, ahead: timedelta, refused: bool) -> None:
    access = by(database, Scripted(datetime.now(UTC) + ahead))

    if refused:
        with pytest.raises(EffectRefused, match="scripted says that access begins at"):
            access.grant(ANN, effect=effect())
    else:
        access.grant(ANN, effect=effect())
    assert live(database) == ([] if refused else [KEY])


def test_access_is_taken_back_by_whoever_gave_it(database: SqlDatabase) -> None:
    by(database, Scripted(name="webhook")).grant(ANN, effect=effect())
    another = Scripted(name="another")

    with pytest.raises(OtherProvider, match="given by webhook"):
        by(database, another).revoke(ANN, effect=effect())
    assert another.calls == []
    assert live(database) == [KEY]


@pytest.mark.parametrize(("arguments", "missing"), [
    ({}, "accessLevel, targetOrg, username, durationMinutes"), (ANN | {"username": ""}, "username"), (ANN | {"targetOrg": 7}, "targetOrg"),
    (ANN | {"durationMinutes": 0}, "durationMinutes"), (ANN | {"durationMinutes": True}, "durationMinutes"),
    (ANN | {"durationMinutes": 1.5}, "durationMinutes"), (ANN | {"durationMinutes": None}, "durationMinutes"),
])
def test_what_names_no_access_is_refused_and_its_undo_is_nothing(database: SqlDatabase, arguments: dict[str, Json], missing: str) -> None:
    provider = Scripted()

    with pytest.raises(EffectRefused, match=missing):
        by(database, provider).grant(arguments, effect=effect())
    by(database, provider).revoke(arguments, effect=effect())
    assert provider.calls == []
    assert row(database) is None


def test_nothing_outside_is_called_within_a_transaction(database: SqlDatabase) -> None:
    """A writer waits for the other writer on SQLite: this would not come back."""
    def write() -> None:
        with database.begin() as tx:
            tx.now()

    access = by(database, Scripted(meanwhile=write))
    access.grant(ANN, effect=effect())
    access.revoke(ANN, effect=effect())
