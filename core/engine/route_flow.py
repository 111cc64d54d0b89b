"""Which flow type runs where one is asked for, and whether it may."""

from core.domain.executions import Execution
from core.domain.flow_settings import FlowSetting
from core.domain.flow_types import FlowType
from core.errors import Invalid
from core.flows.registry import Registry
from core.ports.database import Transaction


def route_flow(tx: Transaction, registry: Registry, project_id: str, requested: FlowType) -> FlowType:
    """Return what a project runs for a type, one hop away at most; raise Invalid where either is disabled or the target is gone."""
    settings = tx.flow_settings.of(project_id)
    target = settings.get(requested.id, FlowSetting(flow=requested.id)).override
    routed = requested if target is None else registry.find(target)
    if routed is None:
        raise Invalid((f"{requested.id} is overridden by {target}, which is not there any more: an owner can remove the override.",))
    for flow in (requested.id, routed.id):
        if flow in settings and not settings[flow].enabled:
            raise Invalid((f"The flow type {flow} is disabled in this project: an owner can enable it.",))
    return routed


def is_disabled(tx: Transaction, execution: Execution) -> bool:
    """Tell whether the type that a run was asked for as, or the one that runs for it, is disabled by now."""
    settings = tx.flow_settings.of(execution.project_id)
    return any(not settings[flow].enabled for flow in (execution.task_type, execution.flow) if flow in settings)
