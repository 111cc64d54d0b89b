"""The configuration file, checked against what is installed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.config.file import read_config
from api.config.flows import flows_in
from api.config.projects import words_in
from api.config.schedules import schedules_in
from api.settings import Settings, SettingsError
from api.wiring.flows import bind_flows
from api.wiring.installation import Installation
from api.wiring.providers import dispatchers, pipeline_problems
from api.wiring.starting import starting
from bot.wordbook import Wordbook
from core.domain.flow_types import FlowType
from core.domain.groups import PREFIX, emails_in, groups_in
from core.domain.people import email_key
from core.domain.schedules import Entry
from core.engine.load_schedules import LoadSchedules
from core.flows.registry import Registry
from core.ports.keys import Vault
from integrations.database.database import SqlDatabase
from integrations.keys.files import Keys
from integrations.keys.vault import FernetVault

NO_PIPELINES = {
    "webhook": "Pipelines are started by webhook: PLACET_DISPATCH_WEBHOOK_SECRET has to be set first.",
    "github-actions": "Its workflow runs on GitHub, which has to be set up first: PLACET_GITHUB_APP_ID and what belongs to it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What the file comes to: every flow type that there is, those of which the file says something, the schedules, and projects' words."""

    registry: Registry
    flows: Sequence[FlowType]
    schedules: Sequence[Entry]
    words: Wordbook


def checked_config(settings: Settings, database: SqlDatabase, vault: Vault) -> Configuration:
    """Return what is installed with what the configuration file has, or raise SettingsError with every mistake in it."""
    code, config = bind_flows(settings, database), read_config(settings)
    with starting():
        found = flows_in(config, code)
        registry, providers = found.registry, dispatchers(settings)
        registry = replace(registry, flows={flow_id: flow if flow.dispatch is None or flow.dispatch.provider in providers else replace(
            flow, missing=NO_PIPELINES[flow.dispatch.provider]) for flow_id, flow in registry.flows.items()})
        schedules = schedules_in(config, LoadSchedules(database=database, registry=registry, vault=vault), found.unclear)
        words = words_in(config, lambda identifier: _is_project(database, identifier))
    config.refuse_mistakes()
    return Configuration(registry=registry, schedules=schedules, words=words, flows=[
        flow for flow_id, flow in registry.flows.items() if flow is not code.flows.get(flow_id)])


def _is_project(database: SqlDatabase, identifier: str) -> bool:
    with database.read() as tx:
        return tx.projects.find(identifier) is not None


def configured(installation: Installation) -> Configuration:
    """Return what the configuration file has, for an operator's command; raise SettingsError likewise."""
    return checked_config(installation.settings, installation.database, installation.vault)


def config_problem(settings: Settings, database: SqlDatabase, keys: Keys) -> str | None:
    """Say what is wrong with the configuration file, or with the flows that are installed."""
    try:
        checked_config(settings, database, FernetVault(keys))
    except SettingsError as error:
        return " ".join((str(error), *error.mistakes))
    return None


def unknown_approvers(settings: Settings, database: SqlDatabase, keys: Keys) -> dict[str, list[str]]:
    """Return by flow type which of its approvers nobody is: no person who is there and not disabled, no group of any project."""
    flows = checked_config(settings, database, FernetVault(keys)).registry.flows
    with starting(), database.read() as tx:
        people = {email_key(person.email) for person in tx.people_register.list() if not person.disabled}
        groups = {name for project in tx.projects.list() for name in tx.groups.of(project.id)}
    missing = {flow_id: [*(each for each in emails_in(flow.approvers) if email_key(each) not in people),
                         *(f"{PREFIX}{name}" for name in groups_in(flow.approvers) if name not in groups)]
               for flow_id, flow in sorted(flows.items())}
    return {flow_id: names for flow_id, names in missing.items() if names}


def pipelines_in(settings: Settings, database: SqlDatabase, keys: Keys, seconds: float) -> dict[str, str | None]:
    """Say of each pipeline that the file names why it cannot be reached; None if it can."""
    return pipeline_problems(checked_config(settings, database, FernetVault(keys)).registry, seconds)
