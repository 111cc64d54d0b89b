"""Many open requests at once: one is asked for as usual, and copied with other ids.

Ids are numbers written as texts, so that pgbench can count through them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, insert, text

from core.domain.people import Project, Role
from integrations.database.database import SqlDatabase
from integrations.database.tables import approvals, audit_heads, executions, steps
from tests.bench.company import ANSWERS

FIRST_PROJECT, FIRST_RUN, FIRST_APPROVAL, FIRST_SEQ = 20_000_000, 30_000_000, 50_000_000, 70_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """So many open requests for each client, each client in a project of its own."""

    clients: int
    each: int

    def run(self, client: int, number: int) -> str:
        return str(FIRST_RUN + client * self.each + number)

    def items(self, start: int, count: int) -> list[list[str]]:
        """Return some runs of each client, from the start-th on."""
        return [[self.run(client, number) for number in range(start, min(self.each, start + count))] for client in range(self.clients)]

    def fill(self, database: SqlDatabase, execution_id: str) -> None:
        """Copy the open request of a run."""
        for client in range(self.clients):
            project = str(FIRST_PROJECT + client)
            with database.begin() as tx:
                tx.project_register.add(Project(id=project, identifier=f"stock/{project}"))
                person = tx.people.find(ANSWERS)
                assert person is not None
                tx.project_register.admit(project, person.id, Role.OWNER)
            with database.writer.begin() as connection:
                connection.execute(insert(audit_heads), {"project_id": project, "seq": FIRST_SEQ, "hash": "0" * 64})
                copy_run(connection, execution_id, client * self.each, self.each, project)


def copy_run(connection: Connection, execution_id: str, start: int, count: int, project_id: str | None = None) -> None:
    """Copy a run, its steps and its approval so many times; `start`: how many copies there are already."""
    run, approval = (f"CAST(n.n + {first + start} AS TEXT)" for first in (FIRST_RUN, FIRST_APPROVAL))
    place = {"project_id": f"'{project_id}'"} if project_id else {}
    _copy(connection, executions, "id", execution_id, count, {"id": run, "task_id": run, "engine_run_id": "NULL", **place})
    _copy(connection, steps, "execution_id", execution_id, count, {"execution_id": run})
    _copy(connection, approvals, "execution_id", execution_id, count, {
        "id": approval, "execution_id": run, "ref": run, "event_key": "NULL", **place})


def _copy(connection: Connection, table: Table, key: str, execution_id: str, count: int, others: Mapping[str, str]) -> None:
    values = {column.name: others.get(column.name, f"old.{column.name}") for column in table.columns}
    connection.execute(text(
        "WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < :last) "
        f"INSERT INTO {table.name} ({', '.join(values)}) SELECT {', '.join(values.values())} "
        f"FROM {table.name} AS old, n WHERE old.{key} = :run"), {"last": count - 1, "run": execution_id})
