"""Schedules, as they come in and go out."""

from collections.abc import Sequence
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.bodies import Body, Name
from core.domain.json import timestamp
from core.engine.find_schedules import ScheduleView


class UpdateScheduleDto(Body):
    workflow_name: Annotated[Name, Field(description="The workflow this cron belongs to")]
    expression: Annotated[Name, Field(description="New cron expression: five fields, in UTC")]


class ScheduleDto(TypedDict):
    name: str
    workflowName: str
    expression: str
    enabled: bool
    repositoryIdentifier: str
    input: dict[str, Any]
    nextRunAt: NotRequired[str]


class SchedulesDto(TypedDict):
    schedules: list[ScheduleDto]
    count: int


def schedule(view: ScheduleView) -> ScheduleDto:
    each = view.schedule
    shown = ScheduleDto(name=each.name, workflowName=each.flow, expression=each.expression, enabled=each.enabled,
                        repositoryIdentifier=view.project.identifier, input=dict(each.input))
    if each.next_at is not None:
        shown["nextRunAt"] = timestamp(each.next_at)
    return shown


def schedule_list(found: Sequence[ScheduleView]) -> SchedulesDto:
    return SchedulesDto(schedules=[schedule(each) for each in found], count=len(found))
