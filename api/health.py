"""Whether the process lives, and whether it can work."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.call import answer
from core.errors import Unavailable
from core.ports.database import Database

LOOK_EVERY = 10.0  # seconds; anybody may ask, and looking at the schema, and at whether it can be written to, takes the writer's turn


@dataclass(slots=True, kw_only=True)
class Health:
    """`schema_problem` says what is wrong with the schema, `storage_problem` why nothing can be written; `going`: to its end.

    `clock_behind`: by how much the machine's clock lags.
    """

    database: Database
    schema_problem: Callable[[], str | None]
    storage_problem: Callable[[], str | None]
    clock_behind: Callable[[], timedelta]
    going: bool = False
    _looked: float | None = None
    _found: str | None = None
    _lock: Lock = field(default_factory=Lock)

    def go(self) -> None:
        """Say from now on that this process takes no more work."""
        self.going = True

    def problems(self) -> list[str]:
        if self.going:
            return ["This process is going down."]
        try:
            with self.database.read() as tx:
                tx.now()
            wrong = self._look()
        except Unavailable:
            return ["The database does not answer."]
        return [wrong] if wrong else []

    def notes(self) -> list[str]:
        behind = self.clock_behind().total_seconds()
        said = f"The machine's clock is {behind:.0f} s behind a time that it has shown; until it is there, the time goes on from that one."
        return [said] if behind > 0 else []

    def _look(self) -> str | None:
        with self._lock:
            if self._looked is None or time.monotonic() - self._looked > LOOK_EVERY:
                self._found, self._looked = self.schema_problem() or self.storage_problem(), time.monotonic()
            return self._found


def live(request: Request) -> Response:
    return answer({"live": True})


def ready(request: Request) -> Response:
    health: Health = request.app.state.health
    problems = health.problems()
    return answer({"ready": not problems, "problems": problems, "notes": health.notes()}, 503 if problems else 200)


ROUTES = [Route("/livez", live), Route("/readyz", ready)]
