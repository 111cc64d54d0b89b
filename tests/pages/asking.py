"""Flows that people are asked about on the page."""

from dataclasses import dataclass

from core.domain.approvals import Risk
from core.flows.context import FlowContext
from core.flows.registry import flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    what: str
    reason: str = ""


@flow(id="ask-two", category="access", parameters=Words, required=2)
def ask_two(ctx: FlowContext, words: Words) -> None:
    """Two have to agree."""
    ctx.approval(words.what)


@flow(id="ask-carefully", category="access", parameters=Words, risk=Risk.HIGH)
def ask_carefully(ctx: FlowContext, words: Words) -> None:
    """It is of high risk."""
    ctx.approval(words.what)


@flow(id="ask", category="access", parameters=Words)
def ask(ctx: FlowContext, words: Words) -> None:
    """One has to agree."""
    ctx.log(f"about {words.what}")
    ctx.approval(words.what)


FLOWS = (ask, ask_two, ask_carefully)
