"""Where projects are at home on platforms."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, delete, select

from core.domain.messages import Place
from integrations.database.conversation_tables import places
from integrations.database.upsert import insert_or_ignore


class SqlPlaces:
    def __init__(self, connection: Connection):
        self._connection = connection

    def projects(self, provider: str, place: str) -> frozenset[str]:
        return frozenset(self._connection.execute(_PROJECTS, {"at": provider, "place": place}).scalars())

    def of_project(self, project_id: str) -> Sequence[Place]:
        return self._many(_ALL.where(places.c.project_id == project_id))

    def list(self) -> Sequence[Place]:
        return self._many(_ALL)

    def bind(self, place: Place, at: datetime) -> bool:
        return insert_or_ignore(self._connection, places, {**asdict(place), "bound_at": at})

    def unbind(self, place: Place) -> bool:
        return self._connection.execute(delete(places).where(
            places.c.provider == place.provider, places.c.place == place.place, places.c.project_id == place.project_id)).rowcount == 1

    def _many(self, wanted: Select[tuple[str, str, str]]) -> Sequence[Place]:
        return [Place(**row) for row in self._connection.execute(wanted.order_by(places.c.provider, places.c.place)).mappings()]


_PROJECTS = select(places.c.project_id).where(places.c.provider == bindparam("at"), places.c.place == bindparam("place"))
_ALL = select(places.c.provider, places.c.place, places.c.project_id)
