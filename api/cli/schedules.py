"""`placet schedules`: what begins by the clock, and the way back to what the file says."""

from typing import Annotated

from typer import Argument

from api.cli.installation import installation
from api.cli.options import AsJson
from api.cli.problems import Code, Problem
from api.cli.terminal import say, say_json, say_table, shown
from api.cli.times import utc
from core.domain.json import timestamp
from core.domain.schedules import Schedule
from core.engine.change_schedule import ChangeSchedule

Name = Annotated[str, Argument(metavar="NAME", help="Its name in the configuration file.")]


def list_schedules(as_json: AsJson = False) -> None:
    """List the schedules as the service has loaded them."""
    with installation() as here, here.database.read() as tx:
        found = tx.schedules.list()
        projects = {project.id: project.identifier for project in tx.projects.list()}
    if as_json:
        say_json([{"name": each.name, "flow": each.flow, "project": projects[each.project_id], "expression": each.expression,
                   "enabled": each.enabled, "changed": each.changed, "nextAt": timestamp(each.next_at) if each.next_at else None,
                   "lastAt": timestamp(each.last_at) if each.last_at else None} for each in found])
        return
    say_table(("schedule", "flow", "project", "when (UTC)", "next", ""), (
        (each.name, each.flow, projects[each.project_id], each.expression, utc(each.next_at) if each.next_at else "", _state(each))
        for each in found))


def reset(name: Name) -> None:
    """Let the expression in the configuration file win again over one that was set on the page or over REST."""
    with installation() as here:
        entry = next((each for each in here.configured().schedules if each.name == name), None)
        if entry is None:
            raise Problem(f"There is no schedule {name} in the configuration file.", Code.REFUSED)
        done = ChangeSchedule(database=here.database).reset(name, entry.expression, here.register.operator)
    say(shown(f"{done.name} fires at {done.expression} now, as the configuration file has it" + (
        f": next at {utc(done.next_at)}." if done.next_at else ". It is paused.")))


def _state(schedule: Schedule) -> str:
    return ", ".join(word for word, said in (("paused", not schedule.enabled), ("changed by hand", schedule.changed)) if said)
