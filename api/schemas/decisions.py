"""What a person sends who answers a request."""

from typing import Annotated

from pydantic import Field

from api.schemas.bodies import Body, Email, Name

Digest = Annotated[str, Field(min_length=8, max_length=64, pattern="^[0-9a-fA-F]+$", description="What is approved, as it is shown")]


class ApproveRequestDto(Body):
    approver: Annotated[Name, Field(description="Display name or identifier of the approver")]
    approver_email: Annotated[Email, Field(description="Email of the approver for authorization")]
    digest: Digest | None = None


class RejectRequestDto(Body):
    rejector: Annotated[Name, Field(description="Display name or identifier of the rejector")]
    rejector_email: Annotated[Email, Field(description="Email of the rejector for authorization")]
    reason: Annotated[str, Field(max_length=2_000, description="Reason for rejection")] | None = None
    digest: Digest | None = None
