"""Who somebody is, and what they may in a repository."""

from tests.doubles.github.permissions import role_in
from tests.doubles.github.routing import Answer, Ask, not_found, route
from tests.doubles.github.shapes import account, full_organization, public_account
from tests.doubles.github.state import Account

ROLES = {"admin": "admin", "maintain": "write", "write": "write", "triage": "read", "read": "read", "none": "none"}


@route("GET", "/user", needs="user")
def get_myself(ask: Ask) -> Answer:
    return Answer(body=public_account(ask.base, ask.caller.account))


@route("GET", "/user/{account_id}", needs="any")
def get_by_id(ask: Ask) -> Answer:
    return Answer(body=public_account(ask.base, _there(ask.state.accounts.get(ask.number("account_id")))))


@route("GET", "/users/{username}", needs="any")
def get_by_login(ask: Ask) -> Answer:
    return Answer(body=public_account(ask.base, _there(ask.state.find_account(ask.args["username"]))))


@route("GET", "/orgs/{org}", needs="any")
def get_organization(ask: Ask) -> Answer:
    found = _there(ask.state.find_account(ask.args["org"]))
    if found.type != "Organization":
        raise not_found()
    return Answer(body=full_organization(ask.base, found))


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", needs="metadata:read")
def get_permission(ask: Ask) -> Answer:
    """What somebody may there; a reader of everything public where they have no role."""
    found = _there(ask.state.find_account(ask.args["username"]))
    role = role_in(ask.repository, found)
    if role == "none" and not ask.repository.private:
        role = "read"
    order = ("read", "triage", "write", "maintain", "admin")
    held = order[:order.index(role) + 1] if role != "none" else ()
    may = {"admin": "admin" in held, "maintain": "maintain" in held, "push": "write" in held, "triage": "triage" in held,
           "pull": "read" in held}
    return Answer(body={"permission": ROLES[role], "role_name": role,
                        "user": {**account(ask.base, found), "permissions": may, "role_name": role}})


@route("GET", "/rate_limit", needs="any")
def get_rate_limit(ask: Ask) -> Answer:
    return Answer(body=ask.stage.limits(ask.caller.kind))


def _there(found: Account | None) -> Account:
    if found is None or found.gone:
        raise not_found()
    return found
