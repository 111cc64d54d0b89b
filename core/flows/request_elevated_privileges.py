"""Access for a limited time: asked for, granted, and taken back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from core.domain.json import Json, parse_timestamp, timestamp
from core.domain.parameters import Bounds, Subject, Title
from core.flows import access
from core.flows.context import FlowContext
from core.flows.registry import flow


@dataclass(frozen=True, slots=True, kw_only=True)
class ElevatedPrivileges:
    username: Annotated[str, Title("Who gets access, by e-mail"), Bounds(most=200), Subject()]
    target_org: Annotated[str, Title("Where access is given"), Bounds(most=200)]
    access_level: Annotated[str, Title("What access is given"), Bounds(most=200)]
    duration_minutes: Annotated[int, Title("How long, in minutes from the moment it is granted"), Bounds(1, 480)] = 60
    reason: Annotated[str, Title("Why it is needed")] = ""


@flow(id="request-elevated-privileges", name="Elevated privileges", category="access", parameters=ElevatedPrivileges, asks=True,
      break_glass=True)
def request_elevated_privileges(ctx: FlowContext, request: ElevatedPrivileges) -> dict[str, Json]:
    """Give a person access for a limited time, after somebody else has agreed, and take it back."""
    ctx.log(f"{request.username} needs {request.access_level} on {request.target_org} for {words(request.duration_minutes)}")
    ctx.approval(f"{request.access_level} on {request.target_org} for {words(request.duration_minutes)}")
    grant = ctx.step("grant", access.grant, request, undo=access.revoke)
    until = parse_timestamp(grant["activatedAt"]) + timedelta(minutes=request.duration_minutes)
    ctx.log(f"granted {request.access_level} on {request.target_org} to {request.username} until {timestamp(until)}")
    ctx.sleep_until(until)
    ctx.undo("grant")
    ctx.log(f"took {request.access_level} on {request.target_org} back from {request.username}")
    return {"grantedAt": grant["activatedAt"], "takenBackAt": timestamp(ctx.now())}


def words(minutes: int) -> str:
    """Say a duration as people do."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{n} {unit}{'s' if n > 1 else ''}" for n, unit in ((hours, "hour"), (rest, "minute")) if n]
    return " ".join(parts)
