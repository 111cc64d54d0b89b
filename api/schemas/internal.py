"""What runs of other engines, and pipelines, tell of themselves, and what they are told."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.bodies import Body, Name
from core.domain.executions import Execution, Status
from core.engine.register_flow import Registration
from core.engine.report_execution import Report, Reported
from core.engine.track_lock import LockRun
from core.errors import Invalid

Category = Literal[
    "access", "environment", "release", "package", "pool", "testing", "build", "repository", "scheduled", "cascade", "other"]
Url = Annotated[str, Field(max_length=2_000, pattern="^https?://[!-~]+$", description="CI/CD run URL")]
RunId = Annotated[Name, Field(description="The run's id in its own engine")]


class RegisterFlowDto(Body):
    task_type: Annotated[Name, Field(description="What kind of flow it is")]
    flow_path: Annotated[Name, Field(description="The workflow's name in its own engine")]
    repository_identifier: Annotated[Name, Field(description="The project")]
    payload: Annotated[dict[str, Any] | None, Field(description="What the run was given")] = None
    rerun_of_execution_id: Annotated[Name | None, Field(description="The execution that this one is again")] = None


class RegisterChildFlowDto(RegisterFlowDto):
    parent_task_execution_id: Annotated[Name, Field(description="The execution that started this one")]
    hatchet_run_id: RunId | None = None
    triggered_by: Annotated[str | None, Field(description="Left aside: a child is its parent's starter's")] = None
    rerun_payload: Annotated[dict[str, Any] | None, Field(description="What the run is to be given when it runs again")] = None

    def registration(self) -> Registration:
        return Registration(
            task_type=self.task_type, flow=self.flow_path, repository_identifier=self.repository_identifier, run_id=self.hatchet_run_id,
            rerun_of=self.rerun_of_execution_id, payload={**(self.payload or {}), **(self.rerun_payload or {})})


class RegisterScheduledFlowDto(RegisterFlowDto):
    hatchet_run_id: RunId
    schedule_path: Annotated[Name, Field(description="The schedule that started it")]
    category: Category | None = None

    def registration(self) -> Registration:
        return Registration(
            task_type=self.task_type, flow=self.flow_path, repository_identifier=self.repository_identifier, run_id=self.hatchet_run_id,
            rerun_of=self.rerun_of_execution_id, payload=self.payload or {})


class UpdateExecutionMetadataDto(Body):
    result: Annotated[dict[str, Any], Field(description="What is to be kept with the run's result, name by name")]


class UpdateExecutionStatusDto(Body):
    status: Annotated[Literal["running", "completed", "partial", "failed", "cancelled"], Field(description="How the run goes")]
    result: Annotated[dict[str, Any] | None, Field(description="What came of it")] = None
    cicd_run_id: Annotated[Name | None, Field(description="CI/CD run ID (for correlation)")] = None
    cicd_run_url: Url | None = None

    def report(self) -> Report:
        return Report(status=Status(self.status), result=self.result, cicd_run_id=self.cicd_run_id, cicd_run_url=self.cicd_run_url)


class TrackLockRunDto(Body):
    repository: Annotated[Name | None, Field(description="The project")] = None
    resource: Annotated[Name | None, Field(description="What is locked")] = None
    ticket_id: Annotated[Name | None, Field(description="What the lock is known by where it was taken")] = None
    hatchet_run_id: Annotated[Name | None, Field(description="The run that has it")] = None

    def lock_run(self) -> LockRun | None:
        """Return the lock that is told of, None for none at all; raise Invalid for half of one."""
        if self == TrackLockRunDto():
            return None
        if self.repository is None or self.resource is None or self.ticket_id is None or self.hatchet_run_id is None:
            raise Invalid(("repository, resource, ticketId and hatchetRunId go together: send all four, or none.",))
        return LockRun(repository=self.repository, resource=self.resource, ticket_id=self.ticket_id, run_id=self.hatchet_run_id)


class RegisterChildFlowResponseDto(TypedDict):
    executionId: str


class RegisterScheduledFlowResponseDto(TypedDict):
    executionId: str


class ExecutionMetadataDto(TypedDict):
    id: str
    result: dict[str, Any]


class ExecutionStatusResponseDto(TypedDict):
    acknowledged: bool
    id: str
    status: str


class TrackedLockDto(TypedDict):
    tracked: bool
    ticketId: NotRequired[str]
    hatchetRunId: NotRequired[str]


def metadata(run: Execution) -> ExecutionMetadataDto:
    return ExecutionMetadataDto(id=run.id, result=dict(run.result or {}))


def reported(done: Reported) -> ExecutionStatusResponseDto:
    return ExecutionStatusResponseDto(acknowledged=done.acknowledged, id=done.execution.id, status=done.execution.status)


def tracked(lock: LockRun | None) -> TrackedLockDto:
    return TrackedLockDto(tracked=True, ticketId=lock.ticket_id, hatchetRunId=lock.run_id) if lock else TrackedLockDto(tracked=False)
