"""Approvals, as they go out."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from api.schemas.work_items import WorkItemRefDto, work_item
from core.domain.approvals import Answer, Approval, Risk, Status
from core.domain.executions import Execution
from core.domain.json import Json, timestamp
from core.engine.find_approvals import ApprovalView, ChildApproval, UnitedView

ApprovalStatus = Literal["pending", "approved", "rejected", "expired", "cancelled", "stale"]


class ParentExecutionSummaryDto(TypedDict):
    id: str
    taskType: NotRequired[str]
    status: NotRequired[str]
    triggeredBy: NotRequired[str]
    workItemRef: NotRequired[WorkItemRefDto]


class AnswerDto(TypedDict):
    email: str
    answer: Literal["approve", "reject"]
    at: str
    surface: str
    name: NotRequired[str]
    actedBy: NotRequired[str]


class PendingApprovalResponseDto(TypedDict):
    id: str
    requestedBy: str
    requestedAt: str
    expiresAt: str
    approvers: list[str]
    context: dict[str, Any]
    status: ApprovalStatus
    ref: NotRequired[str]
    question: NotRequired[str]
    digest: NotRequired[str]
    risk: NotRequired[Literal["high"]]
    required: NotRequired[int]
    answers: NotRequired[list[AnswerDto]]
    resolvedBy: NotRequired[str]
    resolvedAt: NotRequired[str]
    parentExecution: NotRequired[ParentExecutionSummaryDto]
    children: "NotRequired[list[ChildApprovalDto]]"


class ChildApprovalDto(TypedDict):
    executionId: str
    taskType: str
    status: str
    approval: NotRequired[PendingApprovalResponseDto]


class PendingApprovalsDto(TypedDict):
    approvals: list[PendingApprovalResponseDto]
    count: int


def approval_view(view: ApprovalView) -> PendingApprovalResponseDto:
    shown = approval_below(view.parent, view.approval)
    if view.children:
        shown["children"] = [child_approval(c) for c in view.children]
    return shown


def united_view(view: UnitedView) -> PendingApprovalResponseDto:
    each = view.approval
    shown = PendingApprovalResponseDto(
        id=each.execution_id, requestedBy=each.requested_by, requestedAt=timestamp(each.requested_at), expiresAt=timestamp(each.expires_at),
        approvers=list(each.approvers), context={"taskType": each.task_type}, status=each.status.value,
        children=[child_approval(c) for c in view.children])
    if view.parent is not None:
        shown["parentExecution"] = parent_execution(view.parent)
    return shown


def approval(each: Approval) -> PendingApprovalResponseDto:
    shown = PendingApprovalResponseDto(
        id=each.execution_id, requestedBy=each.requested_by, requestedAt=timestamp(each.requested_at), expiresAt=timestamp(each.expires_at),
        approvers=list(each.approvers), context=context(each), status=each.status.value, ref=each.ref, question=each.question,
        digest=each.digest)
    if each.risk is Risk.HIGH:
        shown["risk"] = "high"
    if each.required > 1:
        shown["required"] = each.required
        shown["answers"] = [answer(a) for a in each.answers if a.withdrawn_at is None]
    if each.resolved_by is not None:
        shown["resolvedBy"] = each.resolved_by
    if each.resolved_at is not None:
        shown["resolvedAt"] = timestamp(each.resolved_at)
    return shown


def context(each: Approval) -> dict[str, Json]:
    """Return what was asked, with the callback but for its secret, and the reason of a rejection."""
    shown = dict(each.context)
    if each.callback is not None:
        shown["callback"] = {k: v for k, v in each.callback.items() if k != "secret"}
    if each.status is Status.REJECTED and each.reason is not None:
        shown["reason"] = each.reason
    return shown


def answer(each: Answer) -> AnswerDto:
    shown = AnswerDto(email=each.email, answer=each.verdict.value, at=timestamp(each.at), surface=each.surface)
    if each.name:
        shown["name"] = each.name
    if each.acted_by is not None:
        shown["actedBy"] = each.acted_by
    return shown


def parent_execution(parent: Execution) -> ParentExecutionSummaryDto:
    shown = ParentExecutionSummaryDto(id=parent.id, taskType=parent.task_type, status=parent.status.value, triggeredBy=parent.triggered_by)
    if parent.work_item is not None:
        shown["workItemRef"] = work_item(parent.work_item)
    return shown


def approval_below(parent: Execution | None, each: Approval) -> PendingApprovalResponseDto:
    shown = approval(each)
    if parent is not None:
        shown["parentExecution"] = parent_execution(parent)
    return shown


def child_approval(child: ChildApproval) -> ChildApprovalDto:
    shown = ChildApprovalDto(executionId=child.execution.id, taskType=child.execution.task_type, status=child.execution.status.value)
    if child.approval is not None:
        shown["approval"] = approval_below(child.parent, child.approval)
    return shown
