"""A run that a platform asks for: begun in the project that its place is bound to, and in no other."""

import hashlib
import logging

from bot.replies import reply
from core.domain.json import canonical
from core.domain.messages import Wanted
from core.domain.people import Caller, Role, project_key
from core.engine.repeats import Idempotency
from core.engine.run_flow import RunFlow, RunOrder
from core.errors import CoreError, Unavailable
from core.ports.database import Database

log = logging.getLogger("placet.inbox")


def begin(database: Database, run_flow: RunFlow, wanted: Wanted) -> None:
    """Begin it once, however often it is asked for. Raise ValueError, with what an operator should do, where it cannot be begun."""
    with database.read() as tx:
        projects = [tx.projects.get(project_id) for project_id in tx.places.projects(wanted.provider, wanted.place)]
    bound = [project for project in projects if project is not None]
    if not bound:
        log.warning("request.place_not_bound", extra={"provider": wanted.provider, "place": wanted.place, "flow": wanted.flow})
        return
    if len(bound) > 1:
        raise ValueError(f"{wanted.place} is bound to more than one project ({', '.join(sorted(each.identifier for each in bound))})")
    [project] = bound
    caller = Caller(subject=wanted.provider, role=Role.APPLICATION, projects=frozenset({project_key(project.identifier)}))
    payload = {**wanted.parameters, "id": wanted.flow, "repositoryIdentifier": project.identifier}
    try:
        run_flow.run(caller, RunOrder(payload=payload, idempotency=Idempotency(
            key=f"{wanted.provider}:{wanted.id}", body_hash=hashlib.sha256(canonical(payload)).hexdigest())))
    except Unavailable:
        raise
    except CoreError as error:
        raise ValueError(f"{wanted.flow} could not be started: {reply(error)}") from None
