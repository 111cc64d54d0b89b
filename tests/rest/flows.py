"""Flows that the tests over REST run, each with one thing to show."""

from dataclasses import dataclass
from typing import Annotated

from core.domain.json import Json
from core.domain.parameters import Bounds, Secret, Subject
from core.domain.steps import Retry
from core.flows import access
from core.flows.context import FlowContext, StepFailed
from core.flows.registry import flow
from core.flows.request_elevated_privileges import ElevatedPrivileges


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """A flow without parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    version: str = "1"
    password: Annotated[str | None, Secret()] = None
    lines: Annotated[int, Bounds(0, 20_000)] = 0


@flow(id="deploy_by-two", category="release", parameters=Deploy, required=2)
def deploy_by_two(ctx: FlowContext, request: Deploy) -> dict[str, Json]:
    """Two have to agree."""
    ctx.log(f"deploying {request.version} with {request.password}")
    ctx.approval(f"Deploy {request.version}")
    return {"version": request.version}


@flow(id="two-gates", category="release", parameters=Nothing, asks=True)
def two_gates(ctx: FlowContext, request: Nothing) -> None:
    """Asked twice."""
    ctx.approval("Build?")
    ctx.approval("Deploy?")


@flow(id="chatty", category="testing", parameters=Deploy, asks=False)
def chatty(ctx: FlowContext, request: Deploy) -> None:
    """Writes lines."""
    for n in range(request.lines):
        ctx.log(f"line {n}")


@flow(id="broken", category="build", parameters=Deploy)
def broken(ctx: FlowContext, request: Deploy) -> None:
    """Fails, and says more than it should."""
    raise RuntimeError(f"cannot log in with {request.password}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    username: Annotated[str, Subject()] = "ann@acme.org"
    children: Annotated[int, Bounds(0, 5)] = 2
    wait: bool = True


@flow(id="team", category="cascade", parameters=Team)
def team(ctx: FlowContext, request: Team) -> dict[str, Json]:
    """Starts flows that ask, and waits for them or not."""
    for _ in range(request.children):
        ctx.spawn("two-gates", Nothing())
    return {"ended": [child.status for child in ctx.children()]} if request.wait else {}


@flow(id="two-teams", category="cascade", parameters=Nothing)
def two_teams(ctx: FlowContext, request: Nothing) -> None:
    """Children that have children."""
    for _ in range(2):
        ctx.spawn("team", Team())
    ctx.children()


@flow(id="asking-team", category="cascade", parameters=Nothing)
def asking_team(ctx: FlowContext, request: Nothing) -> None:
    """Asks before it starts a flow that asks."""
    ctx.approval("Start the team?")
    ctx.spawn("two-gates", Nothing())
    ctx.children()


@flow(id="by-dan", category="package", parameters=Nothing, approvers=("dan@acme.org", "bob@acme.org"))
def by_dan(ctx: FlowContext, request: Nothing) -> None:
    """Dan or Bob has to agree."""
    ctx.approval("Publish?")


@flow(id="my-own-say", category="pool", parameters=Nothing, self_approval=True)
def my_own_say(ctx: FlowContext, request: Nothing) -> None:
    """Whoever asks may agree."""
    ctx.approval("Clean up?")


@flow(id="stubborn", category="access", parameters=Team, retry=Retry(tries=1))
def stubborn(ctx: FlowContext, request: Team) -> None:
    """Access, then a failure, so that there is something to take back."""
    try:
        ctx.step("grant", access.grant, {"username": request.username, "targetOrg": "prod", "accessLevel": "admin", "durationMinutes": 5},
                 undo=access.revoke)
    except StepFailed:
        return
    raise RuntimeError("it went wrong")


@flow(id="unasked", category="access", parameters=ElevatedPrivileges, asks=False)
def unasked(ctx: FlowContext, request: ElevatedPrivileges) -> None:
    """Access without a question."""
    ctx.step("grant", access.grant, request, undo=access.revoke)


FLOWS = (unasked, two_teams, asking_team, deploy_by_two, two_gates, chatty, broken, team, by_dan, my_own_say, stubborn)
