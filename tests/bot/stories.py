"""One request in every state that a card knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.make_card import Story
from bot.words import vocabulary
from core.domain.approvals import Answer, Approval, Risk, Verdict
from core.domain.approvals import Status as Answered
from core.domain.executions import Execution, Mode, Status
from core.domain.json import Json
from core.engine.cancel_flow import REASON
from core.flows.request_elevated_privileges import request_elevated_privileges
from core.ports.grants import Grant

ASKED = datetime(2026, 11, 24, 13, 2, tzinfo=UTC)
PAGE = "https://placet.example.com/requests/e1"
PAYLOAD: dict[str, Json] = {"username": "requester@example.com", "targetOrg": "payments-prod", "accessLevel": "Admin",
                            "durationMinutes": 120, "reason": "Rotate the leaked webhook key, INC-2231"}
BOTH = ("approver@example.com", "second-approver@example.com")


def at(clock: str) -> datetime:
    hours, _, minutes = clock.partition(":")
    return ASKED.replace(hour=int(hours), minute=int(minutes))


def approval(**more: Any) -> Approval:
    given: dict[str, Any] = {
        "id": "a1", "ref": "K7Q2M9", "execution_id": "e1", "project_id": "p1", "gate": "1",
        "question": "Admin on payments-prod for 2 hours",
        "requested_by": "requester@example.com", "requester_id": "r1", "requested_at": ASKED, "expires_at": at("16:20"), "required": 2,
        "approvers": BOTH, "excluded": ("r1", "requester@example.com"), "self_approval": False,
        "context": {"taskType": "request-elevated-privileges", **PAYLOAD}, "callback": None, "event_key": None, "digest": "9f3c21ab" * 8}
    return Approval(**given | more)


def run(**more: Any) -> Execution:
    given: dict[str, Any] = {
        "id": "e1", "project_id": "p1", "flow": "request-elevated-privileges", "task_type": "request-elevated-privileges",
        "category": "access",
        "payload": PAYLOAD, "triggered_by": "requester@example.com", "triggered_by_id": "r1", "initiators": ("r1",), "created_at": ASKED,
        "started_at": ASKED, "status": Status.SUSPENDED}
    return Execution(**given | more)


def yes(who: str, clock: str, surface: str = "slack") -> Answer:
    return Answer(person_id=who, email=who, verdict=Verdict.APPROVE, surface=surface, name=who, at=at(clock))


def grant(back: str | None = None) -> Grant:
    return Grant(effect_key="e1:2", execution_id="e1", provider="record", subject="requester@example.com", target="payments-prod",
                 level="Admin", activated_at=at("13:24"), until=at("15:24"), revoked_at=at(back) if back else None)


def story(asked: Approval | None, execution: Execution, *grants: Grant, now: str = "13:30", **more: Any) -> Story:
    given: dict[str, Any] = {"approval": asked, "execution": execution, "project": "acme/payments", "flow": request_elevated_privileges,
                             "now": at(now), "grants": grants, "page": PAGE}
    return Story(**given | more)


ANSWERS = (yes(BOTH[0], "13:20"), yes(BOTH[1], "13:24", "github"))
APPROVED = approval(status=Answered.APPROVED, resolved_by=BOTH[1], resolved_at=at("13:24"), answers=ANSWERS)
RUNNING = run(status=Status.RUNNING)
OVER = run(status=Status.COMPLETED, outcome=Status.COMPLETED, ended_at=at("15:24"), settled_at=at("15:24"))
STOPPED = run(status=Status.CANCELLED, outcome=Status.CANCELLED, ended_at=at("14:02"), ended_by="requester@example.com")
FAILED = run(status=Status.FAILED, outcome=Status.FAILED, error="the directory refused the grant (403)", ended_at=at("13:25"),
             settled_at=at("13:25"))
ONE = replace(approval(required=1), approvers=BOTH[:1])
DEPLOY: dict[str, Json] = {"taskType": "deploy", "version": "2026.11.4", "environment": "production", "notes": "all green",
          "username": "developer@example.com"}

STORIES: dict[str, Story] = {
    "open": story(approval(), run()),
    "open for somebody else": story(approval(requested_by="owner@example.com", excluded=()), run()),
    "open, one is enough": story(ONE, run()),
    "open, of high risk": story(replace(ONE, risk=Risk.HIGH), run()),
    "open for a group": story(replace(ONE, approvers=(BOTH[0], "group:on-call")), run()),
    "open, with words of the project": story(ONE, run(), vocabulary=vocabulary(["de"], {"approve": ["make it so"]})),
    "open, and nobody may": story(replace(ONE, approvers=()), run()),
    "open, of another engine": story(replace(ONE, question="Deploy 2026.11.4 to production", context=DEPLOY, requested_by="ci-bot"),
                                     run(mode=Mode.FOREIGN, category="other", payload={}, status=Status.PENDING), flow=None),
    "one of two": story(approval(answers=ANSWERS[:1]), run()),
    "running": story(APPROVED, RUNNING),
    "running, with access": story(APPROVED, RUNNING, grant()),
    "finished": story(APPROVED, OVER, grant("15:24")),
    "finished the day after": story(APPROVED, replace(OVER, ended_at=at("15:24") + timedelta(days=1))),
    "failed": story(APPROVED, FAILED),
    "failed after access": story(APPROVED, FAILED, grant("13:26")),
    "failed, taking back": story(APPROVED, run(status=Status.RUNNING, outcome=Status.FAILED, error="the directory timed out"), grant()),
    "rejected": story(approval(status=Answered.REJECTED, resolved_by=BOTH[1], resolved_at=at("13:31"),
                               reason="two hours are enough, ask again"),
                      run(status=Status.FAILED, outcome=Status.FAILED)),
    "lapsed": story(approval(), run(), now="16:20"),
    "lapsed with one answer": story(approval(answers=ANSWERS[:1]), run(), now="16:21"),
    "cancelled": story(approval(status=Answered.REJECTED, resolved_by="requester@example.com", resolved_at=at("13:31"), reason=REASON),
                       replace(STOPPED, ended_at=at("13:31"), settled_at=at("13:31"))),
    "cancelled elsewhere": story(approval(status=Answered.CANCELLED, resolved_by=None, resolved_at=at("13:31")), run(mode=Mode.FOREIGN),
                                 flow=None),
    "given up": story(approval(status=Answered.STALE, resolved_at=at("13:31")), FAILED),
    "taking back": story(APPROVED, STOPPED, grant()),
    "ended early": story(APPROVED, replace(STOPPED, settled_at=at("14:03")), grant("14:03")),
    "skipped with break-glass": story(None,
                                      replace(RUNNING, triggered_by="owner@example.com", skip_reason="the pager is silent, INC-2231"),
                                      grant()),
    "skipped with break-glass, finished": story(
        None, replace(OVER, triggered_by="owner@example.com", skip_reason="the pager is silent, INC-2231"), grant("15:24")),
    "running, in a pipeline": story(APPROVED, replace(RUNNING, mode=Mode.CICD, cicd_run_url="https://ci.example.com/runs/9")),
    "partly done": story(APPROVED, replace(OVER, status=Status.PARTIAL, category="release")),
}
