"""The demo: a project with somebody who asks and somebody who answers."""

from contextlib import suppress
from typing import TYPE_CHECKING

from api.cli.demo_steps import APPROVER, PROJECT, REQUESTER, next_steps, prepare
from api.cli.installation import Opened, installation, opened
from api.cli.problems import Code, Problem
from api.cli.register import Register
from api.cli.terminal import say
from core.domain.people import Caller, Project, Role
from core.engine.cancel_flow import CancelFlow
from core.errors import AlreadyEnded
from core.ports.database import Transaction
from core.ports.runs import RunFilter

if TYPE_CHECKING:
    from api.wiring.installation import Installation

REMOVED = "This database holds more than a demo, so none is made here; with PLACET_HOME=/tmp/placet-demo there is room for one."


def demo_text(installed: "Installation", url: str) -> list[str]:
    """Make the demo where there is room for it; return what to type next."""
    here = opened(installed)
    make_demo(here.register)
    with here.database.read() as tx:
        stands = demo_stands(tx)
    return list(next_steps(prepare(here, url))) if stands else [REMOVED]


def make_demo(register: Register) -> None:
    """Make what is missing of the demo in a database that holds nothing else."""
    with register.database.read() as tx:
        people = {p.email: p for p in tx.people_register.list()}
        projects = {p.identifier for p in tx.projects.list()}
        members = _members(tx)
    if set(people) - {REQUESTER, APPROVER} or projects - {PROJECT} or any(p.disabled for p in people.values()):
        return
    for email in (REQUESTER, APPROVER):
        if email not in people:
            register.add_person(email, email.partition("@")[0].capitalize())
    if PROJECT not in projects:
        register.add_project(PROJECT, [])
    for email, role in ((REQUESTER, Role.MEMBER), (APPROVER, Role.OWNER)):
        if email not in members:
            register.admit(PROJECT, email, role)


def demo_stands(tx: Transaction) -> bool:
    """Tell whether the demo's people can play it."""
    return {REQUESTER, APPROVER} <= _members(tx)


def _members(tx: Transaction) -> set[str]:
    project = tx.projects.find(PROJECT)
    return {m.person.email for m in tx.project_register.all_members(project.id) if not m.person.disabled} if project else set()


def remove() -> None:
    """Remove the demo: its runs are cancelled, its people shut out. What happened stays in the audit."""
    with installation() as here:
        with here.database.read() as tx:
            project, approver = tx.projects.find(PROJECT), tx.people.find(APPROVER)
            stands = demo_stands(tx)
        if project is None or approver is None or not stands:
            raise Problem("There is no demo here.", Code.REFUSED)
        _cancel_runs(here, project, Caller(subject=APPROVER, role=Role.OWNER, person=approver))
        for email in (REQUESTER, APPROVER):
            here.register.revoke_tokens(email)
            here.register.remove(PROJECT, email)
            here.register.disable_person(email, True)
    say("The demo is removed: its people and their tokens are not accepted any more. "
        "What its runs gave is taken back as soon as `placet serve` runs.")


def _cancel_runs(here: Opened, project: Project, caller: Caller) -> None:
    with here.database.read() as tx:
        runs, _ = tx.runs.page(RunFilter(project_id=project.id, include_scheduled=True), limit=10_000, offset=0)
    for run in runs:
        if run.outcome is None:
            with suppress(AlreadyEnded):
                CancelFlow(database=here.database).cancel(caller, run.id)
