"""One run: what it is, what is below it, and its end."""

from starlette.responses import Response

from api.call import Call, answer
from api.route import ANYBODY, Operation
from api.schemas.executions import (
    CancelledChildrenDto,
    CancelledDto,
    ChildExecutionsDto,
    ExecutionDto,
    cancelled,
    cancelled_children,
    child_executions,
    execution,
)


def get_execution(call: Call, id: str) -> Response:
    view = call.use_cases.find_executions.get(call.caller, id)
    call.note(execution_id=view.execution.id)
    return answer(execution(view))


def list_children(call: Call, id: str) -> Response:
    return answer(child_executions(call.use_cases.find_executions.children(call.caller, id)))


def cancel(call: Call, id: str) -> Response:
    done = call.use_cases.cancel_flow.cancel(call.caller, id)
    call.note(execution_id=done.execution_id)
    return answer(cancelled(done))


def cancel_children(call: Call, id: str) -> Response:
    done = call.use_cases.cancel_flow.cancel_children(call.caller, id)
    call.note(execution_id=done.execution_id)
    return answer(cancelled_children(done))


ROUTES = [
    Operation("GET", "/{id}", get_execution, id="getFlow", summary="Get execution details by ID", roles=ANYBODY, answer=ExecutionDto,
              refusals=(404,)),
    Operation("GET", "/{id}/children", list_children, id="getChildFlows", summary="Get child executions for an orchestrator flow",
              roles=ANYBODY, answer=ChildExecutionsDto, refusals=(404,)),
    Operation("POST", "/{id}/cancel", cancel, id="cancelFlow", summary="Cancel a running or suspended execution", roles=ANYBODY,
              answer=CancelledDto, refusals=(400, 404), decides=True),
    Operation("POST", "/{id}/cancel-children", cancel_children, id="cancelChildFlows",
              summary="Cancel only child executions (not the parent)", roles=ANYBODY, answer=CancelledChildrenDto, refusals=(404,),
              decides=True),
]
