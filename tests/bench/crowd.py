"""A company that has used Placet for long: many runs, requests and people at once, made by PostgreSQL itself."""

from itertools import cycle, islice
from typing import LiteralString

import psycopg

from core.domain.people import Caller, Person, Role

_TALKS: LiteralString = "SELECT key FROM conversations JOIN approvals ON id = approval_id WHERE status = 'pending'"
RUNS: LiteralString = "SELECT id FROM executions"
PARENTS: LiteralString = "SELECT DISTINCT parent_id FROM executions WHERE parent_id IS NOT NULL"
WORK_ITEMS: LiteralString = "SELECT work_item_key FROM executions WHERE work_item_key IS NOT NULL AND project_id = 'project-0'"
OPEN: LiteralString = "SELECT execution_id FROM approvals WHERE status = 'pending'"
REFS: LiteralString = "SELECT ref FROM approvals WHERE status = 'pending'"
AT_GITHUB: LiteralString = f"SELECT key FROM ({_TALKS}) AS talks WHERE key LIKE 'github:%'"
AT_SLACK: LiteralString = f"SELECT key FROM ({_TALKS}) AS talks WHERE key LIKE 'slack:%'"
AT_AZURE: LiteralString = f"SELECT key FROM ({_TALKS}) AS talks WHERE key LIKE 'azure-devops:%'"
LOGINS: LiteralString = "SELECT login FROM identities JOIN members USING (person_id) WHERE project_id = 'project-0'"


