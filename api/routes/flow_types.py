"""The flow types that can be run here."""

from starlette.responses import Response

from api.call import Call, answer
from api.route import ANYBODY, Operation
from api.schemas.flow_types import TaskTypeInfoDto, TaskTypesListResponseDto, flow_type
from core.errors import NotFound


def list_types(call: Call) -> Response:
    flows = call.use_cases.registry.flows
    return answer(TaskTypesListResponseDto(taskTypes=[flow_type(flows[i]) for i in sorted(flows)], count=len(flows)))


def get_type(call: Call, taskTypeId: str) -> Response:
    found = call.use_cases.registry.find(taskTypeId)
    if found is None:
        raise NotFound("flow type")
    return answer(flow_type(found))


ROUTES = [
    Operation("GET", "/types", list_types, id="listTaskTypes", summary="List available flow types", roles=ANYBODY,
              answer=TaskTypesListResponseDto),
    Operation("GET", "/types/{taskTypeId}", get_type, id="getTaskType", summary="Get flow type information", roles=ANYBODY,
              answer=TaskTypeInfoDto, refusals=(404,)),
]
