"""A bare FastAPI and psycopg service that runs the statements of an approve, and checks nothing.

`python -m tests.bench.bare URL PORT STATEMENTS FIRST_RUN_OF_EACH`, the last being how many requests of the stock each client has.
"""

import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from fastapi import FastAPI
from pydantic import BaseModel
from uvicorn import run

from tests.bench.statements import Statement, read_statements
from tests.bench.stock import FIRST_APPROVAL, FIRST_PROJECT, FIRST_RUN


class Answer(BaseModel):
    approver: str
    approverEmail: str


def build_app(url: str, statements: Sequence[Statement], each: int) -> FastAPI:
    app, own = FastAPI(), threading.local()

    def connection() -> psycopg.Connection[tuple[Any, ...]]:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(url, autocommit=True)
        found: psycopg.Connection[tuple[Any, ...]] = own.connection
        return found

    @app.get("/ready")
    def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/approvals/{run_id}/approve")
    def approve(run_id: str, body: Answer) -> dict[str, str]:
        number = int(run_id) - FIRST_RUN
        places = {"@run@": run_id, "@approval@": str(FIRST_APPROVAL + number), "@project@": str(FIRST_PROJECT + number // each)}
        database, seq = connection(), 0
        for statement in statements:
            if not statement.within:
                database.execute(statement.sql, _filled(statement, places, seq)).fetchall()
        with database.transaction():
            for statement in statements:
                if statement.within:
                    found = database.execute(statement.sql, _filled(statement, places, seq))
                    rows = found.fetchall() if found.description else []
                    seq = rows[0][0] + 1 if statement.reads_seq else seq
        return {"id": run_id, "status": "approved", "resolvedBy": body.approverEmail}

    return app


def _filled(statement: Statement, places: dict[str, str], seq: int) -> dict[str, Any]:
    return {name: seq if value == "@seq@" else places.get(value, value) if isinstance(value, str) else value
            for name, value in statement.values.items()}


if __name__ == "__main__":
    served = build_app(sys.argv[1], read_statements(Path(sys.argv[3])), int(sys.argv[4]))
    run(served, host="127.0.0.1", port=int(sys.argv[2]), access_log=False, log_level="warning")
