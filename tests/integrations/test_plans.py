"""What is asked for again and again is found by an index, however many rows there are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.domain.approvals import Approval
from core.ports.runs import RunFilter
from integrations.database.database import SqlDatabase
from integrations.database.outbox import KINDS
from tests.bench.crowd import fill
from tests.databases import PostgresTemplates, SqliteTemplate
from tests.integrations.plans import Call, ways

RUNS = 20_000
NOW = datetime.now(UTC)
MINUTE = timedelta(minutes=1)
LARGE = {"executions", "engine_runs", "steps", "approvals", "answers", "conversations", "grants", "log_lines", "audit", "outbox", "repeats",
         "schedules", "locks", "lock_queue", "identities", "tokens"}
MORE = """
    INSERT INTO steps (execution_id, position, key, kind, state, tries, undo_tries)
        SELECT id, 0, 'ask#1', 'ask', 'done', 1, 0 FROM executions;
    INSERT INTO grants (effect_key, execution_id, provider, subject, target, level, activated_at, until, revoked_at)
        SELECT id || ':1', id, 'record', 'x', 'y', 'z', created_at, created_at, created_at FROM executions;
    INSERT INTO log_lines (execution_id, seq, position, attempt, line, at, level, message)
        SELECT id, 1, 0, 1, 1, created_at, 'info', 'said' FROM executions;
    INSERT INTO audit (project_id, seq, at, kind, actor, execution_id, facts, hash)
        SELECT project_id, row_number() OVER (PARTITION BY project_id), created_at, 'start', 'x', id, '{}', '' FROM executions;
    INSERT INTO outbox (id, kind, execution_id, content, created_at, due_at, tries)
        SELECT id, 'ring-next', id, '{}', created_at, now() + interval '1 hour', 1 FROM executions;
    INSERT INTO repeats (subject, operation, key, body, answer, at) SELECT 'app', 'run', id, '', '', now() FROM executions;
    INSERT INTO schedules (name, project_id, flow, expression, input, enabled, changed, next_at)
        SELECT id, project_id, 'flow-1', '* * * * *', '{}', true, false, now() + interval '1 hour' FROM executions;
    INSERT INTO locks (project_id, resource, execution_id) SELECT project_id, id, id FROM executions;
    INSERT INTO lock_queue (project_id, resource, execution_id, since) SELECT project_id, id, id, now() FROM executions;
    INSERT INTO tokens (id, subject, role, created_at, expires_at) SELECT id, 'app', 'application', now(), now() FROM executions;
    ANALYZE
