"""A repository, by its name or by its number."""

from tests.doubles.github.permissions import role_in
from tests.doubles.github.routing import Answer, Ask, route
from tests.doubles.github.shapes import organization, repository_for


@route("GET", "/repos/{owner}/{repo}", needs="metadata:read")
def get_repository(ask: Ask) -> Answer:
    role = "read" if ask.caller.installation is not None else role_in(ask.repository, ask.caller.account)
    body = repository_for(ask.base, ask.repository, role)
    if ask.repository.owner.type == "Organization":
        body["organization"] = {**body["owner"], **organization(ask.base, ask.repository.owner), "type": "Organization"}
    return Answer(body=body)
