"""Asking for approval, and answering."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Annotated, assert_never

from fastapi import Query
from starlette.responses import Response, StreamingResponse

from api.call import Call, IdempotencyKey, answer, to_bytes
from api.queries import DIGITS, Word
from api.route import ANYBODY, BODY, PEOPLE, Operation
from api.schemas.approvals import PendingApprovalResponseDto, PendingApprovalsDto, approval_view, united_view
from api.schemas.callbacks import parse_callback
from api.schemas.decisions import ApproveRequestDto, RejectRequestDto
from api.schemas.requests import USUAL_HOURS, CreateApprovalDto
from core.domain.approvals import Verdict
from core.domain.conversations import azure_work_item_of, github_issue, slack_thread
from core.engine.decide_approval import AnswerRequest
from core.engine.find_approvals import ApprovalView, UnitedView
from core.engine.request_approval import ApprovalRequest

WorkItemId = Annotated[int, Query(ge=1), DIGITS]
SURFACE = "rest"
AT_ONCE = 100
log = logging.getLogger("placet.approvals")


def create(call: Call, body: CreateApprovalDto, idempotency_key: IdempotencyKey = None) -> Response:
    request = ApprovalRequest(
        task_id=body.task_id, requested_by=body.requested_by, context=body.context.given(),
        callback=call.use_cases.callback_places.checked(
            call.caller, parse_callback(body.callback, call.use_cases.callback_problem, call.use_cases.callback_homes)),
        approvers=body.approvers or (), timeout=timedelta(hours=body.timeout_hours or USUAL_HOURS), engine_run_id=body.hatchet_run_id,
        event_key=body.hatchet_event_key, idempotency=call.idempotency(idempotency_key))
    return shown(call, call.use_cases.request_approval.request(call.caller, request), 201)


def list_pending(call: Call) -> Response:
    return StreamingResponse(pending_parts(call.use_cases.find_approvals.pending(call.caller)), media_type="application/json")


def get(call: Call, id: str) -> Response:
    view = call.use_cases.find_approvals.get(call.caller, id)
    match view:
        case ApprovalView():
            return shown(call, view)
        case UnitedView():
            return answer(united_view(view))
    assert_never(view)


def get_by_github(call: Call, repositoryIdentifier: str, issueNumber: str) -> Response:
    return shown(call, call.use_cases.find_approvals.discussed_at(call.caller, github_issue(repositoryIdentifier, issueNumber)))


def get_by_slack(call: Call, channel: str, threadTs: str) -> Response:
    return shown(call, call.use_cases.find_approvals.discussed_at(call.caller, slack_thread(channel, threadTs)))


def get_by_azure_devops(call: Call, repositoryIdentifier: Word, workItemId: WorkItemId) -> Response:
    return shown(call, call.use_cases.find_approvals.discussed_at(call.caller, azure_work_item_of(repositoryIdentifier, str(workItemId))))


def approve(call: Call, id: str, body: ApproveRequestDto) -> Response:
    request = AnswerRequest(
        verdict=Verdict.APPROVE, claimed_email=body.approver_email, name=body.approver, surface=SURFACE, digest=body.digest)
    return decided(call, call.use_cases.decide_approval.decide(call.caller, id, request))


def reject(call: Call, id: str, body: RejectRequestDto) -> Response:
    request = AnswerRequest(
        verdict=Verdict.REJECT, claimed_email=body.rejector_email, name=body.rejector, surface=SURFACE, digest=body.digest,
        reason=body.reason)
    return decided(call, call.use_cases.decide_approval.decide(call.caller, id, request))


def decided(call: Call, view: ApprovalView) -> Response:
    log.info("approval.answered", extra={"approval_id": view.approval.id, "execution_id": view.approval.execution_id,
                                         "status": view.approval.status.value})
    return shown(call, view)


def shown(call: Call, view: ApprovalView, status: int = 200) -> Response:
    call.note(approval_id=view.approval.id, execution_id=view.approval.execution_id)
    return answer(approval_view(view), status)


def pending_parts(views: Iterator[ApprovalView]) -> Iterator[bytes]:
    """Write the list in parts, so that a long one holds nobody up."""
    yield b'{"approvals":['
    count = 0
    while part := [to_bytes(approval_view(view)) for view in islice(views, AT_ONCE)]:
        yield (b"," if count else b"") + b",".join(part)
        count += len(part)
    yield b'],"count":%d}' % count


ROUTES = [
    Operation("POST", "/approvals", create, id="createApproval", summary="Create a pending approval request for a suspended flow",
              roles=ANYBODY, answer=PendingApprovalResponseDto, status=201, refusals=(*BODY, 409, 429), decides=True),
    Operation("GET", "/approvals/pending", list_pending, id="listPendingApprovals", summary="List all pending approval requests",
              roles=ANYBODY, answer=PendingApprovalsDto),
    Operation("GET", "/approvals/by-github/{repositoryIdentifier:path}/{issueNumber}", get_by_github, id="getApprovalByGitHubIssue",
              summary="Get pending approval by GitHub repository and issue number", roles=ANYBODY, answer=PendingApprovalResponseDto,
              refusals=(404,)),
    Operation("GET", "/approvals/by-slack/{channel}/{threadTs}", get_by_slack, id="getApprovalBySlackThread",
              summary="Get pending approval by Slack channel and thread timestamp", roles=ANYBODY, answer=PendingApprovalResponseDto,
              refusals=(404,)),
    Operation("GET", "/approvals/by-azure-devops", get_by_azure_devops, id="getApprovalByAzureDevOps",
              summary="Get approval by Azure DevOps work item", roles=ANYBODY, answer=PendingApprovalResponseDto, refusals=(400, 404)),
    Operation("GET", "/approvals/{id}", get, id="getApproval", summary="Get approval request by execution ID", roles=ANYBODY,
              answer=PendingApprovalResponseDto, refusals=(404,)),
    Operation("POST", "/approvals/{id}/approve", approve, id="approveRequest", summary="Approve a pending approval request", roles=PEOPLE,
              answer=PendingApprovalResponseDto, refusals=(*BODY, 404, 409), decides=True),
    Operation("POST", "/approvals/{id}/reject", reject, id="rejectRequest", summary="Reject a pending approval request", roles=PEOPLE,
              answer=PendingApprovalResponseDto, refusals=(*BODY, 404, 409), decides=True),
]
