"""A run that is asked for in a message: what was typed, as an order."""

import hashlib
import re
from collections.abc import Mapping

from bot.commands import Request
from core.domain.conversations import slack_thread
from core.domain.json import Json
from core.domain.messages import Message
from core.domain.parameters import Parameter
from core.engine.repeats import Idempotency
from core.engine.run_flow import ENVELOPE, RunOrder, find_flow
from core.errors import Invalid
from core.flows.registry import Registry

_WHOLE = re.compile("-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_ISSUE = re.compile(r"github:(.+)#([0-9]+)")
_AZURE = re.compile(r"azure-devops:([^/]+)/([^/]+)(?:/([^/]+))?#([0-9]+)")
_SLACK = re.compile("slack:([^/]+)/(.+)")
_BOOLEANS: Mapping[str, bool] = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def order(message: Message, asked: Request, registry: Registry, projects: Mapping[str, str]) -> RunOrder:
    """Return what a message asks for, to be discussed where it stands; raise Invalid for what cannot be typed there."""
    flow = find_flow(registry, asked.flow)
    if len(projects) != 1:
        raise Invalid((f"More than one project is at home here ({', '.join(sorted(projects.values()))}): start it in Placet.",))
    known = {p.name: p for p in flow.parameters()}
    problems = [f"{name} cannot be given here." for name in asked.values if name in ENVELOPE]
    problems += [f"{name} is secret, and nothing secret belongs into a message: start it in Placet."
                 for name in asked.values if name in known and known[name].secret]
    if problems:
        raise Invalid(tuple(problems))
    [project] = projects.values()
    given = {name: _value(known[name], text) if name in known else text for name, text in asked.values.items()}
    return RunOrder(
        payload={"id": flow.id, "repositoryIdentifier": project, **given, **_work_item(message.conversation)},
        callback=_thread(message.conversation, project),
        idempotency=Idempotency(key=f"{message.provider}:{message.id}", body_hash=hashlib.sha256(message.text.encode()).hexdigest()))


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


def _thread(conversation: str, project: str) -> dict[str, Json] | None:
    thread = _SLACK.fullmatch(conversation)
    if thread is None or conversation not in slack_thread(thread[1], thread[2]):
        return None
    return {"type": "slack", "repositoryIdentifier": project, "channel": thread[1], "threadTs": thread[2]}
