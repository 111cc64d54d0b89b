"""The flow types that can be run here, and what a project does with them."""

import logging

from starlette.responses import Response

from api.call import Call, answer
from api.queries import Word
from api.route import ANYBODY, BODY, Operation
from api.schemas.flow_settings import (
    FlowOverriddenDto,
    FlowOverrideDto,
    FlowToggledDto,
    FlowToggleDto,
    FlowTypesStatusResponseDto,
    overridden,
    statuses,
    toggled,
)
from api.schemas.flow_types import TaskTypeInfoDto, TaskTypesListResponseDto, flow_type
from core.domain.people import Role
from core.engine.configure_flow import Configured
from core.errors import NotFound

log = logging.getLogger("placet.flows")
SETTERS = (Role.OWNER, Role.APPLICATION)


def list_types(call: Call) -> Response:
    flows = call.use_cases.registry.flows
    return answer(TaskTypesListResponseDto(taskTypes=[flow_type(flows[i]) for i in sorted(flows)], count=len(flows)))


def get_type(call: Call, taskTypeId: str) -> Response:
    found = call.use_cases.registry.find(taskTypeId)
    if found is None:
        raise NotFound("flow type")
    return answer(flow_type(found))


def list_statuses(call: Call, repositoryIdentifier: Word) -> Response:
    return answer(statuses(*call.use_cases.configure_flow.list_all(call.caller, repositoryIdentifier)))


def enable(call: Call, taskTypeId: str, body: FlowToggleDto) -> Response:
    return answer(toggled(told(call.use_cases.configure_flow.enable(call.caller, taskTypeId, body.repository_identifier, True))))


def disable(call: Call, taskTypeId: str, body: FlowToggleDto) -> Response:
    return answer(toggled(told(call.use_cases.configure_flow.enable(call.caller, taskTypeId, body.repository_identifier, False))))


def set_override(call: Call, taskTypeId: str, body: FlowOverrideDto) -> Response:
    done = call.use_cases.configure_flow.override(call.caller, taskTypeId, body.repository_identifier, body.override_flow_type_id)
    return answer(overridden(told(done)))


def remove_override(call: Call, taskTypeId: str, body: FlowToggleDto) -> Response:
    return answer(overridden(told(call.use_cases.configure_flow.override(call.caller, taskTypeId, body.repository_identifier, None))))


def told(done: Configured) -> Configured:
    """Log what was set, and aloud where nobody may be asked any more."""
    log.log(logging.WARNING if done.unguarded else logging.INFO, "flow.configured", extra={
        "flow": done.flow.id, "project": done.project.identifier, "enabled": done.setting.enabled, "override": done.setting.override,
        "unguarded": done.unguarded})
    return done


ROUTES = [
    Operation("GET", "/types", list_types, id="listTaskTypes", summary="List available flow types", roles=ANYBODY,
              answer=TaskTypesListResponseDto),
    Operation("GET", "/types/status", list_statuses, id="getFlowTypesStatus",
              summary="Get flow types with enabled/disabled status for a project", roles=ANYBODY, answer=FlowTypesStatusResponseDto,
              refusals=(400, 404)),
    Operation("GET", "/types/{taskTypeId}", get_type, id="getTaskType", summary="Get flow type information", roles=ANYBODY,
              answer=TaskTypeInfoDto, refusals=(404,)),
    Operation("POST", "/types/{taskTypeId}/enable", enable, id="enableFlowType", summary="Enable a flow type for a project", roles=SETTERS,
              answer=FlowToggledDto, refusals=(*BODY, 404), decides=True),
    Operation("POST", "/types/{taskTypeId}/disable", disable, id="disableFlowType", summary="Disable a flow type for a project",
              roles=SETTERS, answer=FlowToggledDto, refusals=(*BODY, 404), decides=True),
    Operation("POST", "/types/{taskTypeId}/override", set_override, id="setFlowOverride",
              summary="Set a flow type override for a project", roles=SETTERS, answer=FlowOverriddenDto, refusals=(*BODY, 404),
              decides=True),
    Operation("DELETE", "/types/{taskTypeId}/override", remove_override, id="removeFlowOverride",
              summary="Remove a flow type override for a project", roles=SETTERS, answer=FlowOverriddenDto, refusals=(*BODY, 404),
              decides=True),
]
