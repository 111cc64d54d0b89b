"""How a database goes about the statements of a store: which indexes it uses, and which tables it reads whole."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event

from integrations.database.database import SqlDatabase
from integrations.database.transaction import SqlTransaction

Call = Callable[[SqlTransaction], object]
_STATEMENT = re.compile("SELECT|WITH|INSERT|UPDATE|DELETE")
_PARAMETER = re.compile(r"%\((\w+)\)s")
_IN_SQLITE = re.compile(r"(?:SCAN|SEARCH) (\w+)(?: .*?(?:INDEX|KEY) ?(\w*))?")


@dataclass(slots=True)
class Ways:
    """`indexes` that are used, `whole`: the tables that are read from end to end, `texts`: the plans."""

    indexes: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)


def ways(database: SqlDatabase, call: Call, *, generic: bool = False) -> Ways:
    """Call a store in a transaction that comes to nothing, and see how each of its statements is executed.

    `generic`: as PostgreSQL plans a prepared statement, for whatever values may come.
    """
    found = Ways()

    def note(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if not _STATEMENT.match(statement):
            return
        asked = connection.connection.cursor()
        if not database.postgres:
            _note_sqlite(found, asked.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())
        elif generic:
            _note_postgres(found, _generic(asked, statement, parameters))
        else:
            _note_postgres(found, asked.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters).fetchone()[0])

    engines = {database.writer, *([] if database.postgres else [database.reader])}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        with _come_to_nothing(database) as tx:
            call(tx)
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
    return found


class _Enough(Exception):
    pass


@contextmanager
def _come_to_nothing(database: SqlDatabase) -> Iterator[SqlTransaction]:
    try:
        with database.begin() as tx:
            yield tx
            raise _Enough
    except _Enough:
        return


def _generic(cursor: Any, statement: str, parameters: Mapping[str, Any]) -> Any:
    names = list(dict.fromkeys(_PARAMETER.findall(statement)))
    prepared = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", statement).replace("%%", "%")
    cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    cursor.execute(f"PREPARE asked AS {prepared}")
    values = ", ".join(["NULL"] * len(names))
    plan = cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE asked{f'({values})' if names else ''}").fetchone()[0]
    cursor.execute("DEALLOCATE asked")
    return plan


def _note_postgres(found: Ways, plans: Any) -> None:
    found.texts.append(json.dumps(plans, indent=1))
    for node in _nodes(plans[0]["Plan"]):
        if "Index Name" in node:
            found.indexes.add(node["Index Name"])
        found.indexes.update(node.get("Conflict Arbiter Indexes", ()))
        if node["Node Type"] == "Seq Scan":
            found.whole.add(node["Relation Name"])


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for below in node.get("Plans", []):
        yield from _nodes(below)


def _note_sqlite(found: Ways, steps: list[tuple[Any, ...]]) -> None:
    for *_, said in steps:
        found.texts.append(said)
        step = _IN_SQLITE.match(said)
        if step and "USING" in said:
            found.indexes.add(step[2])
        elif step:
            found.whole.add(step[1])
