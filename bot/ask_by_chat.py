"""A run that is asked for in a message: what was typed, as an order."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from bot.commands import Request
from bot.replies import any_of
from core.domain.conversations import slack_thread
from core.domain.json import Json, canonical
from core.domain.messages import Asking, Message
from core.domain.parameters import Parameter
from core.domain.people import project_key
from core.engine.repeats import Idempotency
from core.engine.run_flow import ENVELOPE, RunOrder, find_flow
from core.errors import Invalid
from core.flows.registry import Registry

PROJECT = "repositoryIdentifier"
_WHOLE = re.compile("-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_ISSUE = re.compile(r"github:(.+)#([0-9]+)")
_AZURE = re.compile(r"azure-devops:([^/]+)/([^/]+)(?:/([^/]+))?#([0-9]+)")
_SLACK = re.compile("slack:([^/]+)/(.+)")
_BOOLEANS: Mapping[str, bool] = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def order(message: Message, asked: Request | Asking, registry: Registry, projects: Mapping[str, str]) -> RunOrder:
    """Return what a message asks for, to be discussed where it stands; raise Invalid for what cannot be asked for there."""
    if isinstance(asked, Asking) and asked.wrong is not None:
        raise Invalid((asked.wrong,))
    flow = find_flow(registry, asked.flow)
    values = dict(asked.values)
    named = values.pop(PROJECT, None) if isinstance(asked, Asking) and not asked.form else None
    project = _project(named, sorted(projects.values()))
    known = {p.name: p for p in flow.parameters()}
    if isinstance(asked, Asking) and asked.form:
        values = _by_name(flow.parameters(), values)
    problems = [f"{name} cannot be given here." for name in values if name in ENVELOPE]
    problems += [f"{name} is secret, and nothing secret belongs into a message: start it in Placet."
                 for name in values if name in known and known[name].secret]
    if problems:
        raise Invalid(tuple(problems))
    typed = isinstance(asked, Request) or asked.form
    given = {name: _value(known[name], value) if typed and name in known and isinstance(value, str) else value
             for name, value in values.items()}
    return RunOrder(
        payload={"id": flow.id, "repositoryIdentifier": project, **given, **_work_item(message.conversation)},
        callback=_issue(message.conversation, project) if isinstance(asked, Asking) else _thread(message.conversation, project),
        idempotency=Idempotency(key=f"{message.provider}:{message.id}", body_hash=_hash(message)))


def _project(named: Json, projects: Sequence[str]) -> str:
    """Return the project that is asked for: the one that is named, or the only one, and none that is not at home there."""
    if named is not None:
        found = [each for each in projects if isinstance(named, str) and project_key(each) == project_key(named)]
        if not found:
            raise Invalid((f"{PROJECT} names a project that is not at home here, where it must be {any_of(projects)}.",))
        return found[0]
    if len(projects) != 1:
        raise Invalid((f"More than one project is at home here ({', '.join(projects)}): start it in Placet.",))
    return projects[0]


def _by_name(parameters: Sequence[Parameter], values: Mapping[str, Json]) -> dict[str, Json]:
    """Return by the parameters' names what a form has by their titles; what fits none is left as it is, for the check to say so."""
    names = {**{p.title.casefold(): p.name for p in parameters}, **{p.name.casefold(): p.name for p in parameters}}
    found = [(names.get(title.casefold(), title), value) for title, value in values.items()]
    twice = sorted({name for name, _ in found if [each for each, _ in found].count(name) > 1})
    if twice:
        raise Invalid(tuple(f"{name} stands there twice." for name in twice))
    return dict(found)


def _hash(message: Message) -> str:
    asks = message.asks
    said = message.text.encode() if asks is None else canonical({"flow": asks.flow, "form": asks.form, "values": asks.values})
    return hashlib.sha256(said).hexdigest()


def without_secrets(asked: Request, registry: Registry) -> str | None:
    """Return a line in which something secret was typed as it may be kept: with the names only; None where nothing was."""
    flow = registry.find(asked.flow)
    secret = flow is not None and any(p.secret and p.name in asked.values for p in flow.parameters())
    return " ".join(("/placet", asked.flow, *(f"{name}=..." for name in asked.values))) if secret else None


def _value(parameter: Parameter, text: str) -> Json:
    """Return what a text means for a parameter; as it stands where it means nothing, so that the check says what it must be."""
    match parameter.type:
        case "integer" if _WHOLE.fullmatch(text):
            return int(text)
        case "number" if _NUMBER.fullmatch(text):
            return float(text)
        case "boolean":
            return _BOOLEANS.get(text.lower(), text)
        case "array":
            return [each.strip() for each in text.split(",")]
    return text


def _work_item(conversation: str) -> dict[str, Json]:
    """Return the issue or work item that a conversation belongs to, as a payload names it."""
    if issue := _ISSUE.fullmatch(conversation):
        return {"workItemRef": {"type": "github-issue", "repository": issue[1], "key": issue[2]}}
    if item := _AZURE.fullmatch(conversation):
        repository = {"repository": item[3]} if item[3] else {}
        return {"workItemRef": {"type": "ado-workitem", "organization": item[1], "project": item[2], "key": item[4], **repository}}
    return {}


def _issue(conversation: str, project: str) -> dict[str, Json] | None:
    """Return the issue as a callback, where it is one of the project's own repository."""
    found = _ISSUE.fullmatch(conversation)
    if found is None or project_key(found[1]) != project_key(project):
        return None
    return {"type": "github", "repositoryIdentifier": project, "issueNumber": int(found[2])}


def _thread(conversation: str, project: str) -> dict[str, Json] | None:
    thread = _SLACK.fullmatch(conversation)
    if thread is None or conversation not in slack_thread(thread[1], thread[2]):
        return None
    return {"type": "slack", "repositoryIdentifier": project, "channel": thread[1], "threadTs": thread[2]}
