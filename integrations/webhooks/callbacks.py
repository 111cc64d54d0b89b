"""Callbacks by Standard Webhooks: a signed POST to an address that somebody named."""

from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from core.ports.callbacks import Heard
from core.ports.dispatch import TryLater
from integrations.webhooks.client import NoAnswer
from integrations.webhooks.dispatch import wish
from integrations.webhooks.guarded import Allowed, GuardedClient, NotAllowed, parse_target
from integrations.webhooks.signed import parse_secret


class WebhookListener:
    """Of an answer only the status counts, and when to come again: what else is said in it is shown nowhere."""

    def __init__(self, client: GuardedClient):
        self._client = client

    def tell(self, url: str, message_id: str, body: str, secrets: Sequence[str], seconds: float) -> Heard:
        now = datetime.now(UTC)
        signatures = [Webhook(parse_secret(secret)).sign(message_id, now, body) for secret in secrets]
        try:
            answer = self._client.post(url, body.encode(), {
                "content-type": "application/json", "webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": " ".join(signatures)}, seconds=seconds)
        except NoAnswer as error:
            raise TryLater(f"the receiver gave {error}") from None
        except NotAllowed as error:
            raise TryLater(f"its address {error}") from None
        return Heard(status=answer.status, after=wish(answer))


def address_problem(url: str, allowed: Allowed) -> str | None:
    """Say why nothing may be sent to an address, as far as it tells by itself; None if it may."""
    try:
        parse_target(url, allowed)
    except NotAllowed as error:
        return str(error)
    return None
