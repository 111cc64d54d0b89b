"""`placet flows`: what one can start, answer and end."""

import json
import re
from pathlib import Path
from sys import stdin
from typing import Annotated

from rich.text import Text
from typer import Argument, Option

from api.cli.answers import Approval, Body, parse_approval, parse_flow_type, parse_run
from api.cli.arguments import parse_assignments, typed
from api.cli.flows import chosen_project, watch
from api.cli.identifiers import full_id
from api.cli.options import ApprovalId, AsJson, BreakGlass, InProject, InTheNameOf, Once, Quiet, RunId, Watch
from api.cli.problems import Problem
from api.cli.service import Service, open_service, understood
from api.cli.terminal import say, say_json, shown, word
from core.domain.json import Json

Values = Annotated[list[str] | None, Argument(metavar="NAME=VALUE", help="The flow's parameters, as `placet flows types FLOW` shows them.")]
_KEY = re.compile(r"[ -~]{1,200}")
Reason = Annotated[str | None, Option(metavar="TEXT", help="Why.")]
Digest = Annotated[str | None, Option(metavar="DIGEST", help="Answer only the request that has this digest.")]


def run(
    flow: Annotated[str, Argument(metavar="FLOW")],
    values: Values = None,
    project: InProject = None,
    payload: Annotated[str | None, Option(metavar="FILE", help="Parameters as a JSON object; - reads stdin. For secrets.")] = None,
    following: Watch = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    idempotency_key: Once = None,
    break_glass: BreakGlass = None,
) -> None:
    """Start a run of a flow."""
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise Problem("--idempotency-key is 1 to 200 printable ASCII characters.")
    service = open_service()
    wanted = {"id": flow, "repositoryIdentifier": chosen_project(service, project), **_given(payload), **_typed(service, flow, values),
              **_skipping(break_glass)}
    body = service.post("run", body={"payload": wanted}, idempotency_key=idempotency_key)
    _started(service, body, following=following, quiet=quiet, as_json=as_json)


def rerun(
    run_id: RunId,
    values: Values = None,
    project: InProject = None,
    following: Watch = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
    break_glass: BreakGlass = None,
) -> None:
    """Run again what has ended, with other parameters if wanted; it asks for approval anew."""
    service = open_service()
    found = full_id(service, run_id, project)
    flow = understood(service, parse_run, service.get(found)).task_type if values else ""
    body = service.post(found, "rerun", body={"payloadOverrides": {**_typed(service, flow, values), **_skipping(break_glass)}})
    _started(service, body, following=following, quiet=quiet, as_json=as_json)


def _skipping(reason: str | None) -> dict[str, Json]:
    return {} if reason is None else {"skipApproval": True, "skipReason": reason}


def _typed(service: Service, flow: str, values: list[str] | None) -> dict[str, Json]:
    if not values:
        return {}
    assignments = parse_assignments(values)
    return typed(assignments, understood(service, parse_flow_type, service.get("types", flow)).parameters)


def _given(payload: str | None) -> dict[str, Json]:
    if payload is None:
        return {}
    try:
        value = json.loads(stdin.read() if payload == "-" else Path(payload).read_text())
    except (OSError, ValueError) as error:
        raise Problem(f"--payload {payload} cannot be read as JSON: {error}.") from None
    if not isinstance(value, dict):
        raise Problem(f"--payload {payload} must hold a JSON object, like {{\"name\": \"value\"}}.")
    return value


def _started(service: Service, body: Body, *, following: bool, quiet: bool, as_json: bool) -> None:
    run_id = understood(service, lambda b: str(b["id"]), body)
    if quiet:
        say(shown(run_id))
    elif as_json:
        say_json(body, one_line=following)
    else:
        say(f"Started {shown(run_id)}." + ("" if following else f" `placet flows logs {shown(run_id)} -f` follows it."))
    if following:
        watch(service, run_id, as_json=as_json)


def approve(target: ApprovalId, digest: Digest = None, project: InProject = None, in_the_name_of: InTheNameOf = None,
            as_json: AsJson = False) -> None:
    """Say yes to what a run asks for."""
    service = open_service()
    who = in_the_name_of or service.claims.subject
    _answer(service, full_id(service, target, project), "approve", {"approver": who, "approverEmail": who, "digest": digest}, as_json)


def reject(target: ApprovalId, reason: Reason = None, digest: Digest = None, project: InProject = None, in_the_name_of: InTheNameOf = None,
           as_json: AsJson = False) -> None:
    """Say no to what a run asks for."""
    service = open_service()
    who = in_the_name_of or service.claims.subject
    said: dict[str, Json] = {"rejector": who, "rejectorEmail": who, "reason": reason, "digest": digest}
    _answer(service, full_id(service, target, project), "reject", said, as_json)


def _answer(service: Service, target: str, verb: str, said: dict[str, Json], as_json: bool) -> None:
    body = service.post("approvals", target, verb, body={name: value for name, value in said.items() if value is not None})
    if as_json:
        say_json(body)
        return
    say(_outcome(understood(service, parse_approval, body)))


def _outcome(approval: Approval) -> Text:
    what = shown(f": {approval.context.get('taskType', 'the request')} that {approval.requested_by} asked for (run {approval.run_id})")
    if approval.status == "pending":
        return Text.assemble("counted", what, f"; {approval.answers} of {approval.required} have agreed")
    return Text.assemble(word(approval.status), what)


def cancel(run_id: RunId, project: InProject = None, as_json: AsJson = False) -> None:
    """End a run now; what it has given is taken back."""
    service = open_service()
    body = service.post(full_id(service, run_id, project), "cancel")
    if as_json:
        say_json(body)
        return
    found, below = understood(service, lambda b: (str(b["id"]), int(b["cancelledChildren"])), body)
    say(f"Cancelled {shown(found)}" + (f" and {below} below it." if below else "."))
