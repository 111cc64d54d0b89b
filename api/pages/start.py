"""Start a flow: what there is in a project, a form made of its parameters, and the request that comes of it."""

import hashlib
import re
from collections.abc import Sequence
from uuid import uuid4

from starlette.responses import Response

from api.errors import status_of
from api.pages.flow_fields import FlowField, empty_fields, filled_fields, values_of
from api.pages.page import Page, signed_in
from bot.replies import reply
from core.domain.json import Json, canonical
from core.domain.people import Project
from core.engine.find_startable import Startable
from core.engine.repeats import Idempotency
from core.engine.run_flow import RunOrder
from core.errors import Invalid, TooManyOpen

_KEY = re.compile("[0-9a-f]{32}")


def choose(page: Page) -> Response:
    """Show the projects of a person, and what may be started in one of them."""
    projects = page.use_cases.find_projects.list(page.caller)
    identifier = page.query("repositoryIdentifier") or (projects[0].project.identifier if projects else "")
    found = page.use_cases.find_startable.list(page.caller, identifier)[1] if identifier else ()
    return page.render("start.html", title="New request", here="new", projects=projects, identifier=identifier, found=found)


def fill(page: Page) -> Response:
    project, found = page.use_cases.find_startable.get(page.caller, page.query("repositoryIdentifier"), page.path["flow"])
    return _form(page, project, found, empty_fields(found.runs.parameters(), page.person.email))


def start(page: Page) -> Response:
    """Start what was filled in; the same form sent twice starts it once."""
    project, found = page.use_cases.find_startable.get(page.caller, page.form.text("repositoryIdentifier"), page.path["flow"])
    parameters = found.runs.parameters()
    values = values_of(parameters, page.form.all)
    payload: dict[str, Json] = {**values, "id": found.requested.id, "repositoryIdentifier": project.identifier}
    try:
        run = page.use_cases.run_flow.run(page.caller, RunOrder(payload=payload, idempotency=_once(page.form.text("key"), payload)))
    except (Invalid, TooManyOpen) as refused:
        problems = refused.problems if isinstance(refused, Invalid) else (reply(refused),)
        return _form(page, project, found, filled_fields(parameters, page.form.all, problems), problems, status_of(refused))
    return page.redirect(f"/requests/{run.id}")


def _form(page: Page, project: Project, found: Startable, fields: Sequence[FlowField], problems: Sequence[str] = (),
          status: int = 200) -> Response:
    elsewhere = [problem for problem in problems if problem not in {field.problem for field in fields}]
    return page.render("start_form.html", title=found.requested.name, here="new", status=status, project=project, flow=found.requested,
                       runs=found.runs, fields=fields, problems=elsewhere, key=uuid4().hex)


def _once(key: str, payload: dict[str, Json]) -> Idempotency | None:
    """Return what makes one form with the same values one request; another value makes it another."""
    if not _KEY.fullmatch(key):
        return None
    meant = hashlib.sha256(canonical(payload)).hexdigest()
    return Idempotency(key=f"page {key} {meant}", body_hash=meant)


ROUTES = [signed_in("GET", "/new", choose), signed_in("GET", "/new/{flow}", fill), signed_in("POST", "/new/{flow}", start)]
