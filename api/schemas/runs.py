"""What is sent to start a run, or to run one again, and what comes back."""

from typing import Annotated, Any, NotRequired, cast

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.bodies import Body
from api.schemas.callbacks import TaskCallbackDto
from core.domain.executions import Execution
from core.domain.json import timestamp


class TaskRunDto(Body):
    payload: Annotated[dict[str, Any], Field(description="The flow type as `id`, its project as `repositoryIdentifier`, its parameters")]
    callback: TaskCallbackDto | None = None


class RerunRequestDto(Body):
    payload_overrides: Annotated[dict[str, Any] | None, Field(description="Parameters that replace those of the first run")] = None


class TaskRunResponseDto(TypedDict):
    id: str
    taskType: str
    status: str
    triggeredAt: str


class RerunResponseDto(TaskRunResponseDto):
    rerunOfExecutionId: str
    restartFromStepId: NotRequired[str]


def started(run: Execution) -> TaskRunResponseDto:
    """`status` is pending, also when the answer is given again under its Idempotency-Key."""
    return TaskRunResponseDto(id=run.id, taskType=run.task_type, status="pending", triggeredAt=timestamp(run.created_at))


def started_again(run: Execution) -> RerunResponseDto:
    assert run.rerun_of is not None
    shown = cast(RerunResponseDto, started(run))
    shown["rerunOfExecutionId"] = run.rerun_of
    return shown
