"""Organizations' people and their teams."""

from tests.doubles.github.json import Json
from tests.doubles.github.paging import page
from tests.doubles.github.routing import Answer, Ask, Refused, not_found, route
from tests.doubles.github.shapes import account, full_organization, team
from tests.doubles.github.state import Account, Membership, Team


@route("GET", "/orgs/{org}/members/{username}", needs="any")
def is_member(ask: Ask) -> Answer:
    """204 for who belongs to it, as far as the caller may know."""
    org = _org(ask)
    found = ask.state.find_account(ask.args["username"])
    if ask.caller.installation is None and ask.caller.account.id not in org.members or not _may(ask, "read"):
        return Answer(status=302, headers={"Location": f"{ask.base}/orgs/{org.login}/public_members/{ask.args['username']}"})
    if found is None or found.gone or found.id not in org.members:
        raise not_found()
    return Answer(status=204)


@route("GET", "/orgs/{org}/teams/{team_slug}", needs="members:read")
def get_team(ask: Ask) -> Answer:
    found = _team(ask)
    return Answer(body={**team(ask.base, found), "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
                        "members_count": len(found.members), "repos_count": 0, "organization": full_organization(ask.base, found.org)})


@route("GET", "/orgs/{org}/teams/{team_slug}/members", needs="members:read", query=("role",))
def list_members(ask: Ask) -> Answer:
    """Those who belong to it; not those who were invited only."""
    wanted = ask.query.get("role", "all")
    found = [one for one in _team(ask).members.values() if one.state == "active" and not one.account.gone and wanted in ("all", one.role)]
    return page(ask, found, lambda one: account(ask.base, one.account))


@route("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}", needs="members:read")
def get_membership(ask: Ask) -> Answer:
    found = _team(ask)
    who = _person(ask)
    if who.id not in found.members:
        raise not_found()
    return _membership(ask, found, found.members[who.id])


@route("PUT", "/orgs/{org}/teams/{team_slug}/memberships/{username}", needs="members:write", fields={"role": str})
def add_member(ask: Ask) -> Answer:
    """Who is not of the organization is invited, and belongs to the team once they accept."""
    found = _team(ask)
    who = _person(ask)
    role = ask.body.get("role", "member")
    if who.type != "User" or role not in ("member", "maintainer"):
        raise Refused(422, "Validation Failed", errors=[{"code": "org", "field": "user", "resource": "TeamMember"}])
    state = "active" if who.id in found.org.members else "pending"
    held = found.members.setdefault(who.id, Membership(account=who, state=state))
    held.role = role
    return _membership(ask, found, held)


@route("DELETE", "/orgs/{org}/teams/{team_slug}/memberships/{username}", needs="members:write")
def remove_member(ask: Ask) -> Answer:
    found = _team(ask)
    if found.members.pop(_person(ask).id, None) is None:
        raise not_found()
    return Answer(status=204)


def _org(ask: Ask) -> Account:
    found = ask.state.find_account(ask.args["org"])
    if found is None or found.type != "Organization":
        raise not_found()
    return found


def _may(ask: Ask, level: str) -> bool:
    return ask.may("members", level) and (ask.caller.installation is None or ask.caller.installation.account.id == _org(ask).id)


def _team(ask: Ask) -> Team:
    """Return the team, to whoever may know of it; others are told that there is none."""
    org = _org(ask)
    found = org.teams.get(ask.args["team_slug"])
    stranger = ask.caller.installation is None and ask.caller.account.id not in org.members
    elsewhere = ask.caller.installation is not None and ask.caller.installation.account.id != org.id
    if found is None or stranger or elsewhere:
        raise not_found()
    return found


def _person(ask: Ask) -> Account:
    found = ask.state.find_account(ask.args["username"])
    if found is None or found.gone:
        raise not_found()
    return found


def _membership(ask: Ask, of: Team, one: Membership) -> Answer:
    url = f"{ask.base}/organizations/{of.org.id}/team/{of.id}/memberships/{one.account.login}"
    body: Json = {"url": url, "role": one.role, "state": one.state}
    return Answer(body=body)
