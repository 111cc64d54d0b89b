"""Who has access, compared with who should, now and then."""

from dataclasses import dataclass

from core.domain.json import Json
from core.flows import access
from core.flows.context import FlowContext
from core.flows.registry import flow

TOLD = (("takenBack", "taken back", "WARNING"), ("unknown", "not by Placet", "WARNING"), ("missing", "missing", "ERROR"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Everywhere:
    """It looks at all that was ever given."""


@flow(id="reconcile-access", name="Compare access with what was granted", category="access", parameters=Everywhere, asks=False)
def reconcile_access(ctx: FlowContext, request: Everywhere) -> dict[str, Json]:
    """Look who really has access, take back what is left over of Placet's own grants, and report what Placet does not know."""
    found: dict[str, Json] = ctx.step("compare", access.reconcile, request)
    for name, said, level in TOLD:
        listed = found[name]
        for each in listed if isinstance(listed, list) else []:
            ctx.log(f"{said}: {each}", level=level)
    ctx.log(f"looked at {found['checked']} people")
    return found
