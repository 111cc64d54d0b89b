"""What becomes of a refused decision: a row of the audit, in a transaction of its own."""

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.replies import reply
from core.domain.audit import Event
from core.domain.json import Json, to_json
from core.domain.people import Caller
from core.errors import CoreError, KeyReused, Unavailable
from core.ports.database import Database, Transaction

log = logging.getLogger("placet.refusals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was tried. `target` names a run or an approval, `project` a project, as far as the request tells."""

    operation: str
    target: str | None
    project: str | None


def attempt(operation: str, path: Mapping[str, Any], body: Any) -> Attempt:
    """Read from a request what it was about; nothing in it need be as it should."""
    body = body if isinstance(body, Mapping) else {}
    named = (path.get("id"), *(body.get(name) for name in ("taskId", "parentTaskExecutionId", "hatchetRunId")))
    target = next((each for each in named if each is not None), None)
    places = [place.get("repositoryIdentifier") for place in (body.get("payload"), body.get("callback"), body)
              if isinstance(place, Mapping)]
    project = next((p for p in places if isinstance(p, str)), None)
    return Attempt(operation=operation, target=target if isinstance(target, str) else None, project=project)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedDecisions:
    database: Database

    def record(self, caller: Caller, tried: Attempt, refused: CoreError) -> None:
        """Write a row of kind `security` to the project that the attempt was about; if there is none, there is nothing to tell."""
        if isinstance(refused, KeyReused):
            return
        facts: dict[str, Json] = {"operation": tried.operation, "refusal": type(refused).__name__, "said": reply(refused)}
        if dataclasses.is_dataclass(refused):
            facts |= {"facts": to_json(refused)}
        try:
            with self.database.begin() as tx:
                execution_id, approval_id, project_id = _subject(tx, tried)
                if project_id is not None:
                    tx.audit.append(Event(kind="security", actor=caller.name, project_id=project_id, execution_id=execution_id,
                                          approval_id=approval_id, facts=facts))
        except Unavailable:
            log.error("refusal.unrecorded", extra={"subject": caller.subject, **facts})


def _subject(tx: Transaction, tried: Attempt) -> tuple[str | None, str | None, str | None]:
    approval = tx.approval_search.by_ref(tried.target) if tried.target else None
    if approval is not None:
        return approval.execution_id, approval.id, approval.project_id
    seen = tx.sight.execution(tried.target, None) if tried.target else None
    if seen is not None:
        of_run = tx.approval_search.of_run(seen.execution.id)
        return seen.execution.id, of_run[0].id if of_run else None, seen.project.id
    project = tx.projects.find(tried.project) if tried.project else None
    return None, None, project.id if project else None
