"""Starting runs, and listing them."""

from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from api.call import Call, IdempotencyKey, answer
from api.queries import DIGITS, Boolean, Word
from api.route import ANYBODY, BODY, Operation
from api.schemas.callbacks import parse_callback, secret_of
from api.schemas.executions import FlowRunsListResponseDto, run_page
from api.schemas.flow_types import Category
from api.schemas.runs import RerunRequestDto, RerunResponseDto, TaskRunDto, TaskRunResponseDto, started, started_again
from api.schemas.work_items import WorkItemType
from core.engine.find_executions import RunQuery
from core.engine.run_flow import RunOrder

Mode = Literal["flow", "cicd"]
Limit = Annotated[int, Query(ge=1, le=100), DIGITS]
Page = Annotated[int, Query(ge=1), DIGITS]


def run(call: Call, body: TaskRunDto, idempotency_key: IdempotencyKey = None) -> Response:
    callback = call.use_cases.callback_places.checked(
        call.caller, parse_callback(body.callback, call.use_cases.callback_problem, call.use_cases.callback_homes))
    order = RunOrder(payload=body.payload, callback=callback, callback_secret=secret_of(body.callback),
                     idempotency=call.idempotency(idempotency_key))
    execution = call.use_cases.run_flow.run(call.caller, order)
    call.note(execution_id=execution.id)
    return answer(started(execution), 201)


def list_runs(
    call: Call, repositoryIdentifier: Word, limit: Limit = 50, executionMode: Mode | None = None,
    category: Category | None = None, taskType: Word | None = None, flowPath: Word | None = None, workItemKey: Word | None = None,
    workItemType: WorkItemType | None = None, since: Word | None = None, triggeredBy: Word | None = None,
    includeScheduled: Boolean = False, page: Page = 1, date: Word | None = None,
) -> Response:
    query = RunQuery(
        repository_identifier=repositoryIdentifier, mode=executionMode, category=category, task_type=taskType, flow_path=flowPath,
        work_item_key=workItemKey, work_item_type=workItemType, since=since, date=date, triggered_by=triggeredBy,
        include_scheduled=includeScheduled, limit=limit, page=page)
    return answer(run_page(call.use_cases.find_executions.page(call.caller, query)))


def rerun(call: Call, id: str, body: RerunRequestDto) -> Response:
    execution = call.use_cases.rerun_flow.rerun(call.caller, id, body.payload_overrides or {})
    call.note(execution_id=execution.id)
    return answer(started_again(execution), 201)


ROUTES = [
    Operation("GET", "/runs", list_runs, id="listFlowRuns", summary="List recent task executions", roles=ANYBODY,
              answer=FlowRunsListResponseDto, refusals=(400,)),
    Operation("POST", "/run", run, id="runTask", summary="Run a flow using the registry-based system", roles=ANYBODY,
              answer=TaskRunResponseDto, status=201, refusals=(*BODY, 409, 429), decides=True),
    Operation("POST", "/{id}/rerun", rerun, id="rerunExecution", summary="Rerun an ended execution with optional payload overrides",
              roles=ANYBODY, answer=RerunResponseDto, status=201, refusals=(*BODY, 404, 429), decides=True),
]
