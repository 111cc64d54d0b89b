"""Target 4: what is looked at most, where there are many runs and where there are few."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, LiteralString

from sqlalchemy import Connection, event

from core.domain.people import Caller, Role
from core.engine.find_approvals import FindApprovals
from core.engine.find_executions import FindExecutions, RunQuery
from core.engine.find_people import FindPeople
from core.engine.rate import Rate
from integrations.database.database import SqlDatabase
from tests.bench import crowd
from tests.bench.company import Company, found_company
from tests.bench.crowd import fill
from tests.bench.figures import Row, at_most
from tests.bench.keeping import measure_keys, measure_purge
from tests.bench.placet import served
from tests.bench.postgres import Postgres
from tests.bench.streaming import Streamed, stream

FEW, MANY = 10_000, 1_000_000
ITEMS = 20  # of each kind that are looked at
TIMES = 5  # each; the quickest counts
BOUND = 1.5
PROGRAM = Caller(subject="bench", role=Role.APPLICATION)
OWNER = crowd.owner(0)

Look = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A database and what is there to be looked at. `looks`: each with the items to look at, one after the other."""

    runs: int
    looks: Mapping[str, tuple[Look, list[str]]]
    watch: "Watch"


@dataclass(slots=True)
class Watch:
    """For how many ms PostgreSQL computed statements, which others disturb less than how long it took: those that count, and all others."""

    counting: float = 0.0
    others: float = 0.0
    _before: float = field(default=0.0, repr=False)

    def before(self, connection: Connection, *_: object) -> None:
        self._before = _computed(connection)

    def after(self, connection: Connection, cursor: Any, statement: str, *_: object) -> None:
        took = _computed(connection) - self._before
        if statement.startswith("SELECT count("):
            self.counting += took
        else:
            self.others += took

    def of(self, look: Look, item: str) -> tuple[float, float]:
        self.counting = self.others = 0.0
        look(item)
        return self.others, self.counting


def _computed(connection: Connection) -> float:
    """Return for how long the process behind a connection has been on a core."""
    process: int = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e6


def measure(postgres: Postgres, directory: Path, *, many: int = MANY) -> Iterator[Row]:
    companies = {runs: found_company(directory / f"growing-{runs}", postgres.create(f"growing_{runs}")) for runs in (FEW, many)}
    for runs, company in companies.items():
        fill(company.database_url, runs)
    postgres.settle()
    with _place(companies[FEW], FEW) as few, _place(companies[many], many) as more:
        for what in few.looks:
            yield _row(what, few, more)
    yield from _pending(companies, directory)
    yield measure_keys(companies[many].database_url)
    yield from measure_purge(companies[many].database_url, many)


def _row(what: str, few: Place, many: Place) -> Row:
    """Let the two take turns."""
    best: dict[int, list[tuple[float, float]]] = {few.runs: [], many.runs: []}
    for number in range(ITEMS):
        tries: dict[int, list[tuple[float, float]]] = {few.runs: [], many.runs: []}
        for _ in range(TIMES):
            for place in (few, many):
                look, items = place.looks[what]
                tries[place.runs].append(place.watch.of(look, items[number]))
        for runs, had in tries.items():
            best[runs].append((min(t[0] for t in had), min(t[1] for t in had)))
    (before, _), (now, counting) = ((median(t[0] for t in best[p.runs]), median(t[1] for t in best[p.runs])) for p in (few, many))
    counted = f", and {counting:.1f} ms to count all" if counting else ""
    return Row(target=4, what=f"{what}, {many.runs:,} runs: PostgreSQL's work", placet=f"{now:.2f} ms{counted}",
               beside=f"{few.runs:,} runs {before:.2f} ms", ratio=now / before, wanted=[at_most(now / before, BOUND, "×")])


