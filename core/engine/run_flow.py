"""Start a flow."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.executions import Execution
from core.domain.flow_types import FlowType
from core.domain.json import Json, canonical, to_json
from core.domain.logs import without
from core.domain.parameters import parse_parameters, split_secrets
from core.domain.people import Caller, email_key, project_key
from core.domain.work_items import WorkItem, parse_work_item, work_item_of_callback
from core.engine.asking_limits import USUAL_LIMITS, AskingLimits, refuse_too_many
from core.engine.break_glass import WORDS, skip_reason
from core.engine.callback_places import refuse_elsewhere
from core.engine.callback_secrets import keep_secret, refuse_unsigned
from core.engine.concealment import leaves
from core.engine.repeats import Idempotency, first_answer, still_there
from core.engine.route_flow import route_flow
from core.engine.sight import see_project
from core.engine.start_run import start
from core.errors import BreakGlassOnly, Invalid
from core.flows.registry import Registry
from core.ports.database import Database, NewId
from core.ports.keys import Vault

ENVELOPE = frozenset({"id", "repositoryIdentifier", "workItemRef"}) | WORDS
LARGEST_PAYLOAD = 512 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """What is to be run: the payload names the flow type (`id`), its project, and its parameters."""

    payload: Mapping[str, Json]
    callback: Mapping[str, Json] | None = None
    callback_secret: str | None = field(default=None, repr=False)
    idempotency: Idempotency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFlow:
    database: Database
    registry: Registry
    vault: Vault
    new_id: NewId
    limits: AskingLimits = USUAL_LIMITS

    def run(self, caller: Caller, order: RunOrder) -> Execution:
        """Write the run down, due at once or on its way to people or a pipeline; whoever moves it is nudged after the commit."""
        requested = find_flow(self.registry, order.payload.get("id"))
        work_item = find_work_item(order)
        identifier = find_project(order)
        with self.database.begin() as tx:
            project = see_project(tx, caller, identifier)
            if project is None:
                raise Invalid((f"There is no project {identifier} that you may use: ask one of its owners to add you.",))
            execution_id = self.new_id()
            first = first_answer(tx, caller.subject, "run", order.idempotency, execution_id)
            if first == execution_id:
                refuse_too_many(tx, caller, self.limits)
                flow = route_flow(tx, self.registry, project.id, requested)
                reason = skip_reason(tx, caller, project.id, order.payload, requested, flow)
                shown, secrets = check_payload(flow, {name: value for name, value in order.payload.items() if name not in WORDS})
                execution = Execution(
                    id=execution_id, project_id=project.id, flow=flow.id, flow_version=flow.version, task_type=requested.id,
                    category=flow.category, payload=shown, secrets=self.vault.seal(secrets), callback=order.callback, work_item=work_item,
                    skip_reason=reason and without(reason, leaves(secrets)), created_at=tx.now(), triggered_by=caller.name,
                    triggered_by_id=caller.person.id if caller.person else None, initiators=initiators(caller))
                refuse_unsigned(tx, project.id, order.callback, order.callback_secret)
                refuse_elsewhere(tx, project, order.callback)
                started = start(tx, self, flow, execution, secrets, caller.name)
                keep_secret(tx, self.vault, self.new_id, started, order.callback_secret)
                return started
            return still_there(tx.runs.get(first))


def initiators(caller: Caller, *more: str) -> tuple[str, ...]:
    """Return whoever is behind a run, by id and by name, so that a changed e-mail lets nobody approve their own request."""
    own = (caller.person.id, email_key(caller.person.email)) if caller.person else (caller.name,)
    return tuple(dict.fromkeys((*own, *more)))


def find_flow(registry: Registry, flow_id: Json) -> FlowType:
    flow = registry.find(flow_id) if isinstance(flow_id, str) else None
    if flow is None:
        named = f"There is no flow type {flow_id}" if isinstance(flow_id, str) and flow_id else "payload.id must name a flow type"
        raise Invalid((f"{named[:200]}: `placet flows types` lists those there are.",))
    return flow


def check_payload(flow: FlowType, payload: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return the parameters in a payload, the shown ones and the secret ones; raise Invalid or, for `skipApproval`, BreakGlassOnly."""
    if flow.missing is not None:
        raise Invalid((flow.missing,))
    if payload.get("skipApproval") not in (None, False):
        raise BreakGlassOnly
    given = {name: value for name, value in payload.items() if name not in ENVELOPE and value is not None}
    if len(canonical(given)) > LARGEST_PAYLOAD:
        raise Invalid((f"The payload must be at most {LARGEST_PAYLOAD // 1024} KiB.",))
    filled = to_json(parse_parameters(flow.fields, given))
    assert isinstance(filled, Mapping)
    return split_secrets(flow.fields, filled)


def find_project(order: RunOrder) -> str:
    """Return the one project that a payload and its callback name."""
    named = [order.payload.get("repositoryIdentifier"), (order.callback or {}).get("repositoryIdentifier")]
    given = [name for name in named if name is not None]
    if not all(isinstance(name, str) and 0 < len(name) <= 200 for name in given):
        raise Invalid(("payload.repositoryIdentifier must be a text of 1 to 200 characters.",))
    if len({project_key(str(name)) for name in given}) != 1:
        raise Invalid(("payload.repositoryIdentifier must name the project." if not given
                       else "payload.repositoryIdentifier and the callback name two different projects.",))
    return str(given[0])


def find_work_item(order: RunOrder) -> WorkItem | None:
    named = order.payload.get("workItemRef")
    return parse_work_item(named) if named is not None else work_item_of_callback(order.callback)
