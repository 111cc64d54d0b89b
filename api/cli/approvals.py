"""`placet approvals`: what waits for an answer."""

from api.cli.answers import Approval, parse_approval
from api.cli.options import AsJson
from api.cli.service import open_service, understood
from api.cli.terminal import say, say_json, say_table
from api.cli.times import now, span
from core.domain.json import canonical


def list_pending(as_json: AsJson = False) -> None:
    """List the open requests that you may see, the oldest first."""
    service = open_service()
    body = service.get("approvals", "pending")
    if as_json:
        say_json(body)
        return
    found = understood(service, lambda b: [parse_approval(a) for a in b["approvals"]], body)
    if not found:
        say("Nothing waits for an answer.")
        return
    at = now()
    say_table(("ref", "flow", "what", "asked by", "may answer", "left", "digest", "run"), (
        (a.ref, str(a.context.get("taskType", "")), _what(a), a.requested_by, a.whom_to_ask, span(a.expires_at - at), a.digest[:8],
         a.run_id[-8:]) for a in found))


def _what(approval: Approval) -> str:
    if approval.question:
        return approval.question
    facts = {k: v for k, v in approval.context.items() if k not in ("taskType", "callback", "reason")}
    return " ".join(f"{k}={v if isinstance(v, str) else canonical(v).decode()}" for k, v in facts.items())
