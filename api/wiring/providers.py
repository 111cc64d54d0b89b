"""The outside systems that the settings name."""

from typing import TYPE_CHECKING

from api.route import PREFIX
from api.settings import Settings, SettingsError
from api.wiring.homes import github_of
from bot.homes import HomeAway, NotThere
from core.engine.deploy_release import ReleaseProvider
from core.engine.grant_access import AccessProvider, RecordedAccess
from core.engine.keyed_access import KeyedAccess
from core.flows.registry import Registry
from core.ports.dispatch import Dispatcher
from integrations.database.database import SqlDatabase
from integrations.webhooks.access import WebhookAccess
from integrations.webhooks.client import WebhookClient
from integrations.webhooks.dispatch import WebhookDispatcher
from integrations.webhooks.reach import connection_problem
from integrations.webhooks.release import WebhookRelease

if TYPE_CHECKING:
    from integrations.github.actions import ActionsDispatcher
    from integrations.github.manifest import Lack

REPORT_PATH = "/executions/{id}/status"


def access_provider(settings: Settings, database: SqlDatabase) -> AccessProvider:
    match settings.access_provider:
        case "record":
            return RecordedAccess()
        case "webhook":
            assert settings.access_webhook_url is not None
            return WebhookAccess(settings.access_webhook_url, settings.webhook_secrets, WebhookClient())
        case "github-team":
            hub = github_of(settings)
            assert hub is not None
            from integrations.github.team_access import TeamAccess

            return KeyedAccess(database=database, provider=TeamAccess(hub=hub))


def release_provider(settings: Settings) -> ReleaseProvider | None:
    if settings.release_webhook_url is None:
        return None
    return WebhookRelease(settings.release_webhook_url, settings.release_webhook_secrets, WebhookClient())


def dispatchers(settings: Settings) -> dict[str, Dispatcher]:
    """Return by provider what hands runs to pipelines, as far as it is set up."""
    found: dict[str, Dispatcher] = dict(actions(settings))
    if settings.dispatch_webhook_secret is not None:
        found["webhook"] = WebhookDispatcher(settings.dispatch_webhook_secrets, WebhookClient(), PREFIX + REPORT_PATH)
    return found


def actions(settings: Settings) -> "dict[str, ActionsDispatcher]":
    """Return what starts workflows on GitHub and looks at them, if it is set up; only then is its code loaded."""
    hub = github_of(settings)
    if hub is None:
        return {}
    from integrations.github.actions import NAME, ActionsDispatcher

    return {NAME: ActionsDispatcher(hub=hub)}


def github_lacks(settings: Settings) -> "list[Lack] | str | None":
    """Return what the App or an installation of it lacks, or why that is not to be known; None without GitHub."""
    try:
        hub = github_of(settings)
        if hub is None:
            return None
        from integrations.github.manifest import lacks

        return lacks(hub, teams_change=settings.access_provider == "github-team")
    except SettingsError as error:
        return str(error)
    except HomeAway:
        return "GitHub does not answer, or does not know the App by this number and key."
    except NotThere as refused:
        return f"{refused.why}."


def pipeline_problems(registry: Registry, seconds: float) -> dict[str, str | None]:
    """Say likewise of each pipeline that flow types name by an address."""
    urls = {f"the pipeline of {flow.id}": flow.dispatch.target.get("url") for flow in registry.flows.values() if flow.dispatch is not None}
    return {name: connection_problem(url, seconds) for name, url in urls.items() if url is not None}


def provider_problems(settings: Settings, seconds: float) -> dict[str, str | None]:
    """Say of each outside system that is set, by the name of its setting, why it cannot be reached; None if it can."""
    urls = {"PLACET_ACCESS_WEBHOOK_URL": settings.access_webhook_url, "PLACET_RELEASE_WEBHOOK_URL": settings.release_webhook_url}
    return {name: connection_problem(url, seconds) for name, url in urls.items() if url is not None}
