"""A flow with every kind of parameter, as a form shows it."""

from dataclasses import dataclass
from typing import Annotated

from core.domain.json import Json
from core.domain.parameters import Bounds, Choices, Secret, Subject, Title
from core.flows.context import FlowContext
from core.flows.registry import flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    name: Annotated[str, Title("What it is called", "Lower case."), Bounds(3, 40)]
    owner: Annotated[str, Title("Who it is for"), Subject()]
    region: Annotated[str, Title("Where"), Choices(("eu-north", "us-east"))] = "eu-north"
    days: Annotated[int, Title("How many days"), Bounds(1, 30)] = 7
    size: Annotated[float, Title("Size, in TB"), Bounds(0, 8)] = 1.5
    public: Annotated[bool, Title("Seen from outside")] = True
    parts: Annotated[tuple[str, ...], Title("What is in it"), Choices(("database", "queue"))] = ("database",)
    tags: Annotated[tuple[str, ...], Title("Tags")] = ()
    key: Annotated[str | None, Title("Licence key"), Secret(), Bounds(8, 100)] = None


@flow(id="new-sandbox", name="New sandbox", category="environment", parameters=Sandbox, asks=True)
def new_sandbox(ctx: FlowContext, request: Sandbox) -> dict[str, Json]:
    """Make a sandbox for somebody."""
    ctx.approval(f"New sandbox {request.name}")
    return {}
