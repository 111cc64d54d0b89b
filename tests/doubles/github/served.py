"""Everything that is served: importing the routes makes them known."""

from tests.doubles.github.routes import actions, apps, comments, issues, people, pulls, repositories, teams
from tests.doubles.github.routing import ROUTES, Route

SERVED = (actions, apps, comments, issues, people, pulls, repositories, teams)


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for one in ROUTES:
        found = one.pattern.match(path) if one.method == method else None
        if found is not None:
            return one, found.groupdict()
    return None