def _pending(companies: Mapping[int, Company], directory: Path) -> Iterator[Row]:
    """Read the whole list of open requests from a service that does nothing else."""
    (few, few_count), (many, many_count) = (_listed(company, directory) for company in companies.values())
    what, ratio = f"list of {many_count:,} open requests", many.first_byte / few.first_byte
    yield Row(target=4, what=f"{what}: first byte", placet=f"{many.first_byte:.0f} ms", beside=f"of {few_count:,} {few.first_byte:.0f} ms",
              ratio=ratio, wanted=[at_most(ratio, BOUND, "×")])
    yield Row(target=4, what=f"{what}: whole, {many.size / 1e6:.0f} MB", placet=f"{many.seconds:.1f} s",
              beside=f"of {few_count:,} {few.seconds:.2f} s")
    yield Row(target=4, what=f"{what}: memory that it adds", placet=f"{many.memory:.0f} MB", beside=f"of {few_count:,} {few.memory:.0f} MB")


def _listed(company: Company, directory: Path) -> tuple[Streamed, int]:
    with served(company, directory, flows=False) as service:
        had = [stream(service, "/approvals/pending", company.asking) for _ in range(3)]
    count = int(had[0].end.rpartition(b'"count":')[2].rstrip(b"}"))
    best = min(had, key=lambda each: each.first_byte)
    return replace(best, memory=max(each.memory for each in had)), count


@contextmanager
def _place(company: Company, runs: int) -> Iterator[Place]:
    database, watch = SqlDatabase(company.database_url), Watch()
    event.listen(database.writer, "before_cursor_execute", watch.before)
    event.listen(database.writer, "after_cursor_execute", watch.after)
    try:
        yield Place(runs=runs, looks=dict(_looks(database, company.database_url)), watch=watch)
    finally:
        database.close()


def _looks(database: SqlDatabase, url: str) -> Iterator[tuple[str, tuple[Look, list[str]]]]:
    """Pages are those of the largest project, and are full in both places."""
    approvals, executions = FindApprovals(database=database), FindExecutions(database=database)
    people = FindPeople(database=database, rate=Rate(most=10**9, within=timedelta(minutes=1)))
    day = f"{datetime.now(UTC) - timedelta(days=9):%Y-%m-%d}"

    def page(**filters: Any) -> Look:
        return lambda _: executions.page(OWNER, RunQuery(repository_identifier=crowd.project(0), limit=10, **filters))

    pages = {
        "": page(), " with scheduled ones": page(include_scheduled=True),
        " in pipelines": page(mode="cicd"), " in no pipeline": page(mode="flow"),
        " of a category": page(category="release"), " of a type": page(task_type="flow-0"), " of a rare type": page(task_type="flow-11"),
        " of a path": page(flow_path="flow-0"), " of a part of paths": page(flow_path="w-1"),
        " that somebody started": page(triggered_by=crowd.email(0)), " since a day": page(since="9d"), " of a day": page(date=day)}
    for name, look in pages.items():
        yield f"first page of runs{name}", (look, [""] * ITEMS)

    def looks(look: Look, wanted: LiteralString) -> tuple[Look, list[str]]:
        return look, crowd.some(url, wanted, ITEMS)

    yield "first page of runs of a work item", looks(
        lambda key: executions.page(OWNER, RunQuery(repository_identifier=crowd.project(0), work_item_key=key)), crowd.WORK_ITEMS)
    yield "first open requests of all", looks(lambda _: next(approvals.pending(PROGRAM)), crowd.OPEN)
    yield "first open requests of an owner's projects", looks(lambda _: next(approvals.pending(OWNER)), crowd.OPEN)
    yield "approvals/{id}", looks(lambda run: approvals.get(PROGRAM, run), crowd.OPEN)
    yield "approvals/{ref}", looks(lambda ref: approvals.get(PROGRAM, ref), crowd.REFS)
    yield "by-github", looks(lambda key: approvals.discussed_at(PROGRAM, [key]), crowd.AT_GITHUB)
    yield "by-slack", looks(lambda key: approvals.discussed_at(PROGRAM, [key]), crowd.AT_SLACK)
    yield "by-azure-devops", looks(lambda key: approvals.discussed_at(PROGRAM, [key, "azure-devops:crowd/talk#1"]), crowd.AT_AZURE)
    yield "email-by-github", looks(lambda login: people.by_github(OWNER, login), crowd.LOGINS)
    yield "{id}", looks(lambda run: executions.get(PROGRAM, run), crowd.RUNS)
    yield "children", looks(lambda run: executions.children(PROGRAM, run), crowd.PARENTS)
