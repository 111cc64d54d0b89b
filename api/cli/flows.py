"""`placet flows`: what one can read of flows and their runs."""

from datetime import timedelta
from typing import Annotated

from rich.text import Text
from typer import Argument, Exit, Option

from api.cli.answers import Body, Run, parse_flow_type, parse_log, parse_run
from api.cli.follow import follow
from api.cli.identifiers import full_id
from api.cli.options import AsJson, Follow, InProject, RunId
from api.cli.problems import Code, Problem
from api.cli.progress import told
from api.cli.run_view import log_view, run_view
from api.cli.service import Service, open_service, understood
from api.cli.terminal import console, say, say_json, say_table, shown, word
from api.cli.times import now, span, utc

_WIDE = 130


def types(
    flow: Annotated[str | None, Argument(metavar="FLOW", help="One flow, with its parameters.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the flows that can be run, or show one."""
    service = open_service()
    body = service.get("types", flow) if flow else service.get("types")
    if as_json:
        say_json(body)
        return
    if flow:
        _show_type(service, body)
        return
    found = understood(service, lambda b: [parse_flow_type(t) for t in b["taskTypes"]], body)
    say_table(("flow", "name", "category", "parameters"), (
        (t.id, t.name, t.category, " ".join(p.name if p.required else f"[{p.name}]" for p in t.parameters)) for t in found))


def _show_type(service: Service, body: Body) -> None:
    found = understood(service, parse_flow_type, body)
    say(Text.assemble((shown(found.id), "bold"), shown(f"  {found.name} ({found.category})")))
    say(shown(found.description))
    say()
    say_table(("parameter", "type", "", "what it is"), (
        (p.name, p.type, "required" if p.required else f"default {p.default!r}", p.description) for p in found.parameters))


def list_runs(
    project: InProject = None,
    limit: Annotated[int, Option(min=1, max=100, help="How many.")] = 20,
    page: Annotated[int, Option(min=1)] = 1,
    flow: Annotated[str | None, Option("--type", metavar="FLOW", help="Only runs of this flow.")] = None,
    category: Annotated[str | None, Option(metavar="CATEGORY")] = None,
    since: Annotated[str | None, Option(metavar="TIME", help="A time, or an age like 30m, 2h, 3d, 1w.")] = None,
    date: Annotated[str | None, Option(metavar="YYYY-MM-DD", help="Only runs of this day, UTC.")] = None,
    by: Annotated[str | None, Option(metavar="WHO", help="Only runs that this person or app started.")] = None,
    scheduled: Annotated[bool, Option("--scheduled", help="Scheduled runs too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List a project's runs, the newest first."""
    service = open_service()
    body = service.get(
        "runs", repositoryIdentifier=chosen_project(service, project), limit=limit, page=page, taskType=flow, category=category,
        since=since, date=date, triggeredBy=by, includeScheduled="true" if scheduled else None)
    if as_json:
        say_json(body)
        return
    runs, total = understood(service, lambda b: ([parse_run(r) for r in b["runs"]], int(b["totalCount"])), body)
    say_runs(runs)
    if total > len(runs):
        say(Text(f"{len(runs)} of {total}; --page {page + 1} shows more." if page * limit < total else f"{total} in all.", style="dim"))


def _how_it_stands(run: Run) -> Text:
    return Text.assemble(word(run.status), (" break-glass", "bold red") if run.skipped else "")


def say_runs(runs: list[Run]) -> None:
    whole = console().width >= _WIDE
    say_table(("id", "flow", "status", "started by", "at (UTC)", "took"), (
        (r.id if whole else r.id[-8:], r.task_type, _how_it_stands(r), r.triggered_by, utc(r.created_at),
         span(timedelta(milliseconds=r.duration_ms)) if r.duration_ms is not None else "") for r in runs))


def chosen_project(service: Service, project: str | None) -> str:
    """Return the project meant: the one named, else the token's only one."""
    if project:
        return project
    own = service.claims.projects
    if len(own) != 1:
        raise Problem("Name the project: --project OWNER/NAME.")
    return own[0]


def show(run_id: RunId, project: InProject = None, as_json: AsJson = False) -> None:
    """Show a run: how it stands, who may answer, and its story."""
    service = open_service()
    found = full_id(service, run_id, project)
    body = service.get(found)
    if as_json:
        say_json(body)
        return
    run = understood(service, parse_run, body)
    log = None if run.pipeline else understood(service, parse_log, service.get(found, "logs"))
    for line in run_view(run, log, now()):
        say(line)


def logs(
    run_id: RunId,
    following: Follow = False,
    project: InProject = None,
    as_json: AsJson = False,
) -> None:
    """Print a run's log, with its children's."""
    service = open_service()
    found = full_id(service, run_id, project)
    if following:
        watch(service, found, as_json=as_json)
        return
    body = service.get(found, "logs")
    if as_json:
        say_json(body)
        return
    for line in log_view(understood(service, parse_log, body)):
        say(line)


def watch(service: Service, run_id: str, *, as_json: bool) -> None:
    """Tell a run's progress until it has ended, then exit."""
    try:
        run = told(follow(service, run_id), as_json=as_json)
    except KeyboardInterrupt:
        raise Problem(f"Stopped looking; the run goes on, and `placet flows logs {run_id} -f` looks again.", Code.INTERRUPTED) from None
    raise Exit(Code.OK if run.went_well else Code.ENDED_BADLY)


def children(run_id: RunId, project: InProject = None, as_json: AsJson = False) -> None:
    """List the runs that a run has started."""
    service = open_service()
    body = service.get(full_id(service, run_id, project), "children")
    if as_json:
        say_json(body)
        return
    say_runs(understood(service, lambda b: [parse_run(r) for r in b["children"]], body))
