"""Issues: read, opened, changed and labelled by programs."""

from tests.doubles.github import happenings
from tests.doubles.github.json import Json
from tests.doubles.github.paging import page
from tests.doubles.github.permissions import role_in
from tests.doubles.github.routing import Answer, Ask, Refused, invalid, not_found, route
from tests.doubles.github.shapes_of_issues import issue_alone, label
from tests.doubles.github.state import Issue

EITHER = "issues|pull_requests"


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}", needs=f"{EITHER}:read")
def get_issue(ask: Ask) -> Answer:
    return Answer(body=issue_alone(ask.base, ask.state, ask.repository, find_issue(ask, "read")))


@route("POST", "/repos/{owner}/{repo}/issues", needs="issues:write",
       fields={"title*": (str, int), "body": (str, type(None)), "assignee": (str, type(None)), "milestone": (str, int, type(None)),
               "labels": list, "assignees": list, "type": (str, type(None))})
def create_issue(ask: Ask) -> Answer:
    made = happenings.open_issue(ask.state, ask.stage, ask.repository, ask.caller.account, str(ask.body["title"]), ask.body.get("body"),
                                 labels=[_name(one) for one in ask.body.get("labels", [])], app=ask.caller.app, now=ask.now)
    body = issue_alone(ask.base, ask.state, ask.repository, made)
    return Answer(status=201, body=body, headers={"Location": body["url"]})


@route("PATCH", "/repos/{owner}/{repo}/issues/{issue_number}", needs=f"{EITHER}:write",
       fields={"title": (str, int), "body": (str, type(None)), "assignee": (str, type(None)), "state": str,
               "state_reason": (str, type(None)), "milestone": (str, int, type(None)), "labels": list, "assignees": list,
               "type": (str, type(None))})
def change_issue(ask: Ask) -> Answer:
    found = find_issue(ask, "write")
    said: Json = ask.body
    if said.get("state") not in (None, "open", "closed"):
        raise invalid("Issue", "state", value=said["state"])
    if said.get("state_reason") not in (None, "completed", "not_planned", "duplicate", "reopened"):
        raise invalid("Issue", "state_reason", value=said["state_reason"])
    if found.account.id != ask.caller.account.id:
        _need_triage(ask)
    happenings.change_issue(ask.state, ask.stage, ask.repository, found, ask.caller.account, now=ask.now,
                            title=str(said["title"]) if "title" in said else None, body=said.get("body", found.body),
                            state_=said.get("state"), reason=said.get("state_reason"),
                            labels=None if "labels" not in said else [_name(one) for one in said["labels"]])
    return Answer(body=issue_alone(ask.base, ask.state, ask.repository, found))


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/labels", needs=f"{EITHER}:read")
def list_labels(ask: Ask) -> Answer:
    return page(ask, find_issue(ask, "read").labels, lambda one: label(ask.base, ask.repository, one))


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/labels", needs=f"{EITHER}:write", fields={"labels*": list}, bare="labels")
def add_labels(ask: Ask) -> Answer:
    found = find_issue(ask, "write")
    _need_triage(ask)
    for name in ask.body["labels"]:
        happenings.add_label(ask.state, ask.stage, ask.repository, found, ask.caller.account, _name(name), now=ask.now)
    return _labels(ask, found)


@route("PUT", "/repos/{owner}/{repo}/issues/{issue_number}/labels", needs=f"{EITHER}:write", fields={"labels*": list}, bare="labels")
def set_labels(ask: Ask) -> Answer:
    found = find_issue(ask, "write")
    _need_triage(ask)
    happenings.set_labels(ask.state, ask.stage, ask.repository, found, ask.caller.account, [_name(one) for one in ask.body["labels"]],
                          now=ask.now)
    return _labels(ask, found)


@route("DELETE", "/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", needs=f"{EITHER}:write")
def remove_label(ask: Ask) -> Answer:
    found = find_issue(ask, "write")
    _need_triage(ask)
    if not happenings.remove_label(ask.state, ask.stage, ask.repository, found, ask.caller.account, ask.args["name"], now=ask.now):
        raise Refused(404, "Label does not exist")
    return _labels(ask, found)


def find_issue(ask: Ask, level: str) -> Issue:
    """Return the issue asked for, or say where it went; what is a pull request needs that permission."""
    found = ask.repository.issues.get(ask.number("issue_number"))
    if found is None:
        raise not_found()
    if found.deleted:
        raise Refused(410, "This issue was deleted")
    if found.moved_to is not None:
        there = ask.state.repositories[found.moved_to[0]]
        to = f"{ask.base}/repos/{there.full_name}/issues/{found.moved_to[1]}"
        raise Refused(301, "Moved Permanently", headers={"Location": to}, url=to)
    ask.need("issues" if found.pull is None else "pull_requests", level)
    return found


def _need_triage(ask: Ask) -> None:
    """A person needs a role there to sort issues; an installation has its permission instead."""
    if ask.caller.installation is None and role_in(ask.repository, ask.caller.account) in ("none", "read"):
        raise Refused(403, "Must have admin rights to Repository.")


def _labels(ask: Ask, found: Issue) -> Answer:
    return Answer(body=[label(ask.base, ask.repository, one) for one in found.labels])


def _name(given: object) -> str:
    name = given.get("name") if isinstance(given, dict) else given
    if not isinstance(name, str) or not name:
        raise invalid("Label", "name", value=given)
    if len(name) > 50:
        raise invalid("Label", "name", "too_long", value=name)
    return name
