"""What an App may ask about itself, its installations and its webhook."""

from datetime import timedelta

from tests.doubles.github.hooks import Delivery, Hook
from tests.doubles.github.json import Json
from tests.doubles.github.paging import page, page_size
from tests.doubles.github.permissions import LEVELS
from tests.doubles.github.routing import Answer, Ask, Refused, invalid, not_found, route
from tests.doubles.github.shapes import installation, integration, repository, time
from tests.doubles.github.state import Installation, Token

KEPT = timedelta(days=3)


@route("GET", "/app", needs="app")
def get_app(ask: Ask) -> Answer:
    assert ask.caller.app is not None
    return Answer(body={**integration(ask.base, ask.caller.app), "installations_count": len(_installations(ask))})


@route("GET", "/app/installations", needs="app", query=("since", "outdated"))
def list_installations(ask: Ask) -> Answer:
    return page(ask, _installations(ask), lambda one: installation(ask.base, one))


@route("GET", "/app/installations/{installation_id}", needs="app")
def get_installation(ask: Ask) -> Answer:
    return Answer(body=installation(ask.base, _installation(ask)))


@route("GET", "/repos/{owner}/{repo}/installation", needs="app")
def get_repository_installation(ask: Ask) -> Answer:
    found = next((one for one in _installations(ask) if one.account.id == ask.repository.owner.id
                  and (one.repositories is None or ask.repository.id in one.repositories)), None)
    if found is None:
        raise not_found()
    return Answer(body=installation(ask.base, found))


@route("GET", "/orgs/{org}/installation", needs="app")
def get_organization_installation(ask: Ask) -> Answer:
    found = next((one for one in _installations(ask) if one.account.login.lower() == ask.args["org"].lower()), None)
    if found is None:
        raise not_found()
    return Answer(body=installation(ask.base, found))


@route("POST", "/app/installations/{installation_id}/access_tokens", needs="app",
       fields={"repositories": list, "repository_ids": list, "permissions": dict})
def create_token(ask: Ask) -> Answer:
    """A token for an hour, for no more than the installation has."""
    one = _installation(ask)
    if one.suspended_at is not None:
        raise Refused(403, "This installation has been suspended")
    permissions = ask.body.get("permissions") or one.permissions  # GitHub takes none for all
    if any(LEVELS.get(level, 99) > LEVELS.get(one.permissions.get(name, ""), 0) for name, level in permissions.items()):
        raise Refused(422, "The permissions requested are not granted to this installation.")
    chosen = _chosen(ask, one)
    expires = ask.stage.auth_now() + timedelta(hours=1)
    token = Token(kind="installation", permissions={"metadata": "read", **permissions}, installation=one, repositories=chosen,
                  expires_at=expires)
    body: Json = {"token": ask.stage.issue_token(token), "expires_at": time(expires), "permissions": token.permissions,
                  "repository_selection": "all" if one.repositories is None and chosen is None else "selected"}
    if chosen is not None:
        body["repositories"] = [repository(ask.base, ask.state.repositories[number]) for number in sorted(chosen)]
    return Answer(status=201, body=body)


def _chosen(ask: Ask, one: Installation) -> set[int] | None:
    if "repositories" not in ask.body and "repository_ids" not in ask.body:
        return None
    here = {each.id: each.name.lower() for each in ask.state.repositories.values() if each.owner.id == one.account.id
            and not each.deleted and (one.repositories is None or each.id in one.repositories)}
    named = {str(name).lower() for name in ask.body.get("repositories", [])}
    chosen = {number for number, name in here.items() if name in named} | set(ask.body.get("repository_ids", []))
    if not chosen <= here.keys() or not named <= set(here.values()):
        raise Refused(422, "There is at least one repository that does not exist or is not accessible to the parent installation.")
    return chosen


