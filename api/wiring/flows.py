"""The flows of this process, each effect bound to what does it."""

from dataclasses import replace

from api.settings import Settings
from api.wiring.providers import access_provider, release_provider
from api.wiring.starting import starting
from core.engine.deploy_release import DeployRelease
from core.engine.grant_access import GrantAccess
from core.flows import access, release
from core.flows.context import EffectFunction
from core.flows.execute_release import execute_release
from core.flows.registry import Registry, build_registry, installed_effects, installed_flows
from core.flows.request_a_release_to_release_envs import request_a_release_to_release_envs
from core.flows.request_elevated_privileges import request_elevated_privileges
from integrations.database.database import SqlDatabase

NO_RELEASES = "Releases are deployed by webhook: PLACET_RELEASE_WEBHOOK_URL and PLACET_RELEASE_WEBHOOK_SECRET have to be set first."


def bind_flows(settings: Settings, database: SqlDatabase) -> Registry:
    """Collect our flows and those of installed packages, each effect bound to what does it."""
    given, releases = GrantAccess(database=database, provider=access_provider(settings)), release_provider(settings)
    effects: dict[str, EffectFunction] = {access.grant.name: given.grant, access.revoke.name: given.revoke}
    if releases is not None:
        deployed = DeployRelease(database=database, provider=releases)
        effects |= {release.deploy.name: deployed.deploy, release.stop.name: deployed.stop}
    release_flows = (replace(each, missing=NO_RELEASES if releases is None else None)
                     for each in (request_a_release_to_release_envs, execute_release))
    with starting():
        return build_registry([request_elevated_privileges, *release_flows, *installed_flows()], {**installed_effects(), **effects})
