"""A button's way to the one place that decides."""

import logging

from api.pages.page import Page
from core.domain.approvals import SHOWN_DIGEST, Approval, Risk, Status, Verdict
from core.domain.messages import PAGE
from core.engine.decide_approval import AnswerRequest
from core.errors import HighRisk, WrongDigest

LONGEST_REASON = 1_000
log = logging.getLogger("placet.approvals")


def given(page: Page, target: str, verdict: Verdict, digest: str, reason: str | None, *, confirmed: bool = False) -> Approval:
    """Count the answer of whoever is signed in, to exactly what they were shown; a yes to a high risk only with its confirmation."""
    if len(digest) < SHOWN_DIGEST:
        raise WrongDigest("")
    if verdict is Verdict.APPROVE and not confirmed and _of_high_risk(page, target):
        raise HighRisk
    view = page.use_cases.decide_approval.decide(page.caller, target, AnswerRequest(
        verdict=verdict, claimed_email=page.person.email, name=page.person.name, surface=PAGE, digest=digest,
        reason=(reason or "")[:LONGEST_REASON] or None))
    log.info("approval.answered", extra={"approval_id": view.approval.id, "execution_id": view.approval.execution_id,
                                         "status": view.approval.status.value})
    return view.approval


def _of_high_risk(page: Page, target: str) -> bool:
    asked = page.use_cases.find_approvals.get(page.caller, target).approval
    return isinstance(asked, Approval) and asked.risk is Risk.HIGH


def told(approval: Approval, verdict: Verdict) -> str:
    """Say what an answer has come to."""
    what = approval.question or "The request"
    if verdict is Verdict.REJECT:
        return f"You rejected it: {what}"
    if approval.status is Status.PENDING:
        return f"Your yes is counted, {len(approval.approvals())} of {approval.required}: {what}"
    return f"Approved, and on its way: {what}"


def one_of(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