def fill(url: str, runs: int) -> None:
    """Make so many runs of the last 60 days in a database that has the tables.

    Of 100 projects the first has a tenth of them. A tenth, from the last week, waits for a yes.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # the foreign keys hold by the way all this is made
        connection.execute("SET synchronous_commit = off")
        for statement in _STATEMENTS:
            connection.execute(statement.replace(":runs", str(runs)))
        connection.execute("VACUUM (ANALYZE)")


def some(url: str, wanted: LiteralString, count: int) -> list[str]:
    """Return some of what is wanted, in an order that has nothing to do with when it was made; each as often as it takes."""
    with psycopg.connect(url) as connection:
        found = connection.execute(f"SELECT * FROM ({wanted}) AS wanted (it) ORDER BY md5(it) LIMIT {count}").fetchall()
    return [str(row[0]) for row in islice(cycle(found), count)]


def owner(number: int) -> Caller:
    """Return an owner of a project, as a caller whose token caps nothing."""
    person = number * 10
    return Caller(subject=email(person), role=Role.OWNER, token="bench", person=Person(
        id=f"person-{person}", email=email(person), name=f"Person {person}"))


def email(person: int) -> str:
    return f"person{person}@crowd.example"


def project(number: int) -> str:
    return f"crowd/p{number}"


_CHANCE = """CREATE FUNCTION pg_temp.chance(n int, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE
             RETURN (hashint4(n * 31 + salt) & 65535) / 65536.0"""

_FATES = """
CREATE TEMPORARY TABLE fates AS
SELECT n, at, family, floor(100 * pg_temp.chance(family, 1) ^ 2)::int AS project,
       CASE WHEN pg_temp.chance(family, 2) < 0.1 THEN 'cicd' WHEN pg_temp.chance(family, 2) < 0.3 THEN 'foreign' ELSE 'flow' END AS mode,
       pg_temp.chance(family, 2) >= 0.8 AS related, pg_temp.chance(family, 4) < 0.25 AS scheduled,
       floor(12 * pg_temp.chance(n, 5) ^ 2)::int AS flow, floor(40 * pg_temp.chance(n, 6) ^ 2)::int AS starter,
       n >= :runs * 0.88 AND pg_temp.chance(n, 7) < 0.8334 AS open, pg_temp.chance(n, 8) AS fate,
       lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS milliseconds
FROM (SELECT n, n / 10 AS family, now() - (:runs - n) * (interval '60 days' / :runs) AS at FROM generate_series(0, :runs - 1) AS n) AS each
"""

_IDENTIFIED = """
CREATE TEMPORARY TABLE runs AS
SELECT *, left(milliseconds, 8) || '-' || right(milliseconds, 4) || '-7000-8000-' || lpad(to_hex(n), 12, '0') AS id,
       left(milliseconds, 8) || '-' || right(milliseconds, 4) || '-7001-8000-' || lpad(to_hex(n), 12, '0') AS approval,
       'person-' || ((project * 10 + starter) % 1000) AS person, open OR fate < 0.5 AS asked
FROM fates ORDER BY n
"""

_FAMILY = "CREATE UNIQUE INDEX ON runs (n)"

_STATEMENTS = (
    _CHANCE, _FATES, _IDENTIFIED, _FAMILY, "ANALYZE runs",
    """
    INSERT INTO people (id, email, email_key, name, disabled)
    SELECT 'person-' || n, 'person' || n || '@crowd.example', 'person' || n || '@crowd.example', 'Person ' || n, n % 50 = 49
    FROM generate_series(0, 999) AS n
    """,
    """
    INSERT INTO identities (provider, external_id, person_id, login, login_key, linked_at)
    SELECT 'github', (n + 1)::text, 'person-' || n, 'Person' || n, 'person' || n, now() FROM generate_series(0, 999) AS n
    """,
    """
    INSERT INTO projects (id, identifier, identifier_key)
    SELECT 'project-' || n, 'crowd/p' || n, 'crowd/p' || n FROM generate_series(0, 99) AS n
    """,
    """
    INSERT INTO members (project_id, person_id, role)
    SELECT 'project-' || p, 'person-' || ((p * 10 + n) % 1000), CASE WHEN n < 3 THEN 'owner' ELSE 'member' END
    FROM generate_series(0, 99) AS p, generate_series(0, 39) AS n
    """,
    """
    INSERT INTO executions (
        id, project_id, parent_id, mode, flow, flow_version, task_type, category, payload, callback, work_item, work_item_type,
        work_item_key, scheduled, task_id, engine_run_id, triggered_by, triggered_by_id, initiators, status, outcome, result, created_at,
        started_at, ended_at, settled_at, wake, due_at, held, attempt, lost, log_end)
    SELECT
        r.id, 'project-' || r.project, CASE WHEN r.related AND r.n % 10 > 0 THEN parent.id END, r.mode, 'flow-' || r.flow, 1,
        'flow-' || r.flow, (ARRAY['release', 'access', 'environment', 'testing', 'package', 'pool'])[1 + r.flow % 6],
        json_build_object('id', 'flow-' || r.flow, 'repositoryIdentifier', 'crowd/p' || r.project, 'version', 'v' || r.n,
                          'reason', repeat('because it is time ', 8))::text,
        '{"type":"none"}', CASE WHEN r.n % 3 = 0 THEN json_build_object('type', 'github-issue', 'key', (r.n / 9)::text,
            'repository', 'crowd/talk')::text END,
        CASE WHEN r.n % 3 = 0 THEN 'github-issue' END, CASE WHEN r.n % 3 = 0 THEN (r.n / 9)::text END,
        r.scheduled AND r.mode = 'flow', CASE WHEN r.mode = 'foreign' THEN 'task-' || r.n END,
        CASE WHEN r.mode = 'foreign' THEN 'engine-' || r.n END, replace(r.person, '-', '') || '@crowd.example', r.person,
        json_build_array(r.person, replace(r.person, '-', '') || '@crowd.example')::text,
        CASE WHEN r.open THEN 'suspended' WHEN r.fate > 0.95 THEN 'cancelled' WHEN r.fate > 0.9 THEN 'failed' ELSE 'completed' END,
        CASE WHEN r.open THEN NULL WHEN r.fate > 0.95 THEN 'cancelled' WHEN r.fate > 0.9 THEN 'failed' ELSE 'completed' END,
        CASE WHEN NOT r.open AND r.fate <= 0.9 THEN '{"released":true}' END, r.at, r.at + interval '1 second',
        CASE WHEN NOT r.open THEN r.at + interval '1 hour' END, CASE WHEN NOT r.open THEN r.at + interval '1 hour' END, 1,
        CASE WHEN r.open AND r.mode = 'flow' THEN r.at + interval '168 hours' + interval '1 day' END, false, 1, 0, 0
    FROM runs AS r JOIN runs AS parent ON parent.n = r.n - r.n % 10
    """,
    """
    INSERT INTO engine_runs (run_id, execution_id) SELECT 'engine-' || n, id FROM runs WHERE mode = 'foreign'
    """,
    """
    INSERT INTO approvals (
        id, ref, execution_id, project_id, gate, question, requested_by, requester_id, requested_at, expires_at, required, approvers,
        excluded, self_approval, context, callback, event_key, digest, status, resolved_by, resolved_at)
    SELECT
        approval, upper(lpad(to_hex(n), 6, '0')), id, 'project-' || project, 'approval#1', 'flow-' || flow,
        replace(person, '-', '') || '@crowd.example', person, at, at + interval '168 hours' + interval '1 day', 1 + (n % 10 = 0)::int,
        CASE WHEN n % 2 = 0 THEN '[]' ELSE json_build_array('person' || project * 10 || '@crowd.example')::text END,
        json_build_array(person, replace(person, '-', '') || '@crowd.example')::text, false,
        json_build_object('taskType', 'flow-' || flow, 'reason', repeat('because it is time ', 8), 'version', 'v' || n)::text,
        CASE WHEN n % 2 = 0 THEN json_build_object('type', 'slack', 'channel', 'C0CROWD', 'threadTs', n || '.000100')::text END,
        CASE WHEN mode = 'foreign' THEN 'event-' || n END, md5(n::text) || md5(n::text),
        CASE WHEN open THEN 'pending' WHEN fate > 0.45 THEN 'rejected' ELSE 'approved' END,
        CASE WHEN NOT open THEN 'person' || project * 10 || '@crowd.example' END, CASE WHEN NOT open THEN at + interval '30 minutes' END
    FROM runs WHERE asked ORDER BY n
    """,
    """
    INSERT INTO answers (approval_id, person_id, email, verdict, surface, name, at)
    SELECT approval, 'person-' || project * 10, 'person' || project * 10 || '@crowd.example',
           CASE WHEN fate > 0.45 AND NOT open THEN 'reject' ELSE 'approve' END, 'rest', 'Person', at + interval '30 minutes'
    FROM runs WHERE asked AND (NOT open OR n % 10 = 0)
    """,
    """
    INSERT INTO conversations (key, approval_id)
    SELECT CASE n % 3 WHEN 0 THEN 'github:crowd/talk#' || n WHEN 1 THEN 'slack:C0CROWD/' || n || '.000100'
           ELSE 'azure-devops:crowd/talk/repo#' || n END, approval
    FROM runs WHERE asked AND n > 0
    """,
)
