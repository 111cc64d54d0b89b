"""Flow types, as they go out."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from core.domain.flow_types import FlowType
from core.domain.parameters import Parameter

Category = Literal["access", "environment", "release", "package", "pool", "testing", "build", "repository", "scheduled", "cascade", "other"]


class TaskParameterDto(TypedDict):
    name: str
    description: str
    type: str
    required: bool
    default: NotRequired[Any]


class TaskTypeInfoDto(TypedDict):
    id: str
    name: str
    description: str
    category: Category
    executionMode: Literal["flow", "cicd"]
    parameters: NotRequired[list[TaskParameterDto]]


class TaskTypesListResponseDto(TypedDict):
    taskTypes: list[TaskTypeInfoDto]
    count: int


def flow_type(each: FlowType) -> TaskTypeInfoDto:
    return TaskTypeInfoDto(id=each.id, name=each.name, description=each.description, category=each.category,  # type: ignore[typeddict-item]
                           executionMode="cicd" if each.dispatch else "flow", parameters=[parameter(p) for p in each.parameters()])


def parameter(each: Parameter) -> TaskParameterDto:
    said = f"{each.title}. {each.description}" if each.description else each.title
    if each.choices:
        said += f" ({'any' if each.type == 'array' else 'one'} of {', '.join(each.choices)})"
    shown = TaskParameterDto(name=each.name, description=said, type=each.type, required=each.required)
    if each.default is not None and not each.secret:
        shown["default"] = each.default
    return shown
