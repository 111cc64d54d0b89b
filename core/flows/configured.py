"""Flow types that an operator describes: an approval that others can wait for, or what people are asked before a pipeline runs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta

from core.domain.approvals import Risk
from core.domain.flow_types import Dispatch, FlowType
from core.domain.json import Json
from core.domain.parameters import Parameter
from core.domain.questions import question
from core.flows.context import FlowContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an operator may set of any flow type; None leaves it as it is."""

    name: str | None = None
    approvers: tuple[str, ...] | None = None
    required: int | None = None
    timeout: timedelta | None = None
    risk: Risk | None = None
    self_approval: bool | None = None
    break_glass: bool | None = None

    @property
    def ask(self) -> bool:
        """Tell whether anything is set about a question to people."""
        return any(value is not None for name, value in self._given() if name != "name")

    def applied(self, flow: FlowType) -> FlowType:
        return replace(flow, **{name: value for name, value in self._given() if value is not None})  # type: ignore[arg-type]

    def _given(self) -> list[tuple[str, object]]:
        return [(each.name, getattr(self, each.name)) for each in fields(self)]


def configured_flow(*, id: str, description: str, category: str, parameters: tuple[Parameter, ...], rules: Rules,
                    dispatch: Dispatch | None = None) -> FlowType:
    """Make a flow type that asks people and then has done its part; one with `dispatch` asks only if its rules say anything about that.

    Its version stays 1 whatever is changed in it: what waits goes on as it was asked for.
    """
    name = rules.name or id.replace("-", " ").capitalize()

    def ask(ctx: FlowContext, request: Mapping[str, Json]) -> dict[str, Json]:
        yes = ctx.approval(question(name, parameters, request))
        return {"approved": True, "by": list(yes.by), **({"skipped": True} if yes.skipped else {})}

    return rules.applied(FlowType(id=id, name=name, description=description, category=category, fields=parameters, function=ask,
                                  asks=dispatch is None or rules.ask, dispatch=dispatch))
