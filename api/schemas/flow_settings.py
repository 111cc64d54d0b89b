"""What a project sets of a flow type, as it comes in and goes out."""

from collections.abc import Sequence
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.bodies import Body, Name
from core.domain.people import Project
from core.engine.configure_flow import Configured


class FlowToggleDto(Body):
    repository_identifier: Annotated[Name, Field(description="The project")]


class FlowOverrideDto(FlowToggleDto):
    override_flow_type_id: Annotated[Name, Field(description="The flow type that runs instead")]


class FlowTypeStatusDto(TypedDict):
    id: str
    name: str
    enabled: bool
    overrideFlowTypeId: NotRequired[str]


class FlowTypesStatusResponseDto(TypedDict):
    flowTypes: list[FlowTypeStatusDto]
    repositoryIdentifier: str


class FlowToggledDto(TypedDict):
    success: Literal[True]
    taskTypeId: str
    repositoryIdentifier: str
    enabled: bool


class FlowOverriddenDto(TypedDict):
    success: Literal[True]
    taskTypeId: str
    repositoryIdentifier: str
    overrideFlowTypeId: NotRequired[str]


def statuses(project: Project, found: Sequence[Configured]) -> FlowTypesStatusResponseDto:
    return FlowTypesStatusResponseDto(flowTypes=[status(each) for each in found], repositoryIdentifier=project.identifier)


def status(each: Configured) -> FlowTypeStatusDto:
    shown = FlowTypeStatusDto(id=each.flow.id, name=each.flow.name, enabled=each.setting.enabled)
    if each.setting.override is not None:
        shown["overrideFlowTypeId"] = each.setting.override
    return shown


def toggled(done: Configured) -> FlowToggledDto:
    return FlowToggledDto(success=True, taskTypeId=done.flow.id, repositoryIdentifier=done.project.identifier, enabled=done.setting.enabled)


def overridden(done: Configured) -> FlowOverriddenDto:
    shown = FlowOverriddenDto(success=True, taskTypeId=done.flow.id, repositoryIdentifier=done.project.identifier)
    if done.setting.override is not None:
        shown["overrideFlowTypeId"] = done.setting.override
    return shown
