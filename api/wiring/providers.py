"""The outside systems that the settings name."""

from api.settings import Settings
from core.engine.deploy_release import ReleaseProvider
from core.engine.grant_access import AccessProvider, RecordedAccess
from integrations.webhooks.access import WebhookAccess
from integrations.webhooks.client import WebhookClient
from integrations.webhooks.reach import connection_problem
from integrations.webhooks.release import WebhookRelease


def access_provider(settings: Settings) -> AccessProvider:
    match settings.access_provider:
        case "record":
            return RecordedAccess()
        case "webhook":
            assert settings.access_webhook_url is not None
            return WebhookAccess(settings.access_webhook_url, settings.webhook_secrets, WebhookClient())


def release_provider(settings: Settings) -> ReleaseProvider | None:
    if settings.release_webhook_url is None:
        return None
    return WebhookRelease(settings.release_webhook_url, settings.release_webhook_secrets, WebhookClient())


def provider_problems(settings: Settings, seconds: float) -> dict[str, str | None]:
    """Say of each outside system that is set, by the name of its setting, why it cannot be reached; None if it can."""
    urls = {"PLACET_ACCESS_WEBHOOK_URL": settings.access_webhook_url, "PLACET_RELEASE_WEBHOOK_URL": settings.release_webhook_url}
    return {name: connection_problem(url, seconds) for name, url in urls.items() if url is not None}
