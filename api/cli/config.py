"""`placet config`: whether the configuration file can be used."""

from datetime import timedelta

from api.cli.installation import installation
from api.cli.terminal import say, shown
from core.domain.approvals import Risk
from core.domain.flow_types import FlowType


def check() -> None:
    """Check the whole configuration file and list every mistake in it; nothing is changed."""
    with installation() as here:
        found = here.configured()
    for flow in found.flows:
        say(shown(f"flow {flow.id}: {flow.name}, {_asks(flow)}"))
    for each in found.schedules:
        say(shown(f"schedule {each.name}: {each.flow} for {each.project} at {each.expression}"))
    say("The configuration has no mistake." if found.flows or found.schedules else "There is nothing in the configuration.")


def _asks(flow: FlowType) -> str:
    """Say who is asked before anything happens."""
    if flow.asks is False:
        return "asks nobody"
    risk = ", high risk" if flow.risk is Risk.HIGH else ""
    return f"asks {flow.required} of {', '.join(flow.approvers) or 'the owners'} within {flow.timeout / timedelta(hours=1):g} h{risk}"