"""


@pytest.fixture(scope="module")
def full(postgres: PostgresTemplates) -> Iterator[SqlDatabase]:
    """A PostgreSQL with rows in every large table."""
    with postgres.database() as url:
        fill(url, RUNS)
        database = SqlDatabase(url)
        with database.writer.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for statement in MORE.split(";"):
                connection.exec_driver_sql(statement)
        yield database
        database.close()


@pytest.fixture(scope="module")
def empty(sqlite: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlDatabase]:
    """A SQLite file: what it does depends on its indexes alone."""
    database = SqlDatabase(sqlite.copy(tmp_path_factory.mktemp("plans")))
    yield database
    database.close()


def page(**filters: Any) -> Call:
    return lambda tx: tx.runs.page(RunFilter(project_id="project-0", **filters), limit=50, offset=0)


def last(tx: Any) -> Approval:
    found: Approval = tx.approval_search.open(None, NOW, None, 1)[0]
    return found


VERSIONS = {f"flow-{n}": 1 for n in range(12)}
HOT: dict[str, tuple[Call, str]] = {
    "claim": (lambda tx: tx.leases.claim(VERSIONS, MINUTE), "executions_due"),
    "when the next is due": (lambda tx: tx.leases.next_due(VERSIONS), "executions_due"),
    "due and unclaimed": (lambda tx: tx.leases.unclaimed(VERSIONS, MINUTE, 10), "executions_due"),
    "how many are due": (lambda tx: tx.figures.due(NOW), "executions_due"),
    "page of runs": (page(), "executions_listed"),
    "page of runs with scheduled ones": (page(include_scheduled=True), "executions_listed_all"),
    "page of runs in pipelines": (page(mode="cicd"), "executions_in_pipelines"),
    "page of runs in no pipeline": (page(mode="flow"), "executions_listed"),
    "page of runs of a type": (page(task_type="flow-11"), "executions_by_task_type"),
    "page of runs of a path": (page(flow_path="w-11"), "executions_by_flow"),
    "page of runs of somebody": (page(triggered_by="person38@crowd.example"), "executions_by_starter"),
    "page of runs of a work item": (page(work_item_key="77"), "executions_by_work_item"),
    "page of runs of a day": (page(since=NOW - timedelta(days=2), until=NOW - timedelta(days=1)), "executions_listed"),
    "open requests": (lambda tx: tx.approval_search.open(None, NOW, None, 10), "approvals_open"),
    "open requests of a project": (lambda tx: tx.approval_search.open({"project-50"}, NOW, None, 100), "approvals_open_in"),
    "what waits for somebody": (lambda tx: tx.approval_search.ballots({"project-50"}, "person-1", NOW), "approvals_open_in"),
    "the first that wait for somebody": (
        lambda tx: tx.approval_search.of_kinds([("project-50", "[]", None, "[]", False)], "person-1", NOW, skip=0, limit=50),
        "approvals_open_in"),
    "overdue requests": (lambda tx: tx.approval_search.overdue(NOW, 100), "approvals_open_until"),
    "ages of open requests": (lambda tx: tx.figures.open_approvals(NOW, [MINUTE]), "approvals_open_until"),
    "open requests of a requester": (lambda tx: tx.approval_search.open_of_requester("person-1", 3), "approvals_open_of"),
    "rejected requests of a requester": (lambda tx: tx.approval_search.open_of_requester("person-1", 3), "approvals_rejected_of"),
    "a run that is seen": (lambda tx: tx.sight.execution("x", "person-1"), "executions_pkey"),
    "a ref that is another run's name": (lambda tx: tx.sight.another("engine-7", "x"), "executions_by_task"),
    "runs below another": (lambda tx: tx.sight.below(["x", "y"], "z"), "executions_pkey"),
    "an approval by its ref": (lambda tx: tx.approval_search.by_ref("ABCDEF"), "approvals_by_ref"),
    "approvals of a run": (lambda tx: tx.approval_search.of_run("x"), "approvals_by_run"),
    "approvals of runs": (lambda tx: tx.approval_search.of_runs(["x", "y"]), "approvals_by_run"),
    "where it is discussed": (lambda tx: tx.approval_search.discussed_at(["github:acme/app#1"], NOW), "conversations_pkey"),
    "a request's event key": (lambda tx: tx.approvals.of_event_key("x"), "approvals_open_key"),
    "a decision's run": (lambda tx: tx.executions.lock("x"), "executions_pkey"),
    "a decision's approval": (lambda tx: tx.approvals.lock("x"), "approvals_by_run"),
    "a decider's last answer": (lambda tx: tx.approvals.lock_and_look("run-500", person_id="person-1"), "approvals_by_run"),
    "members who may decide": (lambda tx: tx.people.members("project-1", people=["person-11"], owners=True), "members_pkey"),
    "a person": (lambda tx: tx.people.find("x@y"), "people_email_key_key"),
    "a person at GitHub": (lambda tx: tx.identities.by_login("github", "person7", {"project-0"}), "identities_by_login"),
    "a request's run": (lambda tx: tx.placeholders.find("project-0", "task-7"), "executions_by_task"),
    "a request's engine run": (lambda tx: tx.placeholders.of_run("engine-7"), "engine_runs_pkey"),
    "a registered rerun": (lambda tx: tx.placeholders.waiting_rerun("x"), "executions_by_rerun"),
    "children": (lambda tx: tx.family.children("x"), "executions_by_parent"),
    "children in outline": (lambda tx: tx.family.outline("x"), "executions_by_parent"),
    "children that are not settled": (lambda tx: tx.family.settled("x"), "executions_by_parent"),
    "descendants": (lambda tx: tx.family.lock_descendants("x"), "executions_by_parent"),
    "parents": (lambda tx: tx.family.parents(["x", "y"]), "executions_pkey"),
    "ancestors": (lambda tx: tx.family.ancestors("x"), "executions_pkey"),
    "ended elsewhere": (lambda tx: tx.family.ended_elsewhere(10), "executions_ended_elsewhere"),
    "silent pipelines": (lambda tx: tx.family.silent(NOW, 10), "executions_report_by"),
    "journal": (lambda tx: tx.journal.read("x"), "steps_pkey"),
    "log after a line": (lambda tx: tx.logs.after("x", 5, 100), "log_lines_pkey"),
    "end of a log": (lambda tx: tx.logs.last("x", 100), "log_lines_pkey"),
    "next effect": (lambda tx: tx.outbox.take(MINUTE, list(KINDS.values())), "outbox_due"),
    "error of an effect": (lambda tx: tx.outbox.why("x"), "outbox_by_run"),
    "next schedule": (lambda tx: tx.schedules.due(["flow-1"]), "schedules_due"),
    "repeated key": (lambda tx: tx.repeats.first("app", "run", "x", "", "", NOW), "repeats_pkey"),
    "old keys": (lambda tx: tx.repeats.forget(NOW), "repeats_by_age"),
    "locks of a run": (lambda tx: tx.locks.leave("x"), "locks_by_run"),
    "old runs": (lambda tx: tx.retention.old_roots(NOW - timedelta(days=900), "x", 200), "executions_pkey"),
    "what keeps old runs": (lambda tx: tx.retention.kept(["x", "y"]), "approvals_one_open"),
    "removal of old runs": (lambda tx: tx.retention.remove(["x", "y"]), "approvals_by_run"),
}


@pytest.mark.parametrize("generic", [False, True], ids=["as asked", "prepared"])
@pytest.mark.parametrize("what", HOT)
def test_postgres_finds_it_by_an_index(full: SqlDatabase, what: str, generic: bool) -> None:
    call, index = HOT[what]
    found = ways(full, call, generic=generic)
    assert (found.whole & LARGE, index in found.indexes) == (set(), True), "\n".join(found.texts)


@pytest.mark.parametrize("what", HOT)
def test_sqlite_finds_it_by_an_index(empty: SqlDatabase, what: str) -> None:
    found = ways(empty, HOT[what][0])
    assert not found.whole & LARGE, "\n".join(found.texts)


@pytest.mark.parametrize(("what", "index"), [("claim", "executions_due"), ("children", "executions_by_parent")])
def test_a_lost_index_is_noticed(full: SqlDatabase, what: str, index: str) -> None:
    with full.writer.connect() as connection:
        definition = connection.execute(text("SELECT indexdef FROM pg_indexes WHERE indexname = :name"), {"name": index}).scalar_one()
        connection.rollback()
    with full.writer.begin() as connection:
        connection.exec_driver_sql(f"DROP INDEX {index}")
    try:
        found = ways(full, HOT[what][0])
        assert found.whole & LARGE
    finally:
        with full.writer.begin() as connection:
            connection.exec_driver_sql(definition)
