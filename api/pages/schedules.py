"""What begins by the clock: seen by everybody in a project, changed by its owners."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from api.pages.page import Page, signed_in
from core.engine.find_schedules import ScheduleView
from core.errors import Invalid


def show(page: Page) -> Response:
    return _list(page, page.query("repositoryIdentifier"))


def pause(page: Page) -> Response:
    done = page.use_cases.change_schedule.pause(page.caller, page.form.text("name"))
    return _back(page, done, f"{done.schedule.name} is paused. What it would have started meanwhile is not made up.")


def resume(page: Page) -> Response:
    done = page.use_cases.change_schedule.resume(page.caller, page.form.text("name"))
    return _back(page, done, f"{done.schedule.name} fires again.")


def change(page: Page) -> Response:
    """Set another expression; one that does not fit is shown where it was written."""
    name, expression = page.form.text("name"), page.form.text("expression")
    try:
        done = page.use_cases.change_schedule.update(page.caller, name, page.form.text("flow"), expression)
    except Invalid as error:
        return _list(page, page.form.text("repositoryIdentifier"), changing=name, expression=expression, problems=error.problems)
    return _back(page, done, f"{done.schedule.name} fires at {done.schedule.expression} now.")


def _list(page: Page, identifier: str, *, changing: str = "", expression: str = "", problems: Sequence[str] = ()) -> Response:
    projects = page.use_cases.find_projects.list(page.caller)
    found = page.use_cases.find_schedules.list(page.caller, identifier or None)
    owned = {each.project.id for each in projects if each.owned}
    return page.render("schedules.html", title="Schedules", here="schedules", status=400 if problems else 200, projects=projects,
                       identifier=identifier, found=found, owned=owned, flows=page.use_cases.registry.flows, changing=changing,
                       expression=expression, problems=problems)


def _back(page: Page, done: ScheduleView, said: str) -> Response:
    return page.redirect("/schedules?" + urlencode({"repositoryIdentifier": done.project.identifier}), say=said)


ROUTES = [signed_in("GET", "/schedules", show), signed_in("POST", "/schedules/pause", pause),
          signed_in("POST", "/schedules/resume", resume), signed_in("POST", "/schedules/change", change)]
