"""The flows and effects that a process knows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import entry_points
from inspect import getdoc
from typing import Any

from core.domain.approvals import USUAL, Risk
from core.domain.flow_types import FlowType
from core.domain.steps import Retry
from core.flows.context import EffectFunction, NamedEffect


def flow(*, id: str, category: str, parameters: type[Any], name: str | None = None, version: int = 1, retry: Retry | None = None,
         approvers: tuple[str, ...] = (), required: int = 1, timeout: timedelta = USUAL, risk: Risk = Risk.NORMAL,
         self_approval: bool = False, break_glass: bool = False, asks: bool | None = None) -> Callable[[Callable[..., Any]], FlowType]:
    """Make a flow type of a function `(context, parameters)`. Its docstring is its description."""

    def wrap(function: Callable[..., Any]) -> FlowType:
        return FlowType(
            id=id, name=name or id.replace("-", " ").capitalize(), description=getdoc(function) or "", category=category, fields=parameters,
            function=function, version=version, retry=retry or Retry(), approvers=approvers, required=required, timeout=timeout, risk=risk,
            self_approval=self_approval, break_glass=break_glass, asks=asks)

    return wrap


class NoSuchEffect(LookupError):
    """No function is bound to an effect's name in this process."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Flow types by id, and effects by name. Two of one name are a mistake."""

    flows: Mapping[str, FlowType] = field(default_factory=dict)
    effects: Mapping[str, EffectFunction] = field(default_factory=dict)

    def find(self, flow_id: str) -> FlowType | None:
        return self.flows.get(flow_id)

    def effect(self, wanted: NamedEffect | EffectFunction | str) -> EffectFunction:
        """Return the function of an effect; raise NoSuchEffect if this process has none of that name."""
        if not isinstance(wanted, NamedEffect | str):
            return wanted
        name = wanted if isinstance(wanted, str) else wanted.name
        if name not in self.effects:
            raise NoSuchEffect(f"no effect named {name} is bound in this process")
        return self.effects[name]

    def versions(self) -> dict[str, int]:
        """Return which flows this process can run, and in which versions; what a pipeline lacks keeps no run from going on here."""
        return {f.id: f.version for f in self.flows.values() if f.missing is None or f.dispatch is not None}


def build_registry(flows: Iterable[FlowType], effects: Mapping[str, EffectFunction]) -> Registry:
    """Collect flow types and bound effects; raise ValueError where a name is taken twice."""
    by_id: dict[str, FlowType] = {}
    for each in flows:
        if each.id in by_id:
            raise ValueError(f"two flows are named {each.id}")
        by_id[each.id] = each
    return Registry(by_id, effects)


def installed_flows() -> Iterator[FlowType]:
    """Load the flows of other packages: entry points of the group `placet.flows`, each a flow type."""
    for point in entry_points(group="placet.flows"):
        found = point.load()
        if not isinstance(found, FlowType):
            raise ValueError(f"entry point {point.name} of placet.flows is no flow: decorate it with @flow")
        yield found


def installed_effects() -> dict[str, EffectFunction]:
    """Load the effects of other packages: entry points of the group `placet.effects`, each a function under its entry point's name."""
    return {point.name: point.load() for point in entry_points(group="placet.effects")}
