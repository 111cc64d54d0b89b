"""A signed POST to a receiver that does something once for a key, and how its answers are read."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from standardwebhooks import Webhook

from core.domain.json import Json, canonical
from core.domain.logs import clean
from core.flows.context import Effect
from integrations.webhooks.client import Answer, WebhookClient

AGAIN = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
LONGEST_QUOTE = 200
PREFIX = "whsec_"


class SignedWebhook:
    """`secrets`: the one that signs, or two during a rotation; each signs every request."""

    def __init__(self, url: str, secrets: Sequence[str], client: WebhookClient):
        self._url = url
        self._signers = [Webhook(parse_secret(secret)) for secret in secrets]
        self._client = client

    def post(self, kind: str, fields: Mapping[str, Json], effect: Effect) -> Answer:
        """Send what is to be done (`kind`, like access.grant) under the effect's key; raise NoAnswer if there is none in time."""
        body = canonical({"type": kind, "key": effect.key, **fields})
        message, now = f"{effect.key}:{kind.rpartition('.')[2]}", datetime.now(UTC)
        return self._client.post(self._url, body, {
            "content-type": "application/json", "idempotency-key": effect.key, "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(s.sign(message, now, body.decode()) for s in self._signers),
        }, seconds=effect.seconds)


def parse_secret(secret: str) -> bytes:
    """Return the key that a text stands for: `whsec_` and the base64 of 24 to 64 bytes; the text of a ValueError does not show it."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError(f"a webhook secret is {PREFIX} followed by 24 to 64 bytes in base64")
    return key


def is_refusal(answer: Answer) -> bool:
    """Tell whether trying again would change nothing."""
    return 400 <= answer.status < 500 and answer.status not in AGAIN


def is_done(answer: Answer, key: str) -> bool:
    """Tell whether a receiver has taken back what it did under a key, or never did it.

    Its own "no such key" is told from that of whatever stands before it while it is away by the key in it.
    """
    done = answer.status in (HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.GONE)
    return done or answer.status == HTTPStatus.NOT_FOUND and fields_of(answer).get("key") == key


def fields_of(answer: Answer) -> dict[str, object]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and not answer.cut else {}


def quote(answer: Answer) -> str:
    """Return the status and the beginning of what was said, on one line, without what looks like a token."""
    text = clean(answer.body.decode("utf-8", "replace"))
    said = " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_QUOTE]
    return f"{answer.status} ({said})" if said else str(answer.status)
