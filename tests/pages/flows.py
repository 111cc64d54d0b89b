"""Flows that ask, each with one thing to show on a page."""

from dataclasses import dataclass

from core.domain.approvals import Risk
from core.flows.context import FlowContext
from core.flows.registry import flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    what: str
    reason: str = ""


def _ask(ctx: FlowContext, request: Wish) -> None:
    ctx.log(f"about {request.what}")
    ctx.approval(request.what)
    ctx.log(f"got {request.what}")


@flow(id="ask", category="access", parameters=Wish, asks=True)
def ask(ctx: FlowContext, request: Wish) -> None:
    """One has to agree."""
    _ask(ctx, request)


@flow(id="ask-two", category="access", parameters=Wish, required=2, asks=True)
def ask_two(ctx: FlowContext, request: Wish) -> None:
    """Two have to agree."""
    _ask(ctx, request)


@flow(id="ask-carefully", category="access", parameters=Wish, risk=Risk.HIGH, asks=True)
def ask_carefully(ctx: FlowContext, request: Wish) -> None:
    """One has to agree, who has looked closely."""
    _ask(ctx, request)


FLOWS = (ask, ask_two, ask_carefully)
