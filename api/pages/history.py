"""The history of a project: its runs, by the filters of the contract."""

from urllib.parse import urlencode

from starlette.responses import Response

from api.pages.page import Page, signed_in
from api.pages.states import WORDS, kind_of_run
from core.domain.flow_types import CATEGORIES
from core.domain.work_items import KINDS
from core.engine.find_executions import RunPage, RunQuery
from core.errors import Invalid

ROWS = 50
MODES = {"flow": "here", "cicd": "in a pipeline"}
FILTERS = ("executionMode", "category", "taskType", "flowPath", "workItemKey", "workItemType", "since", "date", "triggeredBy",
           "includeScheduled")


def show(page: Page) -> Response:
    projects = page.use_cases.find_projects.list(page.caller)
    identifier = page.query("repositoryIdentifier") or (projects[0].project.identifier if projects else "")
    given = {name: text for name in FILTERS if (text := page.query(name))}
    try:
        problems: tuple[str, ...] = ()
        found = page.use_cases.find_executions.page(page.caller, _wanted(identifier, given, page.number("page", 1)))
    except Invalid as error:
        found, problems = RunPage(runs=(), total=0, page=1), error.problems
    base = "/history?" + urlencode({"repositoryIdentifier": identifier, **given})
    return page.render(
        "history.html", title="History", here="history", status=400 if problems else 200, projects=projects, identifier=identifier,
        given=given, found=found, problems=problems, rows=ROWS, base=base, flows=page.use_cases.registry.flows, categories=CATEGORIES,
        modes=MODES, work_item_types=KINDS, words=WORDS, kind_of_run=kind_of_run)


def _wanted(identifier: str, given: dict[str, str], number: int) -> RunQuery:
    """Return what is wanted; raise Invalid for a word that none of a list is."""
    for name, words in (("executionMode", tuple(MODES)), ("category", CATEGORIES), ("workItemType", KINDS),
                        ("includeScheduled", ("true", "false"))):
        if name in given and given[name] not in words:
            raise Invalid((f"{name} must be one of {', '.join(words)}.",))
    return RunQuery(
        repository_identifier=identifier, mode=given.get("executionMode"), category=given.get("category"),
        task_type=given.get("taskType"), flow_path=given.get("flowPath"), work_item_key=given.get("workItemKey"),
        work_item_type=given.get("workItemType"), since=given.get("since"), date=given.get("date"),
        triggered_by=given.get("triggeredBy"), include_scheduled=given.get("includeScheduled") == "true", limit=ROWS, page=number)


ROUTES = [signed_in("GET", "/history", show)]
