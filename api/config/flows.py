"""`[[flow]]`: what people may set of a flow type, and whole flow types."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from difflib import get_close_matches

from api.config.fields import Fields
from api.config.file import ConfigFile, shown_name
from api.config.parameters import LONGEST_DESCRIPTION, parameters_in
from core.domain.approvals import Risk
from core.domain.approvers import MOST_APPROVERS
from core.domain.flow_types import CATEGORIES, Dispatch, FlowType
from core.domain.people import email_key
from core.engine.open_approval import check_approvers
from core.errors import Invalid
from core.flows.configured import Rules, configured_flow
from core.flows.registry import Registry

RULES = ("name", "approvers", "required", "timeout", "risk", "self_approval", "break_glass")
OWN = ("description", "category", "parameters", "dispatch")
PROVIDERS = {"webhook": ("url",), "github-actions": ("repository", "workflow", "ref")}
SHOWN = frozenset({"github-actions"})
SECRETS = ("secret", "token", "password")
SIGNS = "PLACET_DISPATCH_WEBHOOK_SECRET"
RESERVED = frozenset({"status"})  # `types/status` is an operation
LONGEST_TARGET = 201
WORKFLOW = {
    "repository": (re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}"), "a repository as owner/name"),
    "workflow": (re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.ya?ml"), "the name of a workflow's file, as deploy.yml"),
    "ref": (re.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,199}"), "a branch or a tag"),
}
LONGEST_NAME = 100
LONGEST_APPROVER = 260
USUAL_TIMEOUT = timedelta(hours=24)
_ID = re.compile("[a-z0-9][a-z0-9-]{0,79}")


@dataclass(slots=True)
class ConfiguredFlows:
    """The flow types of code and of the file together. `unclear`: the ids of those with a mistake."""

    registry: Registry
    unclear: set[str] = field(default_factory=set)


def flows_in(config: ConfigFile, code: Registry) -> ConfiguredFlows:
    """Return the flow types that there are with the file's; the mistakes in those are added to it."""
    flows, seen, unclear = dict(code.flows), dict[str, int | None](), set[str]()
    for table in config.tables("flow"):
        fields = Fields(config, table, "a flow")
        flow_id = _id(fields, code)
        if flow_id in seen:
            fields.wrong("id", f"the id {flow_id} is taken by the flow of line {seen[flow_id]}.")
        elif flow_id is not None and flow_id not in code.flows and not fields.has("category"):
            fields.wrong("id", f"no code has a flow {flow_id}{_near(flow_id, code)}, and a new one has a category.")
        if flow_id is not None:
            seen.setdefault(flow_id, table.line)
        coded = code.find(flow_id) if flow_id is not None else None
        made = _set(fields, coded) if coded is not None else _made(config, fields, flow_id)
        if made is not None and fields.whole:
            flows[made.id] = made
        elif flow_id is not None:
            unclear.add(flow_id)
    return ConfiguredFlows(replace(code, flows=flows), unclear)


def _id(fields: Fields, code: Registry) -> str | None:
    fields.needs("id")
    found = fields.text("id", 80)
    if found is None or found in code.flows:
        return found
    if not _ID.fullmatch(found) or found in RESERVED:
        fields.wrong("id", "id must be small letters, digits and -, up to 80, and not status.")
        return None
    return found


def _near(flow_id: str, code: Registry) -> str:
    """A slip in an id must not make another flow of it, while the rules that were meant count nowhere."""
    near = get_close_matches(flow_id, code.flows, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _set(fields: Fields, flow: FlowType) -> FlowType:
    """Return a flow type of code with what the file sets of it."""
    fields.refuse(OWN, f"is given by the code of {flow.id}: only {', '.join(RULES)} can be set of it")
    fields.refuse_others(("id", *RULES, *OWN))
    return _rules(fields).applied(flow)


def _made(config: ConfigFile, fields: Fields, flow_id: str | None) -> FlowType | None:
    fields.refuse_others(("id", *RULES, *OWN))
    category = fields.choice("category", CATEGORIES)
    description = fields.text("description", LONGEST_DESCRIPTION, lines=True)
    rules, parameters, dispatch = _rules(fields), parameters_in(config, fields), _dispatch(config, fields)
    if dispatch is not None and dispatch.provider in SHOWN and any(each.secret for each in parameters or ()):
        fields.wrong("dispatch", f"{dispatch.provider} shows what a pipeline is given to all who see it: no parameter may be secret.")
    if flow_id is None or parameters is None:
        return None
    return configured_flow(id=flow_id, description=description or "", category=category or "other", parameters=parameters, rules=rules,
                           dispatch=dispatch)


def _rules(fields: Fields) -> Rules:
    approvers, required = _approvers(fields), fields.whole_number("required", 1, MOST_APPROVERS)
    if approvers and required and required > len(approvers) and not any(":" in each for each in approvers):
        fields.wrong("required", f"required is {required}, but approvers names only {len(approvers)}.")
    risk = fields.choice("risk", tuple(Risk))
    return Rules(name=fields.text("name", LONGEST_NAME), approvers=approvers, required=required, timeout=fields.hours("timeout"),
                 risk=Risk(risk) if risk else None, self_approval=fields.flag("self_approval"), break_glass=fields.flag("break_glass"))


def _approvers(fields: Fields) -> tuple[str, ...] | None:
    found = fields.texts("approvers", MOST_APPROVERS, LONGEST_APPROVER)
    for n, each in enumerate(found or ()):
        try:
            check_approvers([each], fields.config.teams)
        except Invalid as error:
            fields.wrong_entry("approvers", n, " ".join(error.problems))
        if email_key(each) in map(email_key, (found or ())[:n]):
            fields.wrong_entry("approvers", n, f"approvers has {shown_name(each)} twice.")
    return found


def _dispatch(config: ConfigFile, flow: Fields) -> Dispatch | None:
    if not flow.has("dispatch"):
        return None
    table = flow.table.table("dispatch")
    if table is None:
        flow.wrong("dispatch", "dispatch is a table: write [flow.dispatch].")
        return None
    fields = Fields(config, table, "a dispatch")
    fields.needs("provider")
    provider = fields.choice("provider", tuple(PROVIDERS))
    fields.refuse(SECRETS, f"has no place in this file: {SIGNS} signs what starts a pipeline")
    fields.refuse_others(("provider", "timeout", *SECRETS, *(PROVIDERS[provider] if provider else _all_keys())))
    timeout, target = fields.hours("timeout"), _target(fields, provider)
    flow.whole = flow.whole and fields.whole
    if provider is None or not fields.whole:
        return None
    return Dispatch(provider=provider, target=target, timeout=timeout or USUAL_TIMEOUT)


def _target(fields: Fields, provider: str | None) -> Mapping[str, str]:
    match provider:
        case "webhook":
            fields.needs("url")
            return {"url": fields.address("url") or ""}
        case "github-actions":
            return _workflow(fields)
    return {}


def _workflow(fields: Fields) -> Mapping[str, str]:
    """Read where a workflow is; whether there is one is told by `placet doctor`, and when it is first started."""
    for key in ("repository", "workflow"):
        fields.needs(key)
    target = {key: fields.text(key, LONGEST_TARGET) or "" for key in ("repository", "workflow", "ref")}
    target["ref"] = target["ref"] or "main"
    for key, (fits, what) in WORKFLOW.items():
        if target[key] and not fits.fullmatch(target[key]):
            fields.wrong(key, f"{key} must be {what}, got {target[key][:80]!r}.")
    return target


def _all_keys() -> tuple[str, ...]:
    return tuple(key for keys in PROVIDERS.values() for key in keys)
