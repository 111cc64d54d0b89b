"""Run a flow again, as it was asked for, with some parameters changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.domain.executions import Execution, Mode
from core.domain.json import Json
from core.domain.logs import without
from core.domain.people import Caller
from core.engine.asking_limits import USUAL_LIMITS, AskingLimits, refuse_too_many
from core.engine.break_glass import WORDS, skip_reason, wants_to_skip
from core.engine.callback_secrets import keep_same_secrets
from core.engine.concealment import leaves
from core.engine.route_flow import route_flow
from core.engine.run_flow import check_payload, initiators
from core.engine.sight import see_execution, whole
from core.engine.start_run import start
from core.errors import Invalid, NotRerunnable
from core.flows.registry import Registry
from core.ports.database import Database, NewId
from core.ports.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunFlow:
    database: Database
    registry: Registry
    vault: Vault
    new_id: NewId
    limits: AskingLimits = USUAL_LIMITS

    def rerun(self, caller: Caller, target: str, overrides: Mapping[str, Json]) -> Execution:
        """Start a new run that asks anew; whoever was behind the earlier one may not answer this one either."""
        with self.database.begin() as tx:
            earlier = whole(tx, see_execution(tx, caller, target))
            wants_to_skip(caller, overrides)
            refuse_too_many(tx, caller, self.limits)
            if earlier.mode is not Mode.FLOW:
                raise NotRerunnable("it does not run here")
            if earlier.settled_at is None:
                raise NotRerunnable("it is still taking back what it did" if earlier.outcome else "it has not ended: cancel it first")
            requested = self.registry.find(earlier.task_type)
            if requested is None:
                raise NotRerunnable(f"there is no flow type {earlier.task_type} any more")
            flow = route_flow(tx, self.registry, earlier.project_id, requested)
            reason = skip_reason(tx, caller, earlier.project_id, overrides, requested, flow)
            known = {p.name for p in flow.parameters()} | WORDS
            unknown = sorted(set(overrides) - known)
            if unknown:
                raise Invalid(tuple(f"payloadOverrides.{name[:80]} is no parameter of {flow.id}." for name in unknown))
            changed = {name: value for name, value in overrides.items() if value is not None and name not in WORDS}
            sealed = self.vault.open(earlier.secrets)
            shown, secrets = check_payload(flow, {**earlier.payload, **sealed, **changed})
            shown, secrets = _still_sealed(shown, secrets, set(sealed) - set(changed))
            execution = Execution(
                id=self.new_id(), project_id=earlier.project_id, parent_id=earlier.parent_id, rerun_of=earlier.id, flow=flow.id,
                flow_version=flow.version, task_type=earlier.task_type, category=flow.category, payload=shown,
                secrets=self.vault.seal(secrets), callback=earlier.callback, work_item=earlier.work_item, triggered_by=caller.name,
                triggered_by_id=caller.person.id if caller.person else None, initiators=initiators(caller, *earlier.initiators),
                skip_reason=reason and without(reason, leaves(secrets)), created_at=tx.now())
            if earlier.parent_id is not None:
                tx.executions.lock(earlier.parent_id)
            again = start(tx, self, flow, execution, secrets, caller.name, rerunOf=earlier.id)
            keep_same_secrets(tx, self.new_id, earlier, again)
            return again


def _still_sealed(shown: Mapping[str, Json], secrets: Mapping[str, Json],
                  before: Collection[str]) -> tuple[dict[str, Json], dict[str, Json]]:
    """Keep what was given as a secret a secret, also where its flow type does not say so any more."""
    return ({name: value for name, value in shown.items() if name not in before},
            {**secrets, **{name: value for name, value in shown.items() if name in before}})
