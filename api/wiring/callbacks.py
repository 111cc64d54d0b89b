"""Callbacks: to whom they may go, and what sends them."""

from api.settings import Settings, SettingsError, split
from api.wiring.starting import new_id
from core.engine.call_back import DeliverCallback, SpreadCallbacks
from core.ports.keys import Vault
from integrations.database.database import SqlDatabase
from integrations.webhooks.callbacks import WebhookListener, address_problem
from integrations.webhooks.guarded import Allowed, GuardedClient, parse_allowed

CALLERS = 2  # receivers that are told at once; whoever is waited for keeps no other courier


def spread_callbacks() -> SpreadCallbacks:
    return SpreadCallbacks(new_id=new_id)


def deliver_callback(settings: Settings, database: SqlDatabase, vault: Vault) -> DeliverCallback:
    return DeliverCallback(database=database, vault=vault, listener=WebhookListener(GuardedClient(allowed_callbacks(settings))))


def callback_problem(settings: Settings, url: str) -> str | None:
    return address_problem(url, allowed_callbacks(settings))


def allowed_callbacks(settings: Settings) -> Allowed:
    try:
        return parse_allowed(split(settings.callback_allow))
    except ValueError:
        raise SettingsError("PLACET_CALLBACK_ALLOW must be hosts and networks, with commas between.") from None