@route("GET", "/installation/repositories", needs="metadata:read")
def list_repositories(ask: Ask) -> Answer:
    one = ask.caller.installation
    if one is None:
        raise Refused(403, "You must authenticate with an installation access token in order to list repositories for an installation.")
    chosen = None if ask.caller.token is None else ask.caller.token.repositories
    found = [each for each in ask.state.repositories.values() if each.owner.id == one.account.id and not each.deleted
             and (one.repositories is None or each.id in one.repositories) and (chosen is None or each.id in chosen)]
    return page(ask, found, lambda each: repository(ask.base, each), under="repositories")


@route("GET", "/app/hook/config", needs="app")
def get_hook(ask: Ask) -> Answer:
    hook = _hook(ask)
    return Answer(body={"content_type": "json", "insecure_ssl": "0", "secret": "********",
                        "url": hook.target if isinstance(hook.target, str) else "https://placet.acme.org/github"})


@route("GET", "/app/hook/deliveries", needs="app", query=("cursor", "status"))
def list_deliveries(ask: Ask) -> Answer:
    """The newest first, page after page by a cursor."""
    size = page_size(ask)
    wanted = ask.query.get("status")
    before = ask.query.get("cursor")
    if wanted not in (None, "success", "failure"):
        raise invalid("Delivery", "status")
    if before is not None and not before.removeprefix("v1_").isdigit():
        raise Refused(400, "Invalid cursor")
    listed = [one for one in sorted(_deliveries(ask), key=lambda one: one.id, reverse=True)
              if (wanted is None or (wanted == "success") == (200 <= one.status_code < 400))
              and (before is None or one.id < int(before.removeprefix("v1_")))]
    shown = listed[:size]
    more = {"Link": f'<{ask.url}?per_page={size}&cursor=v1_{shown[-1].id}>; rel="next"'} if len(listed) > size else {}
    return Answer(body=[_delivery(one) for one in shown], headers=more)


@route("GET", "/app/hook/deliveries/{delivery_id}", needs="app")
def get_delivery(ask: Ask) -> Answer:
    one = _find_delivery(ask)
    return Answer(body={**_delivery(one), "url": "", "request": {"headers": {
        name: value for name, value in one.headers.items() if not name.startswith("X-Hub-")}, "payload": one.payload},
        "response": {"headers": {}, "payload": ""}})


@route("POST", "/app/hook/deliveries/{delivery_id}/attempts", needs="app", fields={})
def redeliver(ask: Ask) -> Answer:
    ask.stage.hooks.redeliver(_find_delivery(ask).id)
    return Answer(status=202, body={})


def _installations(ask: Ask) -> list[Installation]:
    assert ask.caller.app is not None
    return [one for one in ask.state.installations.values() if one.app.id == ask.caller.app.id and not one.deleted]


def _installation(ask: Ask) -> Installation:
    found = next((one for one in _installations(ask) if one.id == ask.number("installation_id")), None)
    if found is None:
        raise not_found()
    return found


def _deliveries(ask: Ask) -> list[Delivery]:
    hook = _hook(ask)
    return [one for one in ask.stage.hooks.sent if one.hook is hook and one.delivered_at > ask.now - KEPT]


def _hook(ask: Ask) -> Hook:
    assert ask.caller.app is not None
    return ask.stage.hooks.of_app(ask.caller.app.id)


def _find_delivery(ask: Ask) -> Delivery:
    found = next((one for one in _deliveries(ask) if one.id == ask.number("delivery_id")), None)
    if found is None:
        raise not_found()
    return found


def _delivery(one: Delivery) -> Json:
    status = {0: "failed to connect to host"}.get(one.status_code, "OK" if one.status_code < 400 else "Invalid HTTP Response")
    return {"id": one.id, "guid": one.guid, "delivered_at": time(one.delivered_at), "redelivery": one.redelivery,
            "duration": round(one.duration, 2), "status": status, "status_code": one.status_code, "event": one.event, "action": one.action,
            "installation_id": one.installation_id, "repository_id": one.repository_id, "throttled_at": None}
