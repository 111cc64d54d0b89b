"""psycopg's cursor, without what SQLAlchemy asks of it in vain."""

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Cursor


class BriefCursor(Cursor[Any]):
    """SQLAlchemy asks each result for its columns, and knows them of a statement that it has compiled: they are made when looked at."""

    @property
    def description(self) -> Any:
        return Columns(self) if self.pgresult is not None and self.pgresult.nfields else None

    def columns(self) -> Sequence[Any]:
        return super().description or ()


class Columns(Sequence[Any]):
    def __init__(self, cursor: BriefCursor):
        self._cursor = cursor

    def __len__(self) -> int:
        return len(self._cursor.columns())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._cursor.columns())

    def __getitem__(self, index: Any) -> Any:
        return self._cursor.columns()[index]

    def __bool__(self) -> bool:
        return True
