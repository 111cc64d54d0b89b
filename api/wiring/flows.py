"""The flows of this process, each effect bound to what does it."""

from dataclasses import replace

from api.settings import Settings
from api.wiring.homes import github_of
from api.wiring.outgoing import page_of
from api.wiring.providers import access_provider, release_provider
from api.wiring.starting import starting
from core.engine.answer_deployment import AnswerDeployment
from core.engine.deploy_release import DeployRelease
from core.engine.grant_access import GrantAccess
from core.engine.reconcile_access import ReconcileAccess
from core.flows import access, deployment, release
from core.flows.approve_deployment import approve_deployment
from core.flows.context import EffectFunction
from core.flows.execute_release import execute_release
from core.flows.reconcile_access import reconcile_access
from core.flows.registry import Registry, build_registry, installed_effects, installed_flows
from core.flows.request_a_release_to_release_envs import request_a_release_to_release_envs
from core.flows.request_elevated_privileges import request_elevated_privileges
from integrations.database.database import SqlDatabase

NO_RELEASES = "Releases are deployed by webhook: PLACET_RELEASE_WEBHOOK_URL and PLACET_RELEASE_WEBHOOK_SECRET have to be set first."

NO_DEPLOYMENTS = "Deployments wait for it on GitHub, which has to be set up first: PLACET_GITHUB_APP_ID and what belongs to it."
NOTHING_TO_COMPARE = "It compares teams on GitHub, which give no access here: PLACET_ACCESS_PROVIDER is not github-team."


def bind_flows(settings: Settings, database: SqlDatabase) -> Registry:
    """Collect our flows and those of installed packages, each effect bound to what does it."""
    given, releases = GrantAccess(database=database, provider=access_provider(settings, database)), release_provider(settings)
    effects: dict[str, EffectFunction] = {access.grant.name: given.grant, access.revoke.name: given.revoke}
    effects |= github_effects(settings, database)
    if releases is not None:
        deployed = DeployRelease(database=database, provider=releases)
        effects |= {release.deploy.name: deployed.deploy, release.stop.name: deployed.stop}
    github_flows = (replace(flow, missing=None if effect.name in effects else why) for flow, effect, why in (
        (approve_deployment, deployment.see, NO_DEPLOYMENTS), (reconcile_access, access.reconcile, NOTHING_TO_COMPARE)))
    release_flows = (replace(each, missing=NO_RELEASES if releases is None else None)
                     for each in (request_a_release_to_release_envs, execute_release))
    with starting():
        return build_registry([request_elevated_privileges, *release_flows, *github_flows, *installed_flows()],
                              {**installed_effects(), **effects})


def github_effects(settings: Settings, database: SqlDatabase) -> dict[str, EffectFunction]:
    """Return what is done on GitHub, as far as it is set up; only then is its code loaded."""
    hub = github_of(settings)
    if hub is None:
        return {}
    from integrations.github.deployments import GitHubDeployments
    from integrations.github.team_access import TeamAccess

    answer = AnswerDeployment(database=database, provider=GitHubDeployments(hub=hub), page=page_of(settings))
    compared = ReconcileAccess(database=database, provider=TeamAccess(hub=hub))
    teams = {access.reconcile.name: compared.reconcile} if settings.access_provider == "github-team" else {}
    return {deployment.see.name: answer.see, deployment.allow.name: answer.allow, deployment.refuse.name: answer.refuse, **teams}
