"""Runs as they are listed and shown."""

from typing import Any, Literal, NotRequired, cast

from typing_extensions import TypedDict

from api.schemas.approvals import PendingApprovalResponseDto, approval_below
from api.schemas.work_items import WorkItemRefDto, work_item
from core.domain.executions import Execution, Mode, Status
from core.domain.json import timestamp
from core.engine.cancel_flow import Cancelled, CancelledChildren
from core.engine.find_executions import ChildList, ExecutionView, RunPage

ShownStatus = Literal["Running", "Waiting", "Suspended", "Completed", "Failed", "Cancelled"]
ShownCategory = Literal["access", "environment", "release", "package", "pool", "testing", "other"]
STATUSES: dict[Status, ShownStatus] = {
    Status.PENDING: "Waiting", Status.RUNNING: "Running", Status.SUSPENDED: "Suspended", Status.COMPLETED: "Completed",
    Status.PARTIAL: "Completed", Status.FAILED: "Failed", Status.CANCELLED: "Cancelled"}
CATEGORIES: dict[str, ShownCategory] = {
    "access": "access", "environment": "environment", "release": "release", "package": "package", "pool": "pool", "testing": "testing"}


class FlowRunSummaryDto(TypedDict):
    id: str
    flowPath: str
    status: ShownStatus
    success: bool | None
    createdAt: str
    startedAt: NotRequired[str]
    durationMs: NotRequired[int]
    triggeredBy: NotRequired[str]
    taskType: NotRequired[str]
    category: NotRequired[ShownCategory]
    executionMode: Literal["flow", "cicd"]
    cicdRunUrl: NotRequired[str]
    workItemRef: NotRequired[WorkItemRefDto]
    rerunOfExecutionId: NotRequired[str]
    rerunType: NotRequired[Literal["rerun", "restart"]]
    skippedBy: NotRequired[str]
    skipReason: NotRequired[str]


class FlowRunsListResponseDto(TypedDict):
    runs: list[FlowRunSummaryDto]
    count: int
    totalCount: int
    page: int


class ExecutionDto(FlowRunSummaryDto):
    payload: dict[str, Any]
    result: NotRequired[dict[str, Any]]
    error: NotRequired[str]
    hatchetRunId: NotRequired[str]
    schedulePath: NotRequired[str]
    parentExecutionId: NotRequired[str]
    approval: NotRequired[PendingApprovalResponseDto]
    children: "list[ExecutionDto]"


class ChildExecutionDto(FlowRunSummaryDto):
    approval: NotRequired[PendingApprovalResponseDto]


class ChildExecutionsDto(TypedDict):
    parentId: str
    children: list[ChildExecutionDto]
    count: int


class CancelledDto(TypedDict):
    id: str
    status: Literal["cancelled"]
    cancelledChildren: int


class CancelledChildrenDto(TypedDict):
    id: str
    cancelledCount: int
    cancelledIds: list[str]


def summary(run: Execution) -> FlowRunSummaryDto:
    shown = FlowRunSummaryDto(
        id=run.id, flowPath=run.flow, status=STATUSES[run.status], success=run.success, createdAt=timestamp(run.created_at),
        triggeredBy=run.triggered_by, taskType=run.task_type, category=CATEGORIES.get(run.category, "other"),
        executionMode="cicd" if run.mode is Mode.CICD else "flow")
    if run.started_at is not None:
        shown["startedAt"] = timestamp(run.started_at)
    if run.duration_ms is not None:
        shown["durationMs"] = run.duration_ms
    if run.work_item is not None:
        shown["workItemRef"] = work_item(run.work_item)
    if run.cicd_run_url is not None:
        shown["cicdRunUrl"] = run.cicd_run_url
    if run.rerun_of is not None:
        shown["rerunOfExecutionId"] = run.rerun_of
        shown["rerunType"] = "rerun"
    if run.skip_reason is not None:
        shown["skippedBy"] = run.triggered_by
        shown["skipReason"] = run.skip_reason
    return shown


def run_page(page: RunPage) -> FlowRunsListResponseDto:
    return FlowRunsListResponseDto(runs=[summary(r) for r in page.runs], count=len(page.runs), totalCount=page.total, page=page.page)


def execution(view: ExecutionView) -> ExecutionDto:
    run = view.execution
    shown = cast(ExecutionDto, summary(run))
    shown["payload"] = dict(run.payload)
    shown["children"] = [execution(c) for c in view.children]
    if run.result is not None:
        shown["result"] = dict(run.result)
    if run.error is not None:
        shown["error"] = run.error
    if run.engine_run_id is not None:
        shown["hatchetRunId"] = run.engine_run_id
    if run.schedule is not None:
        shown["schedulePath"] = run.schedule
    if run.parent_id is not None:
        shown["parentExecutionId"] = run.parent_id
    if view.approval is not None:
        shown["approval"] = approval_below(view.parent, view.approval)
    return shown


def child_executions(found: ChildList) -> ChildExecutionsDto:
    return ChildExecutionsDto(parentId=found.parent_id, children=[child_execution(c) for c in found.children], count=len(found.children))


def child_execution(view: ExecutionView) -> ChildExecutionDto:
    shown = cast(ChildExecutionDto, summary(view.execution))
    if view.approval is not None:
        shown["approval"] = approval_below(view.parent, view.approval)
    return shown


def cancelled(done: Cancelled) -> CancelledDto:
    return CancelledDto(id=done.execution_id, status="cancelled", cancelledChildren=done.children)


def cancelled_children(done: CancelledChildren) -> CancelledChildrenDto:
    return CancelledChildrenDto(id=done.execution_id, cancelledCount=len(done.ids), cancelledIds=list(done.ids))
