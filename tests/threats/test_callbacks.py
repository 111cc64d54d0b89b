"""What programs are told of runs: signed, once for an id, as often as it takes, and never more than they are to know."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from core.domain.executions import Execution, Mode
from core.engine.call_back import ReplayCallback
from core.errors import Unavailable
from core.ports.database import Database, Transaction
from integrations.database.tables import outbox
from tests.api.edge import ACCESS
from tests.rest.talk import approve, reject, request, said
from tests.threats.calling_back import OTHER, SECRET, Calling, calling
from tests.world import World, new_id

pytestmark = pytest.mark.database
WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)


@pytest.fixture
def there(world: World, tmp_path: Path) -> Iterator[Calling]:
    with calling(world, tmp_path / "home") as found:
        yield found


def test_a_program_is_told_how_a_run_that_it_waits_for_goes(there: Calling) -> None:
    run = there.asks()
    there.delivers()
    assert there.told() == ["started", "approval_requested"]

    assert approve(there.edge, "bob", run).status_code == 200
    there.delivers()
    there.world.later(hours=1, seconds=1)
    there.delivers()
    assert there.told() == ["started", "approval_requested", "approved", "completed"]
    message = there.verified(SECRET)
    assert (message["data"]["id"], message["data"]["status"], message["data"]["success"]) == (run, "completed", True)
    assert message["data"]["repositoryIdentifier"] == "acme/app"
    assert len(set(there.program.ids())) == 4
    assert there.world.rows("SELECT count(*) FROM outbox") == [(0,)]


def test_a_rejection_is_told_before_the_failure(there: Calling) -> None:
    run = there.asks()
    there.delivers()
    reject(there.edge, "bob", run, reason="not now")
    there.delivers()
    there.delivers()
    assert there.told()[2:] == ["rejected", "failed"]
    rejected, failed = (json.loads(body)["data"] for _, body in there.program.got[2:])
    assert (rejected["approval"]["reason"], rejected["approval"]["resolvedBy"]) == ("not now", "bob@acme.org")
    assert failed["error"].startswith("rejected by")


def test_an_expiry_is_told_before_the_failure(there: Calling) -> None:
    there.asks()
    there.delivers()
    there.world.later(hours=25)
    there.world.sweep()
    there.delivers()
    there.delivers()
    assert there.told()[2:] == ["expired", "failed"]


def test_a_cancel_is_told_with_what_became_of_the_request(there: Calling) -> None:
    run = there.asks()
    there.delivers()
    assert there.edge.post(f"/{run}/cancel", "ann").status_code == 200
    there.delivers()
    there.delivers()
    assert there.told()[2:] == ["rejected", "cancelled"]


def test_a_message_holds_no_parameter_and_no_secret(there: Calling) -> None:
    there.asks(targetOrg="payments-hidden")
    there.delivers()
    assert there.program.got
    for headers, body in there.program.got:
        assert b"payments-hidden" not in body
        assert SECRET not in str(headers) + body.decode()


def test_a_request_of_somebody_elses_run_is_told_of_too(there: Calling) -> None:
    there.makes_secret(SECRET)
    asked = request(there.edge, callback={"type": "webhook", "url": there.program.url, "repositoryIdentifier": "acme/app"})
    assert asked.status_code == 201, asked.text
    approve(there.edge, "bob", asked.json()["id"])
    there.delivers()
    assert there.told() == ["started", "approval_requested", "approved"]
    assert there.verified(SECRET)["data"]["approval"]["status"] == "approved"


def test_a_request_that_brings_a_callback_is_told_of_where_its_run_has_none(there: Calling) -> None:
    there.makes_secret(SECRET)
    with there.world.database.begin() as tx:
        project = tx.projects.find("acme/app")
        assert project is not None
        run = Execution(id=new_id(), project_id=project.id, mode=Mode.CICD, flow="build", task_type="build", category="build", payload={},
                        triggered_by="app:ci", initiators=("app:ci",), created_at=tx.now())
        tx.executions.add(run, due_at=None)
    asked = request(there.edge, task=run.id, callback={"type": "webhook", "url": there.program.url, "repositoryIdentifier": "acme/app"})
    assert asked.status_code == 201, asked.text
    approve(there.edge, "bob", run.id)
    there.delivers()
    assert there.told() == ["approval_requested", "approved"]


def test_the_callback_of_a_parent_is_not_that_of_its_children(there: Calling) -> None:
    parent = there.asks()
    there.world.work()
    added = there.edge.post("/internal/register-child", "app:ci", {
        "parentTaskExecutionId": parent, "taskType": "deploy", "flowPath": "deploy-workflow", "repositoryIdentifier": "acme/app"})
    assert added.status_code == 201, added.text
    there.delivers()
    assert {json.loads(body)["data"]["id"] for _, body in there.program.got} == {parent}


def test_a_rerun_keeps_the_callback_and_what_signs_it(there: Calling) -> None:
    run = there.asks()
    there.edge.post(f"/{run}/cancel", "ann")
    there.delivers()
    there.program.got.clear()
    again = there.edge.post(f"/{run}/rerun", "ann", {})
    assert again.status_code == 201, again.text
    there.delivers()
    assert there.verified(SECRET, at=0)["data"]["id"] == again.json()["id"]


def test_what_was_told_and_what_signed_it_goes_with_the_run(there: Calling) -> None:
    run = there.asks()
    there.edge.post(f"/{run}/cancel", "ann")
    there.delivers()
    there.delivers()
    with there.world.database.begin() as tx:
        tx.callbacks.close(run, tx.now(), "no more")
        tx.retention.remove([run])
    for table in ("callbacks", "webhook_secrets", "closed_callbacks", "executions"):
        assert there.world.rows(f"SELECT count(*) FROM {table}") == [(0,)]


def test_what_signs_is_sealed_anew_with_everything_else(there: Calling) -> None:
    there.makes_secret(OTHER)
    run = there.asks()
    with there.world.database.begin() as tx:
        for sealed in tx.sealed.of_webhooks():
            tx.sealed.replace(sealed, str(there.world.vault.seal({**there.world.vault.open(sealed.text), "anew": True})))
    with there.world.database.read() as tx:
        execution = tx.runs.get(run)
        assert execution is not None
        opened = [there.world.vault.open(each.sealed) for each in (*tx.webhook_secrets.of_run(run),
                                                                   *tx.webhook_secrets.of_project(execution.project_id))]
    assert opened == [{"secret": SECRET, "anew": True}, {"secret": OTHER, "anew": True}]


# -- H02: POST /run ------------------------------------------------------------------------------------------------------------------


def test_h02_a_run_that_would_call_inside_is_refused(there: Calling) -> None:
    for url in ("https://169.254.169.254/latest", "https://10.0.0.1/", "https://[::1]/", "https://[::ffff:7f00:1]/",
                "https://[64:ff9b::7f00:1]/", "https://2130706433/", "https://0x7f.1/", "https://017700000001/", "https://localhost./",
                "https://me:word@hooks.acme.org/", "http://hooks.acme.org#/", "https://[::ffff:127.0.0.1]/"):
        refused = there.start(url=url)
        assert (refused.status_code, said(refused)[:21]) == (400, "callback.webhook.url "), url
        asked = request(there.edge, callback={"type": "webhook", "url": url, "repositoryIdentifier": "acme/app"})
        assert (asked.status_code, said(asked)[:13]) == (400, "callback.url "), url
    assert there.world.rows("SELECT count(*) FROM executions") == [(0,)]


# -- H07 -----------------------------------------------------------------------------------------------------------------------------


def test_h07_what_a_receiver_answers_is_shown_nowhere(there: Calling, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    there.program.says(500, body=b"the-inside-of-it " * 3_000)
    run = there.asks()
    there.delivers()
    shown = there.edge.get(f"/{run}").text + there.edge.get(f"/{run}/logs").text + caplog.text
    stored = str(there.world.rows("SELECT * FROM callbacks")) + str(there.world.rows("SELECT error FROM outbox"))
    assert "the-inside-of-it" not in shown + stored
    assert "answered 500" in stored


def test_h07_a_callbacks_secret_is_kept_sealed_and_shown_to_nobody(there: Calling) -> None:
    run = there.asks()
    there.world.work()
    everything = [str(there.world.rows(f"SELECT * FROM {table}")) for table in
                  ("executions", "approvals", "webhook_secrets", "outbox", "audit", "callbacks", "repeats")]
    shown = [there.edge.get(f"/{run}", who).text for who in ("ann", "bob")] + [there.edge.get(f"/approvals/{run}", "bob").text]
    assert SECRET not in "".join(everything + shown)
    assert SECRET.removeprefix("whsec_")[:20] not in "".join(everything + shown)


# -- H08 -----------------------------------------------------------------------------------------------------------------------------


def test_h08_a_message_is_signed_and_what_was_changed_or_is_old_is_not(there: Calling) -> None:
    there.asks()
    there.delivers()
    headers, body = there.program.got[0]
    assert Webhook(SECRET).verify(body, headers)["type"] == "started"
    for changed, given in ((body + b" ", headers), (body, {**headers, "webhook-id": "other"}),
                           (body, {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 3_600)})):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(changed, given)
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(body, headers)


def test_h08_during_a_rotation_both_secrets_of_the_project_sign(there: Calling) -> None:
    first = there.makes_secret(SECRET)
    there.makes_secret(OTHER)
    there.asks(secret=None)
    there.delivers()
    assert there.verified(SECRET) == there.verified(OTHER)
    with there.world.database.begin() as tx:
        tx.webhook_secrets.drop(first)
    there.asks(secret=None, targetOrg="other")
    there.delivers()
    there.verified(OTHER)
    with pytest.raises(WebhookVerificationError):
        there.verified(SECRET)


def test_h08_a_runs_own_secret_signs_alone(there: Calling) -> None:
    there.makes_secret(OTHER)
    there.asks()
    there.delivers()
    there.verified(SECRET)
    with pytest.raises(WebhookVerificationError):
        there.verified(OTHER)


def test_h08_nothing_goes_out_unsigned(there: Calling) -> None:
    refused = there.start(secret=None)
    assert (refused.status_code, said(refused)) == (
        400, "The callback brings no secret, and the project has none: `placet projects webhook-secret new` makes one.")
    only = there.makes_secret(SECRET)
    there.asks(secret=None)
    with there.world.database.begin() as tx:
        tx.webhook_secrets.drop(only)
    there.delivers()
    assert there.program.got == []
    there.makes_secret(OTHER)
    there.world.later(seconds=6)
    there.delivers()
    assert there.verified(OTHER)


# -- H10, H11 ------------------------------------------------------------------------------------------------------------------------


def test_h10_a_callback_leads_nowhere_that_is_not_the_projects(there: Calling) -> None:
    for callback in ({"type": "github", "github": {"repositoryIdentifier": "other/app", "issueNumber": 7}},
                     {"type": "github", "github": {"repositoryIdentifier": "acme/app", "issueNumber": 7}},
                     {"type": "slack", "slack": {"channel": "C0PRIVATE"}},
                     {"type": "slack", "slack": {"channel": "C0PRIVATE", "threadTs": "1.1"}}):
        refused = there.edge.post("/run", "ann", {"payload": {**ACCESS}, "callback": callback})
        assert refused.status_code in (400, 403), callback
    assert there.world.rows("SELECT count(*) FROM executions") == [(0,)]


def test_h11_an_issue_has_a_whole_number(there: Calling) -> None:
    numbers: list[Any] = [1.5, -1, 0, 1e21, "7", True, None, [7]]
    for number in numbers:
        callback = {"repositoryIdentifier": "acme/app", "issueNumber": number}
        asked = request(there.edge, callback={"type": "github", **callback})
        started = there.edge.post("/run", "ann", {"payload": {**ACCESS}, "callback": {"type": "github", "github": callback}})
        assert [asked.status_code, started.status_code] == [400, 400], number
        assert "issueNumber" in said(asked), number
        assert "issueNumber" in said(started), number


# -- H12 -----------------------------------------------------------------------------------------------------------------------------


def due(there: Calling) -> list[float]:
    """How many seconds what is in the outbox waits."""
    with there.world.database.read() as tx:
        now = tx.now()
    with there.world.database.reader.connect() as connection:
        return [round((row.due_at - now).total_seconds()) for row in connection.execute(outbox.select())]


def test_h12_a_receiver_that_is_gone_is_told_nothing_more_of_that_run(there: Calling) -> None:
    there.program.says(410)
    run = there.asks()
    there.delivers()
    assert there.told() in (["started"], ["started", "approval_requested"])
    there.program.got.clear()
    approve(there.edge, "bob", run)
    there.delivers()
    assert (there.program.got, there.world.rows("SELECT count(*) FROM outbox")) == ([], [(0,)])
    there.program.says(204)
    there.asks(targetOrg="other")
    there.delivers()
    assert there.told() == ["started", "approval_requested"]


@pytest.mark.parametrize(("status", "waiting"), [(200, 0), (299, 0), (300, 2)])
def test_h12_every_2xx_says_that_a_message_has_arrived_and_nothing_else_does(there: Calling, status: int, waiting: int) -> None:
    there.program.says(status)
    there.asks()
    there.delivers()
    assert sorted(set(there.told())) == ["approval_requested", "started"]
    assert there.world.rows("SELECT count(*) FROM outbox WHERE kind = 'call-back'") == [(waiting,)]


@pytest.mark.parametrize("status", [429, 503])
def test_h12_a_receiver_is_left_alone_as_long_as_it_wishes_within_reason(there: Calling, status: int) -> None:
    for wish, waits in (("120", 120), ("1", 5), ("100000000", 900), ("soon", 5), ("-5", 5)):
        there.program.says(status, retry_after=wish)
        there.asks(targetOrg=f"after-{wish}")
        there.delivers()
        assert set(due(there)) == {waits}, wish
        with there.world.database.writer.begin() as connection:
            connection.execute(outbox.delete())


def test_h12_what_does_not_arrive_is_tried_by_the_standards_timetable_then_set_aside_and_sent_again_by_hand(
        there: Calling, caplog: pytest.LogCaptureFixture) -> None:
    there.program.says(500)
    run = there.asks()
    there.world.work()
    relay = there.relay()
    relay.deliver()
    for wait in WAITS:
        relay.call_back()
        assert set(due(there)) == {wait}
        there.world.later(seconds=wait)
    relay.call_back()
    ids = set(there.program.ids())
    assert len(there.program.got) == 2 * (len(WAITS) + 1)
    assert (len(ids), len({body for _, body in there.program.got})) == (2, 2)
    assert there.world.rows("SELECT count(*) FROM outbox WHERE kind = 'call-back'") == [(0,)]
    with there.world.database.read() as tx:
        aside = tx.callbacks.set_aside(10)
    assert ({each.id for each in aside}, {each.error for each in aside}) == (ids, {"the receiver answered 500"})
    assert "callback.set_aside" in caplog.text
    assert there.edge.get(f"/{run}").json()["status"] == "Suspended"

    there.program.got.clear()
    there.program.says(204)
    assert ReplayCallback(database=there.world.database).replay(aside[0].id) is not None
    assert ReplayCallback(database=there.world.database).replay(aside[0].id) is None
    relay.call_back()
    assert there.program.ids() == [aside[0].id]
    assert there.verified(SECRET)["data"]["id"] == run


def test_h12_a_host_that_is_not_found_is_a_failed_delivery(there: Calling) -> None:
    there.asks(url="https://hooks.acme.invalid/")
    there.delivers()
    [error] = {each for (each,) in there.world.rows("SELECT error FROM outbox")}
    assert str(error).startswith("the receiver gave no answer")


# -- R35 -----------------------------------------------------------------------------------------------------------------------------


@dataclass
class Dies:
    """A process that dies at its first writing once something was sent."""

    database: Database
    there: Calling
    dead: bool = False

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        if self.there.program.got:
            self.dead = True
            raise Unavailable("database")
        with self.database.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        with self.database.read() as tx:
            yield tx


def test_r35_what_arrived_and_was_not_marked_is_sent_again_under_the_same_id(there: Calling) -> None:
    there.asks()
    there.relay().deliver()
    dying = Dies(there.world.database, there)
    with pytest.raises(Unavailable):
        there.relay(dying).call_back()
    assert (dying.dead, len(there.program.got)) == (True, 1)

    there.world.later(seconds=61)
    there.relay().call_back()
    there.world.later(days=1)
    there.relay().call_back()
    by_id = [each for each in there.program.got if each[0]["webhook-id"] == there.program.ids()[0]]
    first, second = by_id
    assert (first[0]["webhook-id"], first[1]) == (second[0]["webhook-id"], second[1])
