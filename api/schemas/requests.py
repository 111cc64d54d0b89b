"""What is sent to ask for an approval."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from api.schemas.bodies import Body, Name, Number
from api.schemas.callbacks import CallbackConfigDto
from core.domain.json import Json

USUAL_HOURS = 24
NOT_IDS = ("pending", "by-azure-devops")  # they name other operations


def _no_other_operation(task_id: str) -> str:
    if task_id in NOT_IDS:
        raise ValueError(f"must not be {' or '.join(NOT_IDS)}")
    return task_id


TaskId = Annotated[str, Field(min_length=1, max_length=200, pattern="^[A-Za-z0-9._:-]+$"), AfterValidator(_no_other_operation)]
Hours = Annotated[float, Field(ge=1 / 60, le=168)]
Approver = Annotated[str, Field(max_length=254)]


class ApprovalContextDto(Body):
    model_config = ConfigDict(extra="allow")

    task_type: Annotated[str, Field(description="Type of task requiring approval")] | None = None
    username: Annotated[str, Field(description="Username of the requester")] | None = None
    access_level: Annotated[str, Field(description="Access level requested")] | None = None
    target_org: Annotated[str, Field(description="Target Salesforce org")] | None = None
    duration_minutes: Annotated[Number, Field(description="Duration in minutes for access")] | None = None

    def given(self) -> dict[str, Json]:
        """Return it as it was sent: further keys too, and null only there."""
        named = self.model_dump(by_alias=True, include=set(type(self).model_fields), exclude_none=True)
        return {**named, **(self.model_extra or {})}


class CreateApprovalDto(Body):
    task_id: Annotated[TaskId, Field(description="Job/task ID - primary identifier for the approval")]
    engine: Annotated[Literal["hatchet"] | None, Field(description="Workflow engine")] = "hatchet"
    hatchet_run_id: Annotated[Name | None, Field(description="Hatchet workflow run ID")] = None
    hatchet_event_key: Annotated[Name | None, Field(description="Hatchet event key to push approval result")] = None
    requested_by: Annotated[Name, Field(description="User/system that requested the approval")]
    context: Annotated[ApprovalContextDto, Field(description="Context for the approval request")]
    callback: CallbackConfigDto | None = None
    approvers: Annotated[list[Approver], Field(max_length=100)] | None = None
    timeout_hours: Annotated[Hours | None, Field(description="Timeout in hours before approval expires")] = USUAL_HOURS
