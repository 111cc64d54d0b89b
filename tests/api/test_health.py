"""Whether the process says truly that it can work."""

from collections.abc import Callable
from datetime import timedelta

from api.health import Health
from api.wiring.installation import storage_problem
from core.errors import Unavailable
from core.ports.database import Database
from tests.api.edge import ACCESS, Edge
from tests.api.test_envelope import Away


def health(database: Database, *, schema: Callable[[], str | None] = lambda: None, storage: Callable[[], str | None] = lambda: None,
           behind: timedelta = timedelta()) -> Health:
    return Health(database=database, schema_problem=schema, storage_problem=storage, clock_behind=lambda: behind)


def test_a_service_that_can_work_says_so(same_edge: Edge) -> None:
    assert same_edge.http.get("/livez").json() == {"live": True}
    ready = same_edge.http.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "problems": [], "notes": []})


def test_without_its_database_it_lives_and_is_not_ready(edge: Edge) -> None:
    edge.app.state.health = health(Away(OSError("away")))
    assert edge.http.get("/livez").status_code == 200
    ready = edge.http.get("/readyz")
    assert (ready.status_code, ready.json()["problems"]) == (503, ["The database does not answer."])


def test_a_schema_of_another_version_is_told(edge: Edge) -> None:
    edge.app.state.health = health(edge.world.database, schema=lambda: "The database is newer than this Placet.")
    ready = edge.http.get("/readyz")
    assert (ready.status_code, ready.json()["problems"]) == (503, ["The database is newer than this Placet."])


def test_a_clock_that_lags_is_told_and_hinders_nobody(edge: Edge) -> None:
    edge.app.state.health = health(edge.world.database, behind=timedelta(seconds=90))
    ready = edge.http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["notes"] == [
        "The machine's clock is 90 s behind a time that it has shown; until it is there, the time goes on from that one."]


def test_the_schema_is_not_looked_at_for_every_caller(edge: Edge) -> None:
    looks: list[int] = []
    edge.app.state.health = health(edge.world.database, schema=lambda: looks.append(1), storage=lambda: looks.append(2))
    for _ in range(5):
        edge.http.get("/readyz")
    assert looks == [1, 2]


def test_a_database_that_takes_nothing_is_told(edge: Edge) -> None:
    edge.app.state.health = health(edge.world.database, storage=lambda: "The database's disk is full.")
    ready = edge.http.get("/readyz")
    assert (ready.status_code, ready.json()["problems"]) == (503, ["The database's disk is full."])
    assert edge.http.get("/livez").status_code == 200


def test_a_postgresql_that_may_only_be_read_is_not_ready_and_refuses_in_a_sentence(edge: Edge) -> None:
    database = edge.world.database
    if not database.postgres:
        return
    with database.writer.connect() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        connection.commit()
    database.writer.dispose()
    edge.app.state.health = health(database, storage=lambda: storage_problem(database))
    assert edge.http.get("/readyz").json()["problems"] == [
        "The database takes nothing that is written to it: its disk may be full, or it is read-only."]
    asked = edge.post("/run", "ann", {"payload": ACCESS})
    assert (asked.status_code, asked.headers["Retry-After"]) == (503, "5")


def test_a_schema_that_cannot_be_read_is_a_database_that_is_away(edge: Edge) -> None:
    def unread() -> str | None:
        raise Unavailable("database")

    edge.app.state.health = health(edge.world.database, schema=unread)
    assert edge.http.get("/readyz").json()["problems"] == ["The database does not answer."]
